//! Documents made up: mostly valid, in every shape the grammar has, with every kind of white space between.

use proptest::{collection::vec, option, prelude::*, sample::select};
use std::fmt::Write;

#[derive(Debug, Clone)]
pub struct Made {
    pub text: String,
    pub operation: Option<String>,
}

#[derive(Debug, Clone)]
enum Selection {
    Leaf(String, &'static str, String),
    Node(String, &'static str, Vec<Selection>),
    Inline(&'static str, Vec<Selection>),
    Spread(usize, &'static str),
}

const NAMES: [&str; 6] = ["A", "B", "query", "mutation", "fragment", "true"];
const DIRECTIVES: [&str; 8] = [
    "",
    "",
    "",
    "@d",
    "@d(x:{a:[1 -0.5e+3 \"}\" null]})@d",
    "@skip(if:false)",
    "@include(if:$no)",
    "@include(if:true)",
];
const VALUES: [&str; 16] = [
    "1",
    "-0",
    "0.25E-2",
    "true",
    "null",
    "on",
    "$no",
    "[]",
    "{}",
    "[1,[{a:$no}]]",
    "\"\"",
    "\"{ # \\\" }\"",
    "\"\\u00e9\\uD83D\\uDE00\\u{1F600}\"",
    "\"\"\"  block \\\"\"\" \n\n   } mutation{\n  \"\"\"",
    "\"\"\"\"\"\"",
    "\"\"\"\r\n\ta\r\t b\"\"\"",
];
const BETWEEN: [&str; 12] = [
    " ",
    "\n",
    "\t",
    "\r\n",
    "\r",
    "  ",
    "#\n",
    "# } mutation { \"\"\" \r",
    "\u{feff}",
    " \u{feff}\n",
    "#\u{e9}\u{2028}\n",
    "\n#'\"\n",
];

fn directive() -> impl Strategy<Value = &'static str> {
    select(&DIRECTIVES[..])
}

fn alias() -> impl Strategy<Value = String> {
    option::weighted(0.4, select(vec!["a", "b", "c", "on", "type", "query", "s", "n"]))
        .prop_map(|a| a.map_or(String::new(), |a| format!("{a} : ")))
}

fn arguments() -> impl Strategy<Value = String> {
    option::weighted(0.4, (select(&VALUES[..]), option::of(select(&VALUES[..])))).prop_map(|args| {
        args.map_or(String::new(), |(x, y)| {
            format!("( x : {x} {} )", y.map_or(String::new(), |y| format!(", y : {y}")))
        })
    })
}

fn selections() -> impl Strategy<Value = Vec<Selection>> {
    let leaf = (alias(), select(vec!["s", "t", "__typename"]), arguments(), directive()).prop_map(
        |(alias, name, arguments, directive)| {
            let arguments = if name == "__typename" { String::new() } else { arguments };
            Selection::Leaf(alias, name, format!("{arguments} {directive}"))
        },
    );
    let spread = (0..3_usize, directive()).prop_map(|(at, directive)| Selection::Spread(at, directive));
    let inner = prop_oneof![5 => leaf, 2 => spread];
    let one = inner.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            2 => (alias(), select(vec!["n", "m"]), vec(inner.clone(), 1..3)).prop_map(|(a, n, s)| Selection::Node(a, n, s)),
            1 => (select(vec!["", "on I", "on Query", "on Mutation"]), vec(inner, 1..3)).prop_map(|(on, s)| Selection::Inline(on, s)),
        ]
    });
    vec(one, 1..4)
}

prop_compose! {
    /// A document, and perhaps the name of an operation to run.
    pub fn document()(
        operations in vec((select(vec!["query", "mutation", "subscription", "mutation"]), selections(), directive()), 1..3),
        fragments in vec((select(vec!["I", "I", "Query", "Mutation", "Node"]), selections(), directive()), 3),
        anonymous in prop::bool::weighted(0.3), short in any::<bool>(), order in any::<bool>(),
        operation in option::weighted(0.8, 0..3_usize), seed in any::<u64>(),
    ) -> Made {
        let mut used = vec![false; fragments.len()];
        let mut parts = Vec::new();
        for (at, (kind, selections, directive)) in operations.iter().enumerate() {
            let mut text = String::new();
            let alone = operations.len() == 1;
            let plain = alone && anonymous && short && *kind == "query";
            if !plain {
                let name = if alone && anonymous { "" } else { NAMES[at] };
                write!(text, "{kind} {name} ($no : Boolean = true @d(x:1)) @d(x:$no) {}", directive.replace("@skip(if:false)", "").replace("@include(if:true)", "").replace("@include(if:$no)", "")).unwrap();
            }
            print(selections, 0, &mut used, &mut text);
            if plain { text = text.replace("$no", "true"); }
            parts.push(text);
        }
        // A fragment may only spread those after it: most documents are then free of cycles.
        for (at, (on, selections, _)) in fragments.iter().enumerate() {
            if used[at] {
                let mut text = format!("fragment {} on {on} @d ", fragment_name(at));
                print(selections, at + 1, &mut used, &mut text);
                if order { parts.insert(0, text) } else { parts.push(text) }
            }
        }
        let operation = operation.filter(|_| !(operations.len() == 1 && anonymous)).map(|at| NAMES[at].to_owned());
        Made { text: spaced(&parts.join(" "), seed), operation }
    }
}

fn fragment_name(at: usize) -> &'static str {
    ["F", "query", "On"][at]
}

fn print(selections: &[Selection], first: usize, used: &mut [bool], out: &mut String) {
    out.push_str(" { ");
    for selection in selections {
        match selection {
            Selection::Leaf(alias, name, rest) => write!(out, "{alias}{name} {rest} , ").unwrap(),
            Selection::Node(alias, name, inner) => {
                write!(out, "{alias}{name} ").unwrap();
                print(inner, first, used, out);
            }
            Selection::Inline(on, inner) => {
                write!(out, "... {on} ").unwrap();
                print(inner, first, used, out);
            }
            Selection::Spread(at, directive) if first + at < used.len() => {
                used[first + at] = true;
                write!(out, "... {} {directive} ", fragment_name(first + at)).unwrap();
            }
            Selection::Spread(..) => out.push_str("u "),
        }
    }
    out.push_str(" } ");
}

/// Puts other white space in the place of blanks, outside strings.
fn spaced(text: &str, mut seed: u64) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut before = ' ';
    for character in text.chars() {
        quoted ^= character == '"' && before != '\\';
        before = character;
        if character == ' ' && !quoted {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            out.push_str(BETWEEN[usize::try_from(seed >> 60).unwrap() % BETWEEN.len()]);
        } else {
            out.push(character);
        }
    }
    out
}

/// The same document with a few characters put in, taken out or changed.
pub fn damaged() -> impl Strategy<Value = Made> {
    let bits = select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "\"\"\"",
        "\\",
        "\\u",
        "\\u0041",
        "#",
        "\n",
        "\r",
        ",",
        ":",
        "@",
        "$",
        "!",
        "=",
        "|",
        "&",
        "...",
        ".",
        "-",
        "0",
        "1",
        "e",
        "a",
        "on",
        "query",
        "mutation",
        "subscription",
        "fragment",
        "\u{feff}",
        "\u{0}",
        "\u{7f}",
        "\u{a0}",
        "\u{2028}",
        "é",
        "😀",
        "0x1",
        "1a",
        "_",
        "'",
        "\u{b}",
        "\u{c}",
    ]);
    (document(), vec((any::<prop::sample::Index>(), bits, any::<bool>()), 1..4)).prop_map(|(mut made, changes)| {
        for (at, bit, take) in changes {
            let places: Vec<usize> = made.text.char_indices().map(|(place, _)| place).collect();
            let Some(place) = places.get(at.index(places.len().max(1))).copied() else { continue };
            if take {
                made.text.remove(place);
            }
            made.text.insert_str(place, bit);
        }
        made
    })
}

/// Pieces of GraphQL in no order at all.
pub fn soup() -> impl Strategy<Value = String> {
    let bits = select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "\"\"\"",
        "\\",
        "\\u{",
        "\\uD83D",
        "\\uDE00",
        "#",
        "\n",
        ",",
        ":",
        "@",
        "$",
        "!",
        "=",
        "|",
        "&",
        "...",
        "..",
        "-",
        "0",
        "1.",
        "1e",
        "on",
        "query",
        "mutation",
        "subscription",
        "fragment",
        "extend",
        "type",
        "schema",
        "directive",
        "enum",
        "input",
        "union",
        "scalar",
        "interface",
        "implements",
        "repeatable",
        "true",
        "null",
        "a",
        "é",
        "😀",
        "\u{feff}",
        " ",
        " ",
        " ",
    ]);
    vec(bits, 0..60).prop_map(|bits| bits.concat())
}
