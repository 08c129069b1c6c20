//! Runs launched through the door carry the name of whoever is signed in, however the arguments are passed.

use serde_json::{Value, json};

use crate::harness::dagster::{Dagster, LAUNCH, maintenance_job};
use crate::harness::{Door, Person};

async fn operator() -> (Dagster, Door, Person) {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let ada = door.user("ada", "operator").await;
    (dagster, door, ada)
}

/// The run's id from an answer.
fn run_id(answer: &Value) -> String {
    let id = answer.pointer("/data/launchRun/run/runId").and_then(Value::as_str);
    id.unwrap_or_else(|| panic!("no run in {answer}")).to_owned()
}

#[tokio::test]
async fn a_launch_with_variables_is_tagged_with_the_name() {
    let (dagster, _door, ada) = operator().await;
    for metadata in [
        Value::Null,
        json!({}),
        json!({"tags": null}),
        json!({"tags": []}),
        json!({"tags": [{"key": "team", "value": "a"}]}),
        json!({"tags": [{"key": "user", "value": "forged"}, {"key": "user", "value": "twice"}]}),
        json!({"tags": {"key": "user", "value": "forged"}}),
    ] {
        let mut params = json!({"selector": maintenance_job(), "runConfigData": "{}"});
        if !metadata.is_null() {
            params["executionMetadata"] = metadata.clone();
        }
        let answer = ada.graphql_json(LAUNCH, json!({"params": params})).await;
        assert_eq!(dagster.launched_by(&run_id(&answer)).await, ["ada"], "with {metadata}");
    }
}

#[tokio::test]
async fn a_launch_with_literals_is_tagged_with_the_name() {
    let (dagster, _door, ada) = operator().await;
    let selector = r#"selector: {repositoryName: "__repository__", repositoryLocationName: "definitions.py", jobName: "maintenance_job"}"#;
    for metadata in [
        String::new(),
        "executionMetadata: {}".into(),
        r#"executionMetadata: {tags: [{key: "user", value: "forged"}]}"#.into(),
        r#"executionMetadata: {tags: {key: "user", value: "forged"}}"#.into(),
        r#"executionMetadata: {tags: [{value: "forged", key: "us\u0065r"}]}"#.into(),
        r#"executionMetadata: {tags: [{value: "forged", key: """user"""}]}"#.into(),
    ] {
        let document = format!(
            "mutation {{ launchRun(executionParams: {{ {selector} {metadata} }}) {{ __typename ... on LaunchRunSuccess {{ run {{ runId }} }} }} }}"
        );
        let answer = ada.graphql_json(&document, json!({})).await;
        assert_eq!(dagster.launched_by(&run_id(&answer)).await, ["ada"], "with {metadata}");
    }
}

#[tokio::test]
async fn a_launch_with_variables_inside_literals_is_tagged_with_the_name_or_refused() {
    let (dagster, _door, ada) = operator().await;
    let document = |metadata: &str, declared: &str| {
        format!(
            "mutation L($s: JobOrPipelineSelector!, {declared}) {{ launchRun(executionParams: {{selector: $s, executionMetadata: {metadata}}}) \
             {{ __typename ... on LaunchRunSuccess {{ run {{ runId }} }} }} }}"
        )
    };
    let forged = json!({"key": "user", "value": "forged"});
    let cases = [
        (document("$m", "$m: ExecutionMetadata"), json!({"m": {"tags": [forged]}})),
        (document("{tags: $t}", "$t: [ExecutionTag!]"), json!({"t": [forged]})),
        (document("{tags: [$t]}", "$t: ExecutionTag!"), json!({"t": forged})),
        (document("{tags: [{key: $k, value: \"forged\"}]}", "$k: String!"), json!({"k": "user"})),
        (document("$m", "$m: ExecutionMetadata = {tags: [{key: \"user\", value: \"forged\"}]}"), json!({})),
    ];
    for (document, mut variables) in cases {
        variables["s"] = maintenance_job();
        let answer = ada.graphql(&document, variables).await;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        if status == 400 {
            continue;
        }
        assert_eq!(dagster.launched_by(&run_id(&body)).await, ["ada"], "{document}: {body}");
    }
}

#[tokio::test]
async fn re_executing_somebody_elses_run_is_tagged_with_the_name() {
    let (dagster, door, ada) = operator().await;
    let bob = door.user("bob", "operator").await;
    let first = run_id(
        &bob.graphql_json(LAUNCH, json!({"params": {"selector": maintenance_job(), "runConfigData": "{}"}})).await,
    );
    let document = "mutation($p: ReexecutionParams) { launchRunReexecution(reexecutionParams: $p) { __typename \
                    ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }";
    let params = json!({"parentRunId": first, "strategy": "ALL_STEPS", "useParentRunTags": true});
    let answer = ada.graphql_json(document, json!({"p": params})).await;
    let again = answer["data"]["launchRunReexecution"]["run"]["runId"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned();
    assert_eq!(dagster.launched_by(&again).await, ["ada"]);
    assert_eq!(dagster.launched_by(&first).await, ["bob"]);
}

#[tokio::test]
async fn many_runs_at_once_are_each_tagged_with_the_name() {
    let (dagster, _door, ada) = operator().await;
    let document = "mutation($l: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $l) { __typename \
                    ... on LaunchMultipleRunsResult { launchMultipleRunsResult { ... on LaunchRunSuccess { run { runId } } } } } }";
    let one = json!({"selector": maintenance_job(), "runConfigData": "{}", "executionMetadata": {"tags": [{"key": "user", "value": "forged"}]}});
    let answer = ada.graphql_json(document, json!({"l": [one, one]})).await;
    let results = answer["data"]["launchMultipleRuns"]["launchMultipleRunsResult"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(results.len(), 2);
    for result in results {
        assert_eq!(dagster.launched_by(result["run"]["runId"].as_str().unwrap()).await, ["ada"]);
    }
}

#[tokio::test]
async fn attribution_can_be_turned_off() {
    let dagster = Dagster::shared();
    let app = format!("  tool: {{upstream: \"{}\", profile: dagster, attribution: false}}", dagster.url);
    let door = Door::serving(&app).start().await;
    let ada = door.user("ada", "operator").await;
    let answer =
        ada.graphql_json(LAUNCH, json!({"params": {"selector": maintenance_job(), "runConfigData": "{}"}})).await;
    assert_eq!(dagster.launched_by(&run_id(&answer)).await, [""; 0]);
}
