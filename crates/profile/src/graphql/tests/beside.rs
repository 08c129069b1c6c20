//! What only we ask for reaches the tool, and not the client.

use serde_json::{Value, json};

use super::{Sent, ask};
use crate::graphql::extract::{Extraction, Shape};

/// The document as the tool gets it.
fn sent(document: &str) -> String {
    query_of(&ask(document))
}

fn query_of(sent: &Sent) -> String {
    let envelope: Value = serde_json::from_slice(&sent.understood().envelope(None).unwrap().body).unwrap();
    envelope["query"].as_str().unwrap().to_owned()
}

/// What the client gets of an answer that arrives in pieces of this length.
fn given(prefix: &str, answer: &str, piece: usize) -> String {
    let mut extraction = Extraction::new(Some(prefix));
    let mut out: Vec<u8> = answer.as_bytes().chunks(piece).flat_map(|piece| extraction.push(piece)).collect();
    out.extend(extraction.end());
    String::from_utf8(out).unwrap()
}

#[test]
fn every_mutation_that_runs_is_asked_for_its_type_and_its_ids() {
    insta::assert_snapshot!(sent("mutation{launchRun(executionParams:{}){__typename}}"), @"mutation{launchRun(executionParams:{}){__typename doorward0_0:__typename ...on LaunchRunSuccess{doorward0_1:run{runId}}}}");
    let launch = "doorward0_0:__typename ...on LaunchRunSuccess{doorward0_1:run{runId}}";
    assert_eq!(
        sent(
            "mutation{l:launchRun(executionParams:{}){...on RunConflict{message} # {\n} setConcurrencyLimit(limit:1)}"
        ),
        format!(
            "mutation{{l:launchRun(executionParams:{{}}){{...on RunConflict{{message}} # {{\n {launch}}} setConcurrencyLimit(limit:1)}}"
        )
    );
    let in_fragments = "mutation{...F @skip(if:true) ...{a:launchRun(executionParams:{}){...G}}}fragment F on Mutation{...on Mutation{a:launchRun(executionParams:{}){x:__typename}}}fragment G on X{b{c}}";
    assert_eq!(
        sent(in_fragments),
        in_fragments
            .replace("{...G}", &format!("{{...G {launch}}}"))
            .replace("{x:__typename}", &format!("{{x:__typename {launch}}}"))
    );
    assert_eq!(
        sent("mutation{terminateRuns(runIds:[]){__typename}brandNew{doorward0_0:a}}"),
        "mutation{terminateRuns(runIds:[]){__typename doorward1_0:__typename ...on TerminateRunsResult{doorward1_1:terminateRunResults{__typename ...on TerminateRunSuccess{run{runId}}}}}brandNew{doorward0_0:a doorward1_0:__typename}}"
    );
}

#[test]
fn what_changes_nothing_is_asked_for_nothing() {
    for document in
        ["{version}", "mutation{logTelemetry{__typename}}", "mutation{setNuxSeen}", "mutation{setConcurrencyLimit}"]
    {
        assert_eq!(sent(document), document);
    }
}

#[test]
fn operations_that_do_not_run_are_left_as_they_are() {
    let document = "mutation A{reloadWorkspace{__typename}}mutation B{reloadWorkspace{__typename}}";
    let sent = Sent { body: json!({"operationName": "B", "query": document}).to_string().into(), ..ask(document) };
    insta::assert_snapshot!(query_of(&sent), @"mutation A{reloadWorkspace{__typename}}mutation B{reloadWorkspace{__typename doorward0_0:__typename}}");
}

#[test]
fn a_document_at_the_limits_still_passes_with_what_we_add() {
    let one = |n| format!("a{n}:launchRun{{b}}");
    // Each has seven tokens, and one of white space beside it.
    let full: Vec<String> = (0..6_200).map(one).collect();
    assert!(sent(&format!("mutation{{{}}}", full.join(" "))).len() > 300_000);
    let nested = format!("mutation{{reloadWorkspace{{{}b{}}}}}", "a{".repeat(60), "}".repeat(60));
    assert!(sent(&nested).contains("doorward0_0"));
}

#[test]
fn only_what_we_asked_for_is_taken_out_and_all_else_stays_byte_for_byte() {
    let deep = r#"{"d0_0":[1,{"d0_1":2}],"s":"\\\"d0_0\": {"}"#;
    for (answer, given_to_client) in [
        (r#"{"data":{"a":{"x":1,"d0_0":"T"}}}"#, r#"{"data":{"a":{"x":1}}}"#),
        (r#"{"data":{"a":{"d0_0":"T","x":1}}}"#, r#"{"data":{"a":{"x":1}}}"#),
        (
            r#"{"data":{"a":{"x":1,"d0_0":"T","d0_1":{"r":["}"]},"y":1.50e+3}}}"#,
            r#"{"data":{"a":{"x":1,"y":1.50e+3}}}"#,
        ),
        (r#"{"data":{"a":{"d0_0":null,"d0_1":3},"b":true}}"#, r#"{"data":{"a":{},"b":true}}"#),
        (
            "{ \"data\" : { \"a\" : {\n  \"x\" : 1 ,\n  \"d0_0\" : \"T\"\n} } }\n",
            "{ \"data\" : { \"a\" : {\n  \"x\" : 1 \n} } }\n",
        ),
        ("{\"data\":{\"a\":{\n  \"d0_0\": \"T\",\n  \"x\": 1\n}}}", "{\"data\":{\"a\":{\n  \"x\": 1\n}}}"),
        (r#"{"data":{"a":[[{"d0_0":1},null,{"x":[],"d0_0":2}],[]]}}"#, r#"{"data":{"a":[[{},null,{"x":[]}],[]]}}"#),
        (&format!(r#"{{"data":{{"d0_0":1,"a":{{"x":{deep}}}}},"d0_0":{deep},"extensions":{{"a":{{"d0_0":1}}}}}}"#), ""),
        (r#"{"errors":[{"d0_0":1}],"data":null}"#, ""),
        (r#"{"data":{"a":{"x":"d0_0","xd0_0":1,"":2,"d0_":3}}}"#, r#"{"data":{"a":{"x":"d0_0","xd0_0":1,"":2}}}"#),
        ("<html>{\"data\":{\"a\":{\"d0_0\":1}}}", ""),
        ("", ""),
        ("[{\"data\":{\"a\":{\"d0_0\":1}}}]", ""),
    ] {
        let wanted = if given_to_client.is_empty() { answer } else { given_to_client };
        for piece in [1, 2, 3, 7, answer.len().max(1)] {
            assert_eq!(given("d0_", answer, piece), wanted, "{answer} in pieces of {piece}");
        }
    }
}

#[test]
fn what_is_held_back_when_an_answer_breaks_off_is_given_all_the_same() {
    let answer = r#"{"data":{"a":{"x":1,"xyz":"d"}}}"#;
    for end in 0..=answer.len() {
        assert_eq!(given("d0_", &answer[..end], 3), answer[..end]);
        let mut extraction = Extraction::new(Some("d0_"));
        extraction.push(&answer.as_bytes()[..end]);
        let wanted = if end == 0 {
            Shape::Other
        } else if end == answer.len() {
            Shape::Whole
        } else {
            Shape::Broken
        };
        assert_eq!(extraction.shape(), wanted, "{end}");
    }
}

/// Any answer with members of ours put into it becomes what it was before.
#[test]
fn taking_out_undoes_putting_in() {
    let mut random = 7_u64;
    let mut below = move |n: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % n
    };
    for _ in 0..3_000 {
        let results: Vec<(Value, Value)> = (0..below(3)).map(|_| result(&mut below)).collect();
        let with = |ours: bool| {
            let pick = |(without, with): &(Value, Value)| if ours { with.clone() } else { without.clone() };
            let data: serde_json::Map<_, _> =
                results.iter().enumerate().map(|(n, pair)| (format!("k{n}"), pick(pair))).collect();
            json!({"data": data, "extensions": {"k0": {"d0_0": 1}}})
        };
        for pretty in [false, true] {
            let write =
                |value: &Value| if pretty { serde_json::to_string_pretty(value).unwrap() } else { value.to_string() };
            let piece = usize::try_from(below(9)).unwrap() + 1;
            let (wanted, got) = (write(&with(false)), given("d0_", &write(&with(true)), piece));
            // Pretty printing writes an empty object in another way than one that was emptied.
            let plain = |text: &str| {
                if pretty { serde_json::from_str::<Value>(text).unwrap().to_string() } else { text.to_owned() }
            };
            assert_eq!(plain(&got), plain(&wanted));
        }
    }
}

/// What answers a root field, without and with our members.
fn result(below: &mut impl FnMut(u64) -> u64) -> (Value, Value) {
    match below(6) {
        0 => (Value::Null, Value::Null),
        1 => {
            let items: Vec<_> = (0..below(3)).map(|_| result(below)).collect();
            (
                items.iter().map(|(without, _)| without.clone()).collect(),
                items.iter().map(|(_, with)| with.clone()).collect(),
            )
        }
        _ => {
            let (mut without, mut with) = (serde_json::Map::new(), serde_json::Map::new());
            for n in 0..below(5) {
                // In the order of the text: `serde_json` sorts keys.
                let value = anything(below, 3);
                if below(3) == 0 {
                    with.insert(format!("d0_{n}"), value);
                } else {
                    let key =
                        ["a", "e\"d0_", "d0", "\u{e4}"][usize::try_from(below(4)).unwrap()].to_owned() + &n.to_string();
                    with.insert(key.clone(), value.clone());
                    without.insert(key, value);
                }
            }
            (without.into(), with.into())
        }
    }
}

fn anything(below: &mut impl FnMut(u64) -> u64, depth: u32) -> Value {
    match below(if depth == 0 { 4 } else { 6 }) {
        0 => json!(["\\\"{}[],:", "d0_0", "\u{1f600}\n", ""][usize::try_from(below(4)).unwrap()]),
        1 => json!(below(1000)),
        2 => [json!(true), json!(false), Value::Null][usize::try_from(below(3)).unwrap()].clone(),
        3 => json!(-1.5e-7),
        4 => (0..below(4)).map(|_| anything(below, depth - 1)).collect(),
        _ => Value::Object((0..below(4)).map(|n| (format!("d0_{n}"), anything(below, depth - 1))).collect()),
    }
}
