//! Looking runs nothing: no question a viewer may ask makes Dagster run what its users wrote. Whether it did is seen in a file that
//! every function of `tests/data/user_code.py` writes to.

use serde_json::{Value, json};
use std::path::PathBuf;

use crate::harness::person::{head, text};
use crate::harness::{DagsterHome, Door, Person};

/// The schedule, the sensor and the jobs, as queries name them.
const IN: &str = r#"repositoryName: "__repository__", repositoryLocationName: "user_code.py""#;

async fn marking_dagster() -> Door {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("data/user_code.py")
        .canonicalize()
        .unwrap()
        .display()
        .to_string();
    let plan = Door::command(&["dagster", "-f", &file, "-h", "127.0.0.1", "-p", "{port}"]);
    DagsterHome::new()
        .on(plan)
        .env("DAGSTER_HOME", "{folder}")
        .env("MARKS", "{folder}/marks")
        .start()
        .await
        .ready()
        .await
}

fn marks(door: &Door) -> Vec<String> {
    std::fs::read_to_string(door.file("marks")).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Queries that run user code on bare Dagster, each with the mark it leaves and the weakest role that may.
fn attacks() -> Vec<(String, &'static str, &'static str)> {
    let schedule = format!(r#"scheduleOrError(scheduleSelector: {{{IN}, scheduleName: "minutely"}})"#);
    let sensor = format!(r#"sensorOrError(sensorSelector: {{{IN}, sensorName: "watcher"}})"#);
    let job = |name: &str| format!(r#"pipelineOrError(params: {{{IN}, pipelineName: "{name}"}})"#);
    let set =
        format!(r#"partitionSetOrError(repositorySelector: {{{IN}}}, partitionSetName: "parts_job_partition_set")"#);
    let plan = |name: &str| {
        format!(
            r#"executionPlanOrError(pipeline: {{{IN}, pipelineName: "mapped_job"}}, mode: "default", runConfigData: "{{\"text\":\"{name}\"}}") {{ __typename }}"#
        )
    };
    let tick = "futureTick(tickTimestamp: 1795215925) { evaluationResult { skipReason } }";
    vec![
        (format!("{{ {schedule} {{ ... on Schedule {{ {tick} }} }} }}"), "schedule", "developer"),
        (
            format!(
                "{{ a: {schedule} {{ ... on Schedule {{ b: futureTick(tickTimestamp: 1795215925) {{ c: evaluationResult {{ d: skipReason }} }} }} }} }}"
            ),
            "schedule",
            "developer",
        ),
        (
            format!(
                "{{ {schedule} {{ ...F }} }} fragment F on Schedule {{ ...G }} fragment G on Schedule {{ {tick} }}"
            ),
            "schedule",
            "developer",
        ),
        (
            format!(
                "{{ {schedule} {{ ... on Schedule {{ futureTicks(limit: 3) {{ results {{ ... @include(if: true) {{ evaluationResult {{ skipReason }} }} }} }} }} }} }}"
            ),
            "schedule",
            "developer",
        ),
        (
            format!(
                "query($t: Int = 1795215925, $l: Boolean = true) {{ {schedule} {{ ... on Schedule {{ futureTick(tickTimestamp: $t) @include(if: $l) {{ evaluationResult {{ skipReason }} }} }} }} }}"
            ),
            "schedule",
            "developer",
        ),
        (
            format!(
                "{{ repositoryOrError(repositorySelector: {{{IN}}}) {{ ... on Repository {{ schedules {{ {tick} }} }} }} }}"
            ),
            "schedule",
            "developer",
        ),
        (
            format!(
                "{{ {sensor} {{ ... on Sensor {{ sensorState {{ nextTick {{ evaluationResult {{ skipReason }} }} }} nextTick {{ evaluationResult {{ skipReason }} }} }} }} }}"
            ),
            "",
            "developer",
        ),
        (
            format!(
                r#"{{ {set} {{ ... on PartitionSet {{ partition(partitionName: "a") {{ runConfigOrError {{ __typename }} }} }} }} }}"#
            ),
            "partition config",
            "operator",
        ),
        (
            format!(
                "{{ {set} {{ ... on PartitionSet {{ partitionsOrError {{ ... on Partitions {{ results {{ tagsOrError {{ __typename }} }} }} }} }} }} }}"
            ),
            "tags",
            "operator",
        ),
        (
            format!(
                r#"{{ {} {{ ... on Pipeline {{ partition(partitionName: "b") {{ runConfigOrError {{ __typename }} }} }} }} }}"#,
                job("parts_job")
            ),
            "partition config",
            "operator",
        ),
        (
            format!(
                r#"{{ {} {{ ... on Pipeline {{ partition(partitionName: "x") {{ x: runConfigOrError {{ __typename }} }} }} }} }}"#,
                job("listed_job")
            ),
            "listed partition config",
            "operator",
        ),
        (format!("{{ {} }}", plan("mine")), "config mapping mine", "operator"),
        (format!("{{ isPipelineConfigValid: {} }}", plan("aliased")), "config mapping aliased", "operator"),
    ]
}

/// Sends a query in another way than Dagster's pages do.
async fn by_get(person: &Person, query: &str) -> Value {
    let path = format!("/graphql?query={}", url::form_urlencoded::byte_serialize(query.as_bytes()).collect::<String>());
    serde_json::from_str(&text(person.get(&path).await).await).unwrap()
}

#[tokio::test]
async fn no_query_of_a_viewer_runs_user_code_and_those_who_may_can() {
    let door = marking_dagster().await;
    let viewer = door.user("vera", "viewer").await;
    let before = marks(&door);
    for (query, _, _) in attacks() {
        let answer = viewer.graphql(&query, json!({})).await;
        assert!(head(&answer, "doorward-decision").starts_with("deny;"), "{query}");
        let said = text(answer).await;
        assert!(said.contains("needs the role"), "{query}: {said}");
        assert!(by_get(&viewer, &query).await.to_string().contains("needs the role"), "{query}");
        let batch =
            viewer.ask(reqwest::Method::POST, "/graphql").json(&json!([{"query": query}])).send().await.unwrap();
        assert_eq!(batch.status(), 400, "several at once are not understood: {query}");
    }
    assert_eq!(marks(&door), before, "user code ran for a viewer");
    let (operator, developer) = (door.user("olga", "operator").await, door.user("dana", "developer").await);
    for (query, mark, role) in attacks() {
        let person = if role == "operator" { &operator } else { &developer };
        let before = marks(&door).len();
        let answer = person.graphql_json(&query, json!({})).await;
        assert!(answer["errors"].is_null(), "{query} as {role}: {answer}");
        let ran = marks(&door).split_off(before);
        assert!(mark.is_empty() || ran.iter().any(|own| own == mark), "the attack is none: {query}: {ran:?} {answer}");
    }
}

#[tokio::test]
async fn what_a_viewer_may_ask_about_jobs_runs_no_user_code() {
    let door = marking_dagster().await;
    let viewer = door.user("vera", "viewer").await;
    let before = marks(&door);
    for job in ["mapped_job", "parts_job", "listed_job", "tables"] {
        for query in [
            format!(
                r#"{{ pipelineOrError(params: {{{IN}, pipelineName: "{job}", solidSelection: ["say"]}}) {{ __typename ... on Pipeline {{ modes {{ name }} presets {{ name }} partition(partitionName: "a") {{ name }} }} }} }}"#
            ),
            format!(
                r#"{{ runConfigSchemaOrError(selector: {{{IN}, pipelineName: "{job}"}}, mode: "default") {{ __typename ... on RunConfigSchema {{ rootDefaultYaml allConfigTypes {{ key }} }} }} }}"#
            ),
            format!(
                r#"{{ isPipelineConfigValid(pipeline: {{{IN}, pipelineName: "{job}"}}, mode: "default", runConfigData: "{{\"text\":\"viewer\"}}") {{ __typename }} }}"#
            ),
            format!(
                r#"{{ scheduleOrError(scheduleSelector: {{{IN}, scheduleName: "minutely"}}) {{ ... on Schedule {{ futureTicks(limit: 5) {{ results {{ timestamp }} }} futureTick(tickTimestamp: 1) {{ timestamp }} }} }} }}"#
            ),
        ] {
            let answer = viewer.graphql_json(&query, json!({})).await;
            assert!(answer["data"].is_object() && answer["errors"].is_null(), "{query}: {answer}");
        }
    }
    assert_eq!(marks(&door), before, "user code ran for a viewer");
}

#[tokio::test]
async fn test_running_a_schedule_by_query_is_in_the_audit_log() {
    let door = marking_dagster().await;
    let developer = door.user("dana", "developer").await;
    let (query, _, _) = attacks().swap_remove(0);
    developer.graphql_json(&query, json!({})).await;
    let events = door.audit();
    let event = events.iter().find(|event| event.to_string().contains("evaluationResult"));
    assert!(event.is_some_and(|event| event["outcome"] == "success"), "{events:#?}");
}
