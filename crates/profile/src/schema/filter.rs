//! `graphql.filter`.

use serde_json::{Value, json};

use super::shapes::{count as count_of, defined, list, map, section, text, texts, truth};

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
                "compared",
                map(
                    "Compared",
                    "Of roots, the arguments that are any text, compared with all names: for whoever may view everything.",
                    &json!({"type": "array", "items": {"type": "string"}}),
                ),
            ),
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
            ("containers", containers()),
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

fn containers() -> Value {
    let fields = json!({"type": "array", "items": {"type": "string"}});
    section(
        "Containers",
        "What is shown for what is in it, though it may not be viewed itself.",
        &[],
        [
            (
                "tell",
                map(
                    "Tell",
                    "By type, the fields that are told of such a thing, and of what is no thing in it.",
                    &fields,
                ),
            ),
            ("roots", texts("Roots", "Root fields whose arguments name one, and which show what is in it.")),
            ("holds", count_of("Holds", "For how many seconds it holds what the tool says is in them.", 0)),
            ("asks", list("Asks", "How the tool is asked that.", &held(3))),
        ],
    )
}

/// What is in something, so many times in one another.
fn held(deep: usize) -> Value {
    let path = json!({"type": "string"});
    let mut held = section(
        "Held",
        "Where in the answer things of a kind stand, and in them others.",
        &["kind", "names"],
        [
            ("ask", text("Ask", "The root field of a query; of the outermost.")),
            (
                "at",
                text(
                    "At",
                    "Where such things stand: names of fields with dots between them; lists are looked through.",
                ),
            ),
            ("kind", defined("kind")),
            (
                "names",
                map(
                    "Names",
                    "By kind, the field that holds such a name: `a.b`, or `a{path}` of a name in parts.",
                    &path,
                ),
            ),
            (
                "unless",
                text("Unless", "A field which must say `false`, or it is only named there and stands elsewhere."),
            ),
            ("also_in", map("Also in", "By kind, the names of what it is in as well.", &path)),
        ],
    );
    if let (Some(inner), Some(Value::Object(properties))) = (deep.checked_sub(1), held.get_mut("properties")) {
        properties.insert("has".to_owned(), list("Has", "What is in it.", &self::held(inner)));
    }
    held
}
