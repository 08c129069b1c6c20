//! `graphql`.

use serde_json::{Value, json};

use super::filter::filter;
use super::permissions::permissions;
use super::shapes::{count, defined, list, map, section, text, texts, truth};
use super::tells::tell;
use crate::graphql::rules::Limits;

pub(super) fn graphql() -> Value {
    section(
        "GraphQL",
        "What the tool's GraphQL operations are, and what they act on.",
        &["any_query"],
        [
            (
                "path",
                json!({"title": "Path", "description": "Where GraphQL is served, below the app's own prefix.", "type": "string", "default": "/graphql"}),
            ),
            ("limits", limits()),
            ("any_query", field("What a query field is that is not named below. A query changes nothing.")),
            ("queries", map("Queries", "Query fields that are more than the others.", &field("A query field."))),
            ("mutations", map("Mutations", "Mutation fields. One that is missing needs admin.", &mutation())),
            (
                "subscriptions",
                map(
                    "Subscriptions",
                    "Subscription fields. One that is missing needs admin.",
                    &field("A subscription field."),
                ),
            ),
            ("fields", map("Fields", "Fields that are more than looking wherever they stand.", &nested())),
            (
                "resources",
                map(
                    "Resources",
                    "Arguments and input fields that name a thing, and its kind; `a.b` is `b` as an argument of the field `a`, or directly in the input field `a`.",
                    &name(),
                ),
            ),
            ("places", texts("Places", "Input objects that say where that is what is named beside them.")),
            ("acts_on", acts_on()),
            (
                "reaches",
                map(
                    "Reaches",
                    "Kinds of things that a root field, or `field.argument`, acts on beside, without naming them.",
                    &list("Kinds", "", &defined("kind")),
                ),
            ),
            (
                "opaque",
                texts("Opaque", "Arguments and input fields that hold the user's own JSON: nothing in them is a name."),
            ),
            ("tells", map("Tells", "By kind, how the tool is asked for names that requests do not tell.", &tell())),
            ("tags", tags()),
            ("attribution", attribution()),
            ("refusal", refusal()),
            ("permissions", permissions()),
            ("outcome", outcome()),
            ("filter", filter()),
        ],
    )
}

fn limits() -> Value {
    let Limits { body, document, tokens, depth, message } = Limits::default();
    section(
        "Limits",
        "What is too much, so that reading stays small and quick whoever asks.",
        &[],
        [
            ("body", count("Body", "A request's body, in bytes, before and after decompression.", body)),
            ("document", count("Document", "The document, in bytes.", document)),
            ("tokens", count("Tokens", "Its tokens, with white space, comments and commas.", tokens)),
            ("depth", count("Depth", "Nesting of selections, through fragments too, of values and of lists.", depth)),
            ("message", count("Message", "A WebSocket message, in bytes.", message)),
        ],
    )
}

fn called() -> Value {
    text("Called", "What doing it is called, at the start of a sentence: Launching runs.")
}

fn field(doc: &str) -> Value {
    section("Field", doc, &["action", "called"], [("action", defined("action")), ("called", called())])
}

fn mutation() -> Value {
    section(
        "Mutation",
        "What a mutation is.",
        &["action", "called"],
        [
            ("action", defined("action")),
            ("called", called()),
            (
                "family",
                text("Family", "The one name under which the audit log finds it and all that come to the same."),
            ),
            (
                "with",
                map(
                    "With",
                    "Arguments that make it something stronger unless they are absent, null or false.",
                    &field("What it is with this argument."),
                ),
            ),
            (
                "changes_state",
                truth(
                    "Changes state",
                    "Whether it is written to the audit log before it is passed on; yes, if not given.",
                ),
            ),
            (
                "plain_result",
                truth("Plain result", "Its result is a plain scalar, so a refusal can only be an entry in `errors`."),
            ),
            (
                "unread_result",
                truth(
                    "Unread result",
                    "The tool's own pages look at nothing of its result, so a refusal is an entry in `errors`.",
                ),
            ),
            ("told_in_each", told_in_each()),
            (
                "asks",
                map(
                    "Asks",
                    "What of its result tells which ids it made: by the result's type, selections of one field each.",
                    &json!({"type": "array", "items": {"type": "string"}}),
                ),
            ),
            (
                "tags_at",
                texts("Tags at", "Where the tags of the runs it launches are; `[]` after a name that holds a list."),
            ),
        ],
    )
}

fn told_in_each() -> Value {
    section(
        "Told in each",
        "Its result has a list with one for each entry of an argument, and the tool's own pages look for a refusal there.",
        &["typename", "field", "of"],
        [
            ("typename", text("Typename", "The type of the whole result.")),
            ("field", text("Field", "Its field with the list.")),
            ("of", text("Of", "The argument.")),
        ],
    )
}

fn nested() -> Value {
    let beyond = section(
        "Beyond",
        "How much more than another argument.",
        &["after", "at_most"],
        [
            ("after", text("After", "The other argument.")),
            ("at_most", json!({"title": "At most", "description": "How much more.", "type": "number"})),
        ],
    );
    section(
        "Field",
        "What a field is, wherever it stands.",
        &["of", "action", "called"],
        [
            ("of", texts("Of", "The types whose field it is; for readers and for `profile check`.")),
            ("elsewhere", texts("Elsewhere", "Object types that have another, harmless field of this name.")),
            ("action", defined("action")),
            ("called", called()),
            (
                "changes_state",
                truth(
                    "Changes state",
                    "Whether it is written to the audit log before it is passed on, and never sent twice; if not given, whatever is more than viewing is.",
                ),
            ),
            ("at", texts("At", "By which fields, from the root on, it acts on what the root field names.")),
            (
                "within",
                map(
                    "Within",
                    "It counts only if one of these arguments is given and is more than this.",
                    &json!({"anyOf": [{"type": "number"}, beyond]}),
                ),
            ),
            (
                "most",
                json!({"title": "Most", "description": "It counts only if it stands at more places of the answer than this.", "type": "integer", "minimum": 0}),
            ),
            (
                "only_at",
                truth(
                    "Only at",
                    "It counts wherever it is not reached as `at` says, because other ways may lead through lists.",
                ),
            ),
            ("why", text("Why", "For readers.")),
        ],
    )
}

fn name() -> Value {
    let full = section(
        "Name",
        "What an argument or input field names.",
        &["kind"],
        [
            ("kind", defined("kind")),
            (
                "narrows",
                text(
                    "Narrows",
                    "In a selector of one thing of this kind it says that only these parts of it are meant.",
                ),
            ),
            ("parts", truth("Parts", "A list is one name, in parts, and not many names.")),
        ],
    );
    json!({"anyOf": [defined("kind"), full]})
}

fn acts_on() -> Value {
    section(
        "Acts on",
        "What root fields act on whose arguments name nothing. One that is missing acts on what nobody can tell.",
        &[],
        [
            ("shell", texts("Shell", "Fields that are part of the tool's own page.")),
            ("whole", texts("Whole", "Fields that act on everything there is.")),
            ("named", texts("Named", "Fields that act on single things, and must name them.")),
        ],
    )
}

fn tags() -> Value {
    let keys = "By a tag's key: the kind of thing that its value names, `nothing`, or `unknown`; `*` at the end is every key that begins so.";
    section(
        "Tags",
        "What the tags of what is launched are; where they stand, `tags_at` of the mutations says.",
        &[],
        [
            ("key_field", text("Key field", "The input field that holds a tag's key.")),
            ("value_field", text("Value field", "The input field that holds a tag's value.")),
            ("keys", map("Keys", keys, &defined("kind"))),
        ],
    )
}

fn attribution() -> Value {
    section(
        "Attribution",
        "The tag that says who launched a run.",
        &["tag", "key_field", "value_field"],
        [
            ("tag", text("Tag", "The tag's key.")),
            ("key_field", text("Key field", "The input field that holds a tag's key.")),
            ("value_field", text("Value field", "The input field that holds a tag's value.")),
        ],
    )
}

fn refusal() -> Value {
    section(
        "Refusal",
        "The object that the tool's own pages show as an error.",
        &[],
        [
            ("typename", text("Typename", "Its `__typename`.")),
            ("message_field", text("Message field", "The field with the sentence.")),
            ("also", json!({"title": "Also", "description": "Other fields it has.", "type": "object"})),
            ("query_suffix", text("Query suffix", "Query fields whose result may be that object end with this.")),
        ],
    )
}

fn outcome() -> Value {
    section(
        "Outcome",
        "How an answer tells success from failure, and what is worth keeping of it.",
        &[],
        [
            ("failures", texts("Failures", "Result types that mean failure; `*Error` is every name with that ending.")),
            ("ids", map("Ids", "Fields that hold an id worth keeping, and its kind.", &json!({"type": "string"}))),
        ],
    )
}
