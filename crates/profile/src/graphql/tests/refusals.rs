//! What Dagster's UI and scripts get to see instead of an answer.

use super::{ask, ask_with};

fn refusal(document: &str) -> serde_json::Value {
    serde_json::from_slice(&ask(document).understood().refusal("You may not. \"Ask\" ada.").unwrap()).unwrap()
}

#[test]
fn the_sentence_stands_under_the_clients_own_key() {
    insta::assert_json_snapshot!(refusal("mutation{launch:launchRun(executionParams:{}){__typename} reloadWorkspace{__typename}}"), @r##"
{
  "data": {
    "launch": {
      "__typename": "PythonError",
      "errorChain": [],
      "message": "You may not. \"Ask\" ada.",
      "stack": []
    },
    "reloadWorkspace": {
      "__typename": "PythonError",
      "errorChain": [],
      "message": "You may not. \"Ask\" ada.",
      "stack": []
    }
  }
}
"##);
}

#[test]
fn a_plain_result_is_refused_by_an_error() {
    insta::assert_json_snapshot!(refusal("mutation{s:setConcurrencyLimit(concurrencyKey:\"a\" limit:1)}"), @r##"
{
  "data": null,
  "errors": [
    {
      "extensions": {
        "code": "FORBIDDEN"
      },
      "message": "You may not. \"Ask\" ada.",
      "path": [
        "s"
      ]
    }
  ]
}
"##);
}

#[test]
fn a_mixed_document_is_refused_by_errors_for_every_key() {
    let refused = refusal(
        "mutation{a:setConcurrencyLimit(concurrencyKey:\"a\" limit:1) b:reloadWorkspace{__typename} ...F} fragment F on Mutation{b:reloadWorkspace{__typename}}",
    );
    assert_eq!(refused["data"], serde_json::Value::Null);
    assert_eq!(refused["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn queries_are_refused_in_the_shape_they_can_take() {
    insta::assert_json_snapshot!(refusal("{runOrError(runId:\"r\"){__typename} t:__typename}"), @r##"
{
  "data": {
    "runOrError": {
      "__typename": "PythonError",
      "errorChain": [],
      "message": "You may not. \"Ask\" ada.",
      "stack": []
    },
    "t": "Query"
  }
}
"##);
    insta::assert_json_snapshot!(refusal("{version}"), @r##"
{
  "data": null,
  "errors": [
    {
      "extensions": {
        "code": "FORBIDDEN"
      },
      "message": "You may not. \"Ask\" ada.",
      "path": [
        "version"
      ]
    }
  ]
}
"##);
}

#[test]
fn a_refusal_of_very_many_keys_is_told_once() {
    let roots = |count: usize| {
        let root = |n: usize| format!("a{n}:runOrError(runId:\"{n}\"){{__typename}}");
        (0..count).map(root).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(refusal(&format!("{{{}}}", roots(100)))["data"].as_object().unwrap().len(), 100);
    let many = refusal(&format!("{{{}}}", roots(101)));
    assert!(many["data"].is_null());
    assert_eq!(many["errors"].as_array().unwrap().len(), 1);
    assert_eq!(many["errors"][0]["message"], "You may not. \"Ask\" ada.");
}

fn maybe_done(document: &str) -> Option<serde_json::Value> {
    let told = ask(document).understood().maybe_done()?;
    Some(serde_json::from_slice(&told.body("It may have been done.")).unwrap())
}

/// `UnauthorizedError` would say that it was not.
#[test]
fn what_may_have_been_done_is_told_as_what_went_wrong_on_the_way() {
    let document = "mutation{launch:launchRun(executionParams:{}){__typename} t:__typename}";
    insta::assert_json_snapshot!(maybe_done(document), @r##"
    {
      "data": {
        "launch": {
          "__typename": "PythonError",
          "errorChain": [],
          "message": "It may have been done.",
          "stack": []
        },
        "t": "Mutation"
      },
      "extensions": {
        "code": "ANSWER_WITHHELD",
        "passed_on": true
      }
    }
    "##);
}

#[test]
fn an_answer_that_is_kept_back_has_the_same_word_in_a_result_as_in_the_log() {
    assert_eq!(crate::request::WITHHELD, doorward_domain::AuditReason::AnswerWithheld.as_str().to_ascii_uppercase());
}

/// Dagster's dialogs wait for a result of each run, and show what it says beside the run's id.
#[test]
fn of_what_is_done_to_each_it_is_told_in_each() {
    const OBJECT: fn(&str) -> serde_json::Value =
        |sentence| serde_json::json!({"__typename": "PythonError", "message": sentence, "stack": [], "errorChain": []});
    let document = "mutation Terminate($runIds:[String!]!){terminateRuns(runIds:$runIds){__typename}}";
    let literal = |runs: &str| format!("mutation{{terminateRuns(runIds:{runs}){{__typename}}}}");
    let ids = |count: usize| (0..count).map(|n| format!("r{n}")).collect::<Vec<_>>();
    let with = |count: usize| ask_with(document, &serde_json::json!({"runIds": ids(count)}));
    for (sent, count) in [
        (with(2), Some(2)),
        (with(100), Some(100)),
        (with(101), None),
        (with(0), None),
        (ask(&literal(r#"["a" "b" "c"]"#)), Some(3)),
        (ask(&literal(r#""a""#)), Some(1)),
        (ask(document), None),
        (ask("mutation{terminateRuns{__typename}}"), None),
    ] {
        let understood = sent.understood();
        let told =
            |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap()["data"]["terminateRuns"].take();
        let expected = |sentence| match count {
            Some(count) => {
                serde_json::json!({"__typename": "TerminateRunsResult", "terminateRunResults": vec![OBJECT(sentence); count]})
            }
            None => OBJECT(sentence),
        };
        assert_eq!(told(&understood.refusal("No.").unwrap()), expected("No."), "{sent:?}");
        assert_eq!(told(&understood.maybe_done().unwrap().body("Maybe.")), expected("Maybe."), "{sent:?}");
    }
}

#[test]
fn entries_are_told_a_hundred_times_at_most_whatever_keys_they_are_under() {
    let runs = |count: usize| serde_json::json!((0..count).map(|n| n.to_string()).collect::<Vec<_>>());
    let document = format!(
        "mutation{{a:terminateRuns(runIds:{}){{__typename}} b:terminateRuns(runIds:{}){{__typename}}}}",
        runs(60),
        runs(41),
    );
    let refused = refusal(&document);
    assert_eq!(refused["data"]["a"]["terminateRunResults"].as_array().unwrap().len(), 60);
    assert_eq!(refused["data"]["b"]["__typename"], "PythonError");
}

/// Dagster's dialog takes any result for done.
#[test]
fn of_what_pages_do_not_read_it_is_told_by_an_error() {
    let document = "mutation{c:cancelPartitionBackfill(backfillId:\"b\"){__typename}}";
    let refused = refusal(document);
    assert!(refused["data"].is_null());
    assert_eq!(refused["errors"][0]["path"], serde_json::json!(["c"]));
}

#[test]
fn where_no_result_can_say_it_there_is_an_error() {
    let plain = "s:setConcurrencyLimit(concurrencyKey:\"a\" limit:1)";
    let told = maybe_done(&format!("mutation{{{plain} reloadWorkspace{{__typename}}}}")).unwrap();
    assert!(told["data"].is_null());
    assert_eq!(told["errors"].as_array().unwrap().len(), 2);
    insta::assert_json_snapshot!(maybe_done(&format!("mutation{{{plain}}}")), @r##"
    {
      "data": null,
      "errors": [
        {
          "extensions": {
            "code": "ANSWER_WITHHELD",
            "passed_on": true
          },
          "message": "It may have been done.",
          "path": [
            "s"
          ]
        }
      ],
      "extensions": {
        "code": "ANSWER_WITHHELD",
        "passed_on": true
      }
    }
    "##);
}

#[test]
fn what_would_have_to_be_kept_is_left_to_the_status_where_that_is_much() {
    assert!(maybe_done("{runOrError(runId:\"r\"){__typename}}").is_none());
    for (count, length, is_told) in [(100, 1, true), (101, 1, false), (10, 200, true), (30, 200, false)] {
        let root = |n: usize| format!("{}{n}:reloadWorkspace{{__typename}}", "a".repeat(length));
        let roots = (0..count).map(root).collect::<Vec<_>>().join(" ");
        assert_eq!(maybe_done(&format!("mutation{{{roots}}}")).is_some(), is_told, "{count} of {length}");
    }
}
