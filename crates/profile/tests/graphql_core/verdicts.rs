//! Which operation runs and what it asks for.

use doorward_profile::{
    Misread,
    graphql::{
        document::{LiteralKind, parse::parse},
        operation::{pick, roots},
        rules::Limits,
    },
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use std::cell::Cell;

use crate::{
    documents::{Made, damaged, document, soup},
    oracle,
};

/// Our verdict in the oracle's words.
fn ours(made: &Made) -> Result<Value, Misread> {
    let document = parse(&made.text, &Limits::default())?;
    let (_, operation) = pick(&document, made.operation.as_deref())?;
    let mut found: Vec<Value> = Vec::new();
    for root in roots(&document, operation)? {
        let field = document.field(root.field).unwrap();
        let strings = field.arguments.iter().filter_map(|argument| match &argument.value.kind {
            LiteralKind::String(text) => Some(json!([argument.name, text])),
            _ => None,
        });
        let entry = json!([root.key, field.name, strings.collect::<Vec<_>>()]);
        if !found.contains(&entry) {
            found.push(entry);
        }
    }
    Ok(json!({"kind": operation.kind.as_str(), "roots": found}))
}

fn theirs(made: &Made) -> Value {
    oracle::ask(&json!({"ask": "verdict", "query": made.text, "operationName": made.operation}))
}

/// What they execute we must see, in the same words. By directives and type conditions they may execute less than there is; a
/// document without directives and without a fragment for an interface, and that suits the schema, they execute in full.
fn agree(made: &Made, ours: &Value, theirs: &Value) -> bool {
    let sees = |root: &Value| ours["roots"].as_array().is_some_and(|seen| seen.contains(root));
    let whole = theirs["in_full"] == true && !made.text.contains("skip") && !made.text.contains("include");
    ours["kind"] == theirs["kind"]
        && theirs["roots"].as_array().is_some_and(|roots| roots.iter().all(sees))
        && (!whole || ours["roots"].as_array().map(Vec::len) == theirs["roots"].as_array().map(Vec::len))
}

/// Puts many documents before both readers. Where theirs executes, ours must agree; `may_refuse` says what else it may do. Of a hundred
/// documents `enough` must have been read by both, or nothing is proved.
fn compare(documents: impl Strategy<Value = Made>, cases: u32, enough: u32, may_refuse: impl Fn(&Misread) -> bool) {
    let both = Cell::new(0_u32);
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let outcome = runner.run(&documents, |made| {
        let theirs = theirs(&made);
        if theirs.get("error").is_some() {
            return Ok(());
        }
        match ours(&made) {
            Ok(ours) => {
                both.set(both.get() + 1);
                prop_assert!(agree(&made, &ours, &theirs), "we read {ours}, they execute {theirs}");
            }
            Err(misread) => prop_assert!(may_refuse(&misread), "we refuse ({misread}), they execute {theirs}"),
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(both.get() * 100 > cases * enough, "only {} of {cases} documents were read by both", both.get());
}

#[test]
fn whatever_graphql_core_executes_we_read_the_same() {
    compare(document(), 500, 40, |misread| misread.code == "conflicting_fields");
}

#[test]
fn a_damaged_document_is_never_read_as_something_else() {
    compare(damaged(), 1000, 5, |_| true);
}

#[test]
fn no_text_makes_the_reader_panic() {
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() });
    let outcome = runner.run(&soup(), |text| {
        let _ = ours(&Made { text, operation: None });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Texts worth a case of their own: each was once read in two ways by some pair of GraphQL readers.
#[test]
fn known_traps_are_read_as_graphql_core_reads_them_or_not_at_all() {
    for text in [
        "{s(x:\"\n\")}",
        "{s(x:\"\\u{0000000041}\")}",
        "{s(x:\"\\u{41}\")}",
        "{s(x:\"\\uD83D\\uDE00\")}",
        "{s(x:\"\\uD83D\")}",
        "{s(x:\"\"\"\\\"\"\"\"\"\")}",
        "{s(x:\"\"\"\\\\\"\"\")}",
        "{s(x:\"\"\" \"\"\"\"\"\")}",
        "{s(x:\"\"\"a\u{b}b\"\"\")}",
        "{s(x:\"\u{0}\")}",
        "{s(x:1e5)}",
        "{s(x:0xF)}",
        "{s(x:00)}",
        "{s(x:-)}",
        "{s(x:1..)}",
        "{s(x:1...F)}",
        "{s(x:99999999999999999999999999999999999999)}",
        "{s#\u{0}\n}",
        "{s\u{85}}",
        "{s\u{2028}t}",
        "{s,,,t}",
        "{,s}",
        "{a , : s}",
        "{..., F} fragment F on Query{s}",
        "{... # x\n F} fragment F on Query{s}",
        "{... on # x\n Query{s}}",
        "{...on I{...on Mutation{s}}}",
        "\"description\" query A{s}",
        "query A($a:Int @d){s(x:$a)}",
        "query A($a:[[Int!]!]!){s(x:$a)}",
        "query A($a:[Int]=[1,2]){s(x:$a)}",
        "query on{s}",
        "query query{s}",
        "{query:s mutation:t}",
        "{... on on{s}}",
        "fragment F on Query@d{s} {...F@d}",
        "{s(x:{a:1,a:2})}",
        "{s(x:1,x:2)}",
        "{s{}}",
        "{s()}",
        "\u{feff}\u{feff}{s}",
        "{s}\u{1a}",
        "{s}\0",
    ] {
        let made = Made { text: text.to_owned(), operation: None };
        if let (Ok(ours), theirs) = (ours(&made), theirs(&made)) {
            assert!(
                theirs.get("error").is_some() || agree(&made, &ours, &theirs),
                "{text:?}: we read {ours}, they execute {theirs}"
            );
        }
    }
}
