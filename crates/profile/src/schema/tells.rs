//! `graphql.tells`.

use serde_json::{Value, json};

use super::shapes::{count, defined, list, map, section, text, texts};

pub(super) fn tell() -> Value {
    section(
        "Tell",
        "How the tool tells of things of this kind: either `ask` and `found`, or `by`.",
        &[],
        [
            (
                "ask",
                text(
                    "Ask",
                    "The root field of a query; `$id` is the thing's id. Without it, it is a list of all and asked once.",
                ),
            ),
            ("id", text("Id", "The GraphQL type of `$id`; `ID!`, if not given.")),
            (
                "id_parts",
                text("Parts of the id", "The field of `$id` that holds the parts of a name which is written in parts."),
            ),
            ("holds", count("Holds", "For how many seconds an answer is remembered.", 10)),
            ("found", list("Found", "What may be found in the answer; the first that is there counts.", &found())),
            (
                "by",
                text(
                    "By",
                    "The kind of thing whose id the first part of this one's is: it goes by that one's name, and by all that it has.",
                ),
            ),
            ("never", list("Never", "Kinds of names that it has none of, once it is told.", &defined("kind"))),
        ],
    )
}

fn found() -> Value {
    let path = json!({"type": "string"});
    section(
        "Found",
        "Where in the answer a thing and its names stand: names of fields with dots between them; lists are looked through.",
        &["own"],
        [
            ("at", text("At", "Where such things stand in what the root field gives; the field itself, if not given.")),
            ("own", texts("Own", "Where its ids stand in it: what was asked for must be one of them.")),
            ("names", map("Names", "By kind, where its names stand in it. All of them must be there.", &path)),
            ("never", list("Never", "Kinds of names that it has none of.", &defined("kind"))),
            (
                "unless",
                text("Unless", "A field of it that says, if it is true, that it is named there and stands elsewhere."),
            ),
            (
                "parts",
                map(
                    "Parts",
                    "By kind, where lists of names stand in it that say which parts are acted on.",
                    &json!({"type": "array", "items": {"type": "string"}}),
                ),
            ),
        ],
    )
}
