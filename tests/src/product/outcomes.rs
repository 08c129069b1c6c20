//! How a change ended is in the audit log whatever the client selected, and the client gets what bare Dagster answers.

use serde_json::{Value, json};
use std::time::Duration;

use crate::harness::dagster::Dagster;
use crate::harness::{Door, eventually};

const LAUNCH: &str = "launchRun(executionParams: {selector: {repositoryName: \"__repository__\", \
                      repositoryLocationName: \"definitions.py\", jobName: \"maintenance_job\"}, runConfigData: $config})";

/// What a client selects of a launch, and nothing of it says how the launch ended or which run it made, or names it as we would.
const SELECTIONS: [&str; 6] = [
    "__typename",
    "... on RunConfigValidationInvalid { pipelineName }",
    "doorward0_0: __typename doorward0_1: __typename",
    "... on LaunchRunSuccess { run { status jobName } }",
    "... @skip(if: true) { __typename } ... @include(if: false) { a: __typename } ...Nothing",
    "t: __typename # the end }\n",
];

fn document(selection: &str) -> String {
    let fragment = if selection.contains("...Nothing") { " fragment Nothing on PythonError { message }" } else { "" };
    format!("mutation($config: RunConfigData!) {{ first: {LAUNCH} {{ {selection} }} }}{fragment}")
}

/// The requests on record with their outcome, newest first, when none of them is pending any more.
async fn concluded(door: &Door, count: usize) -> Vec<Value> {
    let requests = || door.audit().into_iter().filter(|event| event["action"] == "request").collect::<Vec<_>>();
    let done = || async { requests().len() >= count && requests().iter().all(|event| event["outcome"] != "pending") };
    assert!(eventually(Duration::from_secs(10), done).await, "{:?}", requests());
    requests()
}

fn good() -> Value {
    json!({"config": "{}"})
}

fn bad() -> Value {
    json!({"config": {"ops": {"vacuum": {"config": {"seconds": "not a number"}}}}})
}

#[tokio::test]
async fn the_audit_log_knows_how_a_launch_ended_whatever_the_client_selected() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let ada = door.user("ada", "operator").await;
    for (n, selection) in SELECTIONS.iter().enumerate() {
        let own = document(selection);
        for (variables, outcome) in [(good(), "success"), (bad(), "failure")] {
            let through_the_door = ada.graphql(&own, variables.clone()).await.text().await.unwrap();
            let bare = dagster.client().post(format!("{}/graphql", dagster.url));
            let bare =
                bare.json(&json!({"query": own, "variables": variables})).send().await.unwrap().text().await.unwrap();
            assert_eq!(through_the_door, bare, "{selection}");
            let events = concluded(&door, 2 * n + if outcome == "success" { 1 } else { 2 }).await;
            assert_eq!(events[0]["outcome"], outcome, "{selection}: {}", events[0]);
            let runs = events[0]["details"]["run_ids"].as_array().map_or(0, Vec::len);
            assert_eq!(runs, usize::from(outcome == "success"), "{selection}: {}", events[0]);
        }
    }
}

#[tokio::test]
async fn of_two_launches_in_one_document_each_counts() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let ada = door.user("ada", "operator").await;
    let two = |first: &str, second: &str| {
        format!(
            "mutation($config: RunConfigData!, $bad: RunConfigData!) {{ ...F b: {} {{ __typename }} }} \
             fragment F on Mutation {{ a: {} {{ ... on PythonError {{ message }} }} }}",
            LAUNCH.replace("$config", second),
            LAUNCH.replace("$config", first)
        )
    };
    let variables = json!({"config": "{}", "bad": bad()["config"]});
    let answer = ada.graphql_json(&two("$config", "$config").replace(", $bad: RunConfigData!", ""), good()).await;
    assert_eq!(answer, json!({"data": {"a": {}, "b": {"__typename": "LaunchRunSuccess"}}}));
    let event = concluded(&door, 1).await.remove(0);
    assert_eq!(
        (&event["outcome"], event["details"]["run_ids"].as_array().map(Vec::len)),
        (&json!("success"), Some(2)),
        "{event}"
    );
    for document in [two("$config", "$bad"), two("$bad", "$config")] {
        ada.graphql_json(&document, variables.clone()).await;
    }
    for event in concluded(&door, 3).await.iter().take(2) {
        assert_eq!(
            (&event["outcome"], event["details"]["run_ids"].as_array().map(Vec::len)),
            (&json!("failure"), Some(1)),
            "{event}"
        );
    }
}

#[tokio::test]
async fn what_ends_a_run_is_on_record_with_how_it_ended() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let ada = door.user("ada", "operator").await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (n, mutation) in [
        "terminateRun(runId: $id) { ... on PythonError { message } }",
        "terminateRuns(runIds: [$id]) { ... on PythonError { message } }",
        "deleteRun(runId: $id) { ... on PythonError { message } }",
    ]
    .into_iter()
    .enumerate()
    {
        let answer =
            ada.graphql_json(&format!("mutation($id: String!) {{ x: {mutation} }}"), json!({"id": nobody})).await;
        assert_eq!(answer, json!({"data": {"x": {}}}), "{mutation}");
        assert_eq!(concluded(&door, n + 1).await[0]["outcome"], "failure", "{mutation}");
    }
    let launch = format!("mutation {{ {} {{ __typename }} }}", LAUNCH.replace("$config", "\"{}\""));
    ada.graphql_json(&launch, json!({})).await;
    let run = concluded(&door, 4).await[0]["details"]["run_ids"][0].as_str().unwrap().to_owned();
    let delete = "mutation($id: String!) { deleteRun(runId: $id) { x: __typename } }";
    let answer = ada.graphql_json(delete, json!({"id": run})).await;
    assert_eq!(answer["data"]["deleteRun"], json!({"x": "DeletePipelineRunSuccess"}));
    let event = concluded(&door, 5).await.remove(0);
    assert_eq!((&event["outcome"], &event["details"]["run_ids"]), (&json!("success"), &json!([run])), "{event}");
}

#[tokio::test]
async fn dagster_has_all_that_is_asked_for_beside_the_clients_selection() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let ada = door.user("ada", "admin").await;
    for mutation in [
        "launchRun",
        "launchPipelineExecution",
        "launchMultipleRuns",
        "launchRunReexecution",
        "launchPipelineReexecution",
        "launchPartitionBackfill",
        "reexecutePartitionBackfill",
        "resumePartitionBackfill",
        "cancelPartitionBackfill",
        "terminatePipelineExecution",
        "terminateRun",
        "terminateRuns",
        "deletePipelineRun",
        "deleteRun",
        "reloadRepositoryLocation",
    ] {
        // With an argument that is missing or unknown nothing is executed, and the rest is validated all the same.
        let answer =
            ada.graphql_json(&format!("mutation {{ {mutation}(unknown: 1) {{ __typename }} }}"), json!({})).await;
        let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let others: Vec<_> = errors.iter().filter(|error| !error["message"].to_string().contains("argument")).collect();
        assert!(others.is_empty(), "{mutation}: {others:?}");
    }
}
