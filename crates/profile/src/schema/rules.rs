//! `rules` and `examples`.

use doorward_domain::Action;
use serde_json::{Value, json};

use super::shapes::{defined, list, map, section, text, truth};
use crate::rules::Unnamed;

/// What something amounts to.
pub(super) fn action() -> Value {
    json!({
        "title": "Action",
        "description": "What it amounts to: view needs the role viewer, run operator, edit developer, manage manager, admin admin.",
        "enum": Action::ALL.map(Action::as_str),
    })
}

pub(super) fn rule() -> Value {
    section(
        "Rule",
        "Which requests it is for, and what they amount to.",
        &["match", "action"],
        [
            ("match", matches()),
            ("action", defined("action")),
            (
                "name",
                words("Name", "The rule's name in decisions and in the audit log; what it matches, if not given."),
            ),
            ("called", words("Called", "What doing it is called, at the start of a sentence: Starting DAGs.")),
            ("resource", resource()),
            (
                "targets",
                json!({"title": "Targets", "description": "What is acted on where nothing is named: the tool's own page and assets, all there is (if not given), or single things that nobody can tell.", "enum": Unnamed::ALL}),
            ),
            ("when", when()),
            (
                "changes_state",
                truth(
                    "Changes state",
                    "Whether it is written to the audit log before it is passed on; if not given: unless the method is GET, HEAD or OPTIONS.",
                ),
            ),
            (
                "answer",
                section(
                    "Answer",
                    "What becomes of the tool's answer.",
                    &[],
                    [
                        ("headers", map("Headers", "Headers that it gets.", &json!({"type": "string"}))),
                        (
                            "service_worker",
                            truth("Service worker", "Whether a page may install the script as a service worker."),
                        ),
                    ],
                ),
            ),
            ("why", text("Why", "For readers.")),
        ],
    )
}

/// `METHOD /path/{capture}/**`.
fn matches() -> Value {
    const METHOD: &str = "(GET|POST|PUT|PATCH|DELETE|OPTIONS|WEBSOCKET)";
    const SEGMENT: &str = "([^/{}*?#%;\\\\\\s]*|\\{[a-z0-9_]+\\})";
    const TAIL: &str = "(/\\*\\*|/\\{[a-z0-9_]+\\*\\*\\})?";
    json!({
        "title": "Match",
        "description": "`METHOD /path/{capture}/**`: methods are joined by |, * is all; `{capture}` is one segment, `{capture**}` at the end one or more, `/**` anything or nothing.",
        "type": "string",
        "pattern": format!("^\\s*(\\*|{METHOD}(\\|{METHOD})*)\\s+(/{SEGMENT})*{TAIL}\\s*$"),
        "examples": ["GET /api/dags/{dag}/**", "POST|PUT /api/dags/{dag}", "* /admin/**"],
    })
}

/// Not empty, on one line.
fn words(title: &str, doc: &str) -> Value {
    json!({"title": title, "description": doc, "type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*\\S[^\\u0000-\\u001f\\u007f-\\u009f]*$"})
}

fn resource() -> Value {
    let name = json!({"type": "string", "pattern": "^[a-z_]+:."});
    json!({
        "title": "Resource",
        "description": "The thing that is acted on, `kind:name` with captures: `dag:{dag}` of the path, `dag:{/dag/name}` of the JSON body, `dag:{query.dag}`. A list is several names of one thing, outermost first.",
        "anyOf": [name, {"type": "array", "minItems": 1, "items": name}],
    })
}

fn when() -> Value {
    let mut when = section(
        "When",
        "What else must hold, all of it.",
        &[],
        [
            ("query", wanted("Query", "A parameter of the query", "^[\\s\\S]")),
            ("json", places()),
            ("header", wanted("Header", "A header", "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")),
        ],
    );
    if let Some(when) = when.as_object_mut() {
        when.insert("minProperties".into(), 1.into());
    }
    when
}

/// Places in a JSON text (RFC 6901).
fn places() -> Value {
    let place = "^(/(([^~/]|~[01])+))+$";
    let values = json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": place},
        "additionalProperties": {"type": ["string", "integer", "boolean", "null"]},
    });
    json!({
        "title": "JSON",
        "description": "A place in the JSON body where something is, `/job/name`, or several with the values they must have; null is any.",
        "anyOf": [{"type": "string", "pattern": place}, values],
    })
}

fn wanted(title: &str, what: &str, name: &str) -> Value {
    let values = json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": name},
        "additionalProperties": {"type": ["string", "null"]},
    });
    json!({
        "title": title,
        "description": format!("{what} that is there, or several with the values they must have; null is any."),
        "anyOf": [{"type": "string", "pattern": name}, values],
    })
}

pub(super) fn example() -> Value {
    let name = json!({"type": "string"});
    let names = json!({"type": "array", "items": name});
    section(
        "Example",
        "A request, and what it must be read as. What is not said may be anything.",
        &["request"],
        [
            (
                "request",
                json!({"title": "Request", "description": "`GET /path?query`; `WEBSOCKET /path` opens one.", "type": "string", "pattern": "^\\s*\\S+\\s+\\S"}),
            ),
            ("headers", map("Headers", "Its headers.", &json!({"type": "string"}))),
            ("body", json!({"title": "Body", "description": "Its body: text as it is, anything else as JSON."})),
            ("action", defined("action")),
            (
                "name",
                json!({"title": "Name", "description": "What it is called: the rule's name, or a root field of GraphQL; a list is of all that it does.", "anyOf": [name, names]}),
            ),
            (
                "targets",
                json!({
                    "title": "Targets",
                    "description": "What is acted on: shell, whole, unknown, or things, each by its own name or by a list of all its names.",
                    "anyOf": [{"enum": Unnamed::ALL}, list("Things", "", &json!({"anyOf": [name, names]}))],
                }),
            ),
            ("changes_state", truth("Changes state", "Whether it is written to the audit log before it is passed on.")),
            ("refused", text("Refused", "It cannot be understood, and is refused with this code: `ambiguous_path`.")),
        ],
    )
}
