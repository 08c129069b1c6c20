use insta::assert_snapshot;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::Node;

fn read(text: &str) -> String {
    told(Node::parse(text).and_then(|node| node.read::<Value>()).map(|value| value.to_string()))
}

fn told(read: Result<String, super::Fault>) -> String {
    read.unwrap_or_else(|fault| {
        let at = fault.at.unwrap();
        format!("{}:{}: {fault}", at.line, at.column)
    })
}

#[test]
fn words_are_what_the_core_schema_says() {
    assert_snapshot!(read("[a, 'a', 7, -7, 1.5, '7', true, TRUE, 'true', yes, no, ~, null, '', 'null']"), @r#"["a","a",7,-7,1.5,"7",true,true,"true","yes","no",null,null,"","null"]"#);
    assert_snapshot!(read("[inf, nan, .inf, 0x10, 0o7, 1_000, 1e3, +3, 1.2.3, 2026-01-02]"), @r#"["inf","nan",".inf","0x10","0o7","1_000",1000.0,3,"1.2.3","2026-01-02"]"#);
    assert_snapshot!(read("a: |\n  one\n  two\nb: >\n  one\n  two\nc:\n  - {d: [e]}\nf:\n"), @r#"{"a":"one\ntwo\n","b":"one two\n","c":[{"d":["e"]}],"f":null}"#);
    assert_snapshot!(read("# nothing\n"), @"{}");
}

#[test]
fn what_two_readers_could_read_differently_is_refused_with_its_place() {
    assert_snapshot!(read("a: 1\nb:\n  c: 1\n  c: 2\n"), @"4:3: `c` is said twice, first in line 3");
    assert_snapshot!(read("a: 1\n'a': 1\n"), @"2:1: `a` is said twice, first in line 1");
    assert_snapshot!(read("a: &x 1\n"), @"1:7: anchors (&name) are not read; write the value out");
    assert_snapshot!(read("a: &x {b: *x}\n"), @"1:7: anchors (&name) are not read; write the value out");
    assert_snapshot!(read("a: !!str 1\n"), @"1:10: tags (!name) are not read");
    assert_snapshot!(read("? [a]\n: 1\n"), @"1:3: a key must be a word");
    assert_snapshot!(read("a: 1\n---\nb: 1\n"), @"2:1: a second document begins here");
    assert!(read("a:\n\tb: 1\n").ends_with("; there is a tab in this line, write spaces"));
    assert_snapshot!(read("a: [1\nb: 2\n"), @"2:2: this is not YAML: illegal placement of ':' indicator");
    assert_snapshot!(read(&"[".repeat(200)), @"1:66: this is nested too deeply");
    assert_snapshot!(read("<<: {a: 1}\n"), @r#"{"<<":{"a":1}}"#);
}

#[test]
fn all_that_is_wrong_is_told_with_its_place() {
    let (root, faults) = super::read("a: &x 1\nb: *x\na: !!str 2\n? [c]\n: 3\nd: [e\n", 16);
    let told: Vec<String> = faults.into_iter().map(|fault| told(Err(fault))).collect();
    assert_snapshot!(told.join("\n"), @r"
1:7: anchors (&name) are not read; write the value out
2:4: aliases (*name) are not read; write the value out
3:10: tags (!name) are not read
3:1: `a` is said twice, first in line 1
4:3: a key must be a word
7:1: this is not YAML: while parsing a flow sequence, expected ',' or ']'
");
    assert!(root.is_none(), "of what is not YAML nobody knows what it is part of");
    let (root, faults) = super::read("a: 1\nb: 2\na: 3\n", 16);
    assert_eq!((root.unwrap().value("a").map(|one| one.at.line), faults.len()), (Some(1), 1));
    assert!(super::read("", 16).0.is_none());
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    OneWord,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "shown by Debug")]
struct Section {
    text: String,
    #[serde(default)]
    number: Option<u8>,
    #[serde(default)]
    is_it: bool,
    #[serde(default)]
    words: Vec<Word>,
    #[serde(default)]
    by_name: BTreeMap<String, f64>,
}

fn section(text: &str) -> String {
    told(Node::parse(text).and_then(|node| node.read::<Section>()).map(|section| format!("{section:?}")))
}

#[test]
fn a_fault_is_told_at_the_innermost_place() {
    assert_snapshot!(section("{text: 1.50, number: 7, is_it: true, words: [one-word], by_name: {a: 1}}"), @r#"Section { text: "1.50", number: Some(7), is_it: true, words: [OneWord], by_name: {"a": 1.0} }"#);
    assert_snapshot!(section("text: a\nnumber: 256\n"), @"2:9: invalid value: integer `256`, expected u8");
    assert_snapshot!(section("text: a\nis_it: yes\n"), @r#"2:8: invalid type: string "yes", expected a boolean"#);
    assert_snapshot!(section("text: a\nwords:\n  - one-word\n  - two\n"), @"4:5: unknown word `two`; known here: one-word");
    assert_snapshot!(section("text: a\nwords: one-word\n"), @r#"2:8: invalid type: string "one-word", expected a sequence"#);
    assert_snapshot!(section("text: a\nwords: [{one-word: 1}]\n"), @"2:9: invalid type: map, expected enum Word");
    assert_snapshot!(section("text: a\nby_name: {b: c}\n"), @r#"2:14: invalid type: string "c", expected f64"#);
    assert_snapshot!(section("text: ~\n"), @"1:7: invalid type: unit value, expected a string");
    assert_snapshot!(section("text: [a]\n"), @"1:7: invalid type: sequence, expected a string");
    assert_snapshot!(section("text: a\ntxt: a\n"), @"2:1: unknown key `txt`; known here: text, number, is_it, words, by_name");
    assert_snapshot!(section("[a, 7, true]"), @"1:1: invalid type: sequence, expected a map");
    assert_snapshot!(section("number: 1\n"), @"1:1: `text` is missing");
    assert_snapshot!(section("- text: a\n"), @"1:1: invalid type: sequence, expected a map");
}
