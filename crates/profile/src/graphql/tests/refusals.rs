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
