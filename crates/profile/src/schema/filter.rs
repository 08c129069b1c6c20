//! `graphql.filter`.

use serde_json::{Value, json};

use super::shapes::{defined, list, map, section, text, texts, truth};

pub(super) fn filter() -> Value {
    section(
        "Filter",
        "How answers are filtered for people who may not view everything.",
        &["types"],
        [
            (
                "types",
                text(
                    "Types",
                    "The types of the tool's results, a line each; or `dagster`, for those that Doorward knows.",
                ),
            ),
            ("roots", texts("Roots", "Root fields of queries that show things which name themselves.")),
            ("lists", texts("Lists", "The same, unless their arguments name anything.")),
            (
                "looked_up",
                texts("Looked up", "Fields whose arguments name things that are looked up among those listed."),
            ),
            ("things", map("Things", "By type, how things in answers are named.", &thing())),
            ("names", map("Names", "Fields whose texts name things: `Type.field`.", &named())),
            ("hidden", texts("Hidden", "Fields of which nothing is told: `Type.field`.")),
            ("inside", texts("Inside", "Fields that are told only of what stands in a thing: `Type.field`.")),
            (
                "pages",
                map(
                    "Pages",
                    "Fields that say where the next page begins, and the field beside that says whether there is one.",
                    &json!({"type": "string"}),
                ),
            ),
            (
                "alike",
                map(
                    "Alike",
                    "Fields that show what they are asked for by number, and the field that begins alike in what it stands in.",
                    &json!({"type": "string"}),
                ),
            ),
            ("counts", map("Counts", "Root fields that count, and what they count.", &count())),
            (
                "not_found",
                map(
                    "Not found",
                    "By type that may be one of several, what is given for what there is not.",
                    &not_found(),
                ),
            ),
            (
                "listed",
                section(
                    "Listed",
                    "Where things are listed that others name by their own name alone.",
                    &["by", "of"],
                    [
                        ("by", text("By", "A root field of queries that needs no arguments.")),
                        ("of", text("Of", "The type of what it lists.")),
                    ],
                ),
            ),
        ],
    )
}

fn kinds(title: &str, doc: &str) -> Value {
    list(title, doc, &defined("kind"))
}

fn thing() -> Value {
    let path = json!({"type": "string"});
    section(
        "Thing",
        "How things of a type are named.",
        &["kind"],
        [
            ("kind", defined("kind")),
            (
                "names",
                map(
                    "Names",
                    "By kind, the field that holds such a name: `a.b`, or `a{path}` of a name in parts.",
                    &path,
                ),
            ),
            ("around", kinds("Around", "Kinds of names that it has from the thing it stands in.")),
            (
                "parts",
                map(
                    "Parts",
                    "By kind, fields that hold lists of what it consists of.",
                    &json!({"type": "array", "items": path}),
                ),
            ),
            (
                "parts_are_listed",
                truth("Parts are listed", "Its own names do not tell where its parts are, and their list does."),
            ),
            ("never", kinds("Never", "Kinds of names that it has none of.")),
            ("told_by", text("Told by", "A field by whose value it is a thing of another kind.")),
            ("as", map("As", "Those kinds, by value.", &defined("kind"))),
        ],
    )
}

fn named() -> Value {
    let around = ("around", kinds("Around", "Kinds of names that it has from the thing it stands in."));
    section("Name", "What the texts name.", &["kind"], [("kind", defined("kind")), around])
}

fn count() -> Value {
    section(
        "Count",
        "What a root field counts.",
        &["at", "by", "more", "of"],
        [
            ("at", text("At", "The field that holds the count: `Type.field`.")),
            ("by", text("By", "A root field that lists what is counted, given the same arguments.")),
            ("more", text("More", "More arguments of that: `limit: 500`.")),
            ("of", text("Of", "The list in its result: `Type.field`.")),
        ],
    )
}

fn not_found() -> Value {
    section(
        "Not found",
        "What is given for what there is not, and for what may not be viewed.",
        &["is", "says"],
        [("is", text("Is", "Its type.")), ("says", text("Says", "Its `message`."))],
    )
}
