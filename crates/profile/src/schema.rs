//! The format of a profile file as a JSON Schema (draft 2020-12), for editors.
//!
//! Written beside the structs it is about; that both have the same keys, and that what the schema refuses the reader refuses too, are tests.
//! What no schema can say (two rules that match the same, a capture that the path does not have) only the reader tells.

mod filter;
mod graphql;
mod permissions;
mod rules;
mod shapes;
mod tells;

use serde_json::{Value, json};

use crate::body::JsonLimits;
use crate::hand_over::IdentityHeader;
use crate::keeps::Kept;
use crate::menu::Corner;
use shapes::{count, list, map, section, text, texts, truth};

/// The schema.
pub fn schema() -> Value {
    let mut root = section(
        "Doorward profile",
        "What Doorward knows about a kind of tool: which requests are which action, on what.",
        &["profile"],
        [
            (
                "profile",
                json!({"title": "Name", "description": "The profile's name. A file in the folder of profiles is called like it: NAME.yaml.", "type": "string", "pattern": "^[a-z0-9_-]+$"}),
            ),
            (
                "extends",
                text(
                    "Builds on",
                    "The profile it builds on: what this one does not say, that one says, and its rules come after these.",
                ),
            ),
            ("title", text("Title", "What people call the tool.")),
            ("about", text("About", "What it is for, in a sentence.")),
            (
                "probe",
                text("Probe", "A path that the tool answers with 200 where it is really mounted, and nowhere else."),
            ),
            (
                "ignores_overrides",
                truth(
                    "Ignores overrides",
                    "The tool is known to ignore headers and parameters that override method or path, such as X-HTTP-Method-Override.",
                ),
            ),
            ("kinds", kinds()),
            ("graphql", graphql::graphql()),
            ("reviewed", reviewed()),
            ("menu", menu()),
            (
                "keeps_apart",
                list(
                    "Keeps apart",
                    "Spellings of paths that the tool is known to tell apart. What is not named here is refused where it would make a difference.",
                    &json!({"enum": Kept::NAMES}),
                ),
            ),
            ("hand_over", hand_over()),
            ("json", json_bodies()),
            ("get_bodies", truth("Bodies of GET", "The tool is known to read the body of a GET.")),
            (
                "rules",
                list(
                    "Rules",
                    "Which requests are which action on what. The most specific that matches counts, wherever it stands.",
                    &rules::rule(),
                ),
            ),
            (
                "examples",
                list(
                    "Examples",
                    "Requests, and what they must be read as: `doorward profile test` tries them.",
                    &rules::example(),
                ),
            ),
        ],
    );
    if let Value::Object(root) = &mut root {
        root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        root.insert("$defs".into(), json!({"action": rules::action(), "kind": kind()}));
    }
    root
}

fn json_bodies() -> Value {
    let JsonLimits { body, depth } = JsonLimits::default();
    let limits = section(
        "Limits",
        "What is too much of a body.",
        &[],
        [
            ("body", count("Body", "A body, in bytes, before and after decompression.", body)),
            ("depth", count("Depth", "Levels of nesting.", depth)),
        ],
    );
    section("JSON", "How JSON bodies are read that rules look into.", &[], [("limits", limits)])
}

fn kind() -> Value {
    json!({"title": "Kind", "description": "A kind of thing: `job`, `location`.", "type": "string", "pattern": "^[a-z_]+$"})
}

fn kinds() -> Value {
    let kind = section(
        "A kind of thing",
        "By which names a thing of this kind goes.",
        &[],
        [
            ("in", texts("In", "What it stands in, outermost first; requests tell these beside its own name.")),
            ("also", texts("Also", "Other kinds of names it goes by, which requests do not tell.")),
            (
                "named",
                text("Named", "How its name is put together, where its own is not enough: `{repository}@{location}`."),
            ),
        ],
    );
    let mut kinds = map("Kinds", "The kinds of things the tool has. Without it any may be named.", &kind);
    if let Some(kinds) = kinds.as_object_mut() {
        kinds.insert("propertyNames".into(), json!({"pattern": "^[a-z_]+$"}));
        kinds.insert("maxProperties".into(), 64.into());
    }
    kinds
}

fn reviewed() -> Value {
    section(
        "Reviewed",
        "What of the tool was looked at when this was written: `doorward profile check` tells what is new.",
        &["version", "arguments"],
        [
            ("version", text("Version", "The tool's version.")),
            (
                "arguments",
                map(
                    "Arguments",
                    "The arguments of each mutation.",
                    &json!({"type": "array", "items": {"type": "string"}}),
                ),
            ),
        ],
    )
}

fn menu() -> Value {
    let pixels = |title: &str, doc: &str| json!({"title": title, "description": doc, "type": "integer", "minimum": 0, "maximum": u16::MAX, "default": 16});
    let corner = json!({"title": "Corner", "description": "From which corner of the window it is measured.", "enum": Corner::NAMES, "default": "bottom-right"});
    let place = section(
        "A place",
        "A place in the tool's pages.",
        &[],
        [
            ("corner", corner),
            ("x", pixels("X", "How far from the left or right edge, in CSS pixels.")),
            ("y", pixels("Y", "How far from the upper or lower edge, in CSS pixels.")),
        ],
    );
    let places = json!({"title": "Places", "description": "Places in the order in which they are tried.", "type": "array", "minItems": 1, "items": place});
    json!({"title": "Menu", "description": "Where Doorward's own menu may sit in the tool's pages; `false` is nowhere.", "anyOf": [{"type": "boolean"}, place, places]})
}

fn hand_over() -> Value {
    // In any case of letters; these are what an editor offers.
    let names = IdentityHeader::ALL.map(IdentityHeader::name);
    let pattern = caseless(&names.join("|"));
    let one = json!({"anyOf": [{"enum": names}, {"type": "string", "pattern": pattern}]});
    json!({
        "title": "Hand over",
        "description": "Which of the headers that tell who is asking the tool gets; all, if not said.",
        "anyOf": [{"enum": ["all", "none"]}, one, {"type": "array", "items": one}],
    })
}

/// A pattern for these words in any case of letters, as the engines of editors (JavaScript's) understand it.
fn caseless(words: &str) -> String {
    let letters = words.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphabetic() => {
            format!("[{}{}]", letter.to_ascii_uppercase(), letter.to_ascii_lowercase())
        }
        letter => letter.to_string(),
    });
    format!("^({})$", letters.collect::<String>())
}

#[cfg(test)]
mod tests;
