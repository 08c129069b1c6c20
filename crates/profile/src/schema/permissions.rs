//! `graphql.permissions`.

use serde_json::{Value, json};

use super::shapes::{defined, list, map, section, text, texts};

pub(super) fn permissions() -> Value {
    section(
        "Permissions",
        "Permission flags in answers, lowered so that the tool's pages grey out what is not allowed.",
        &[],
        [
            (
                "actions",
                map(
                    "Actions",
                    "The tool's permissions, and the action each stands for. One that is missing stands for admin.",
                    &defined("action"),
                ),
            ),
            ("flags", map("Flags", "Boolean fields, and the permission each shows.", &json!({"type": "string"}))),
            (
                "stands_for",
                map(
                    "Stands for",
                    "By permission, what it stands for; the first that is on the kind of thing that shows it, else the first.",
                    &standings(),
                ),
            ),
            ("lists", texts("Lists", "Fields that hold a list of permissions.")),
            ("name_field", text("Name field", "In such a list: the field with the permission's name.")),
            ("value_field", text("Value field", "In such a list: the boolean field.")),
            ("reason_field", text("Reason field", "In such a list: the field with the sentence why not.")),
        ],
    )
}

fn standings() -> Value {
    let standing = section(
        "Standing",
        "An operation, on what shows the permission.",
        &["does", "on"],
        [
            ("does", text("Does", "A mutation.")),
            ("on", defined("kind")),
            (
                "tells",
                list("Tells", "Which of its names such requests tell, or have told, if not all.", &defined("kind")),
            ),
            ("with", map("With", "Names by kind that such requests tell as well.", &json!({"type": "string"}))),
            ("also", list("Also", "Kinds of names that it has as well, and nobody can tell.", &defined("kind"))),
        ],
    );
    json!({"type": "array", "items": standing})
}
