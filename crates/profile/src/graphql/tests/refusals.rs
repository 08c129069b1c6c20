//! What Dagster's UI and scripts get to see instead of an answer.

use super::ask;

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
    assert_eq!(crate::request::WITHHELD, doorward_domain::audit::ANSWER_WITHHELD.to_ascii_uppercase());
}

#[test]
fn what_no_result_can_say_is_left_to_the_status() {
    let plain = "setConcurrencyLimit(concurrencyKey:\"a\" limit:1)";
    for document in [format!("mutation{{s:{plain}}}"), format!("mutation{{{plain} reloadWorkspace{{__typename}}}}")] {
        assert!(maybe_done(&document).is_none(), "{document}");
    }
    assert!(maybe_done("{runOrError(runId:\"r\"){__typename}}").is_none());
    // Nor is what would have to be kept for it, where that is much.
    for (count, length, is_told) in [(100, 1, true), (101, 1, false), (10, 200, true), (30, 200, false)] {
        let root = |n: usize| format!("{}{n}:reloadWorkspace{{__typename}}", "a".repeat(length));
        let roots = (0..count).map(root).collect::<Vec<_>>().join(" ");
        assert_eq!(maybe_done(&format!("mutation{{{roots}}}")).is_some(), is_told, "{count} of {length}");
    }
}
