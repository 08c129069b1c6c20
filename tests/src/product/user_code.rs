//! Looking runs next to nothing: the one function of its users' that Dagster runs for a question of a viewer's is the deprecated one that
//! lists a job's partitions, a few times a request. Whether it ran is seen in a file that every function of `tests/data/user_code.py`
//! writes to.

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

use crate::harness::person::{head, text};
use crate::harness::{DagsterHome, Door, Person, cli, prepared};

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
            "sensor",
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

/// What a daemon writes down of a sensor that found nothing to do.
const TICK: &str = r#"
import time
from dagster import DagsterInstance
from dagster._core.scheduler.instigation import TickData, TickStatus
with DagsterInstance.get() as instance:
    [state] = instance.all_instigator_state()
    of = {"instigator_origin_id": state.instigator_origin_id, "instigator_name": state.name, "selector_id": state.selector_id}
    instance.create_tick(TickData(**of, instigator_type=state.instigator_type, status=TickStatus.SKIPPED, timestamp=time.time()))
"#;

/// Starts the sensor and gives it a first tick, as no daemon is here: there is a next one only of what runs and had one. It is a day later.
async fn start_sensor(door: &Door, developer: &Person) {
    let start =
        format!(r#"mutation {{ startSensor(sensorSelector: {{{IN}, sensorName: "watcher"}}) {{ __typename }} }}"#);
    let answer = developer.graphql_json(&start, json!({})).await;
    assert_eq!(answer["data"]["startSensor"]["__typename"], "Sensor", "{answer}");
    let mut python = Command::new(prepared("DOORWARD_TEST_PYTHON"));
    let ticked = cli::run(python.args(["-c", TICK]).env("DAGSTER_HOME", door.file("")), "");
    assert_eq!(ticked.code, 0, "{}", ticked.err);
}

/// Sends a query in another way than Dagster's pages do.
async fn by_get(person: &Person, query: &str) -> Value {
    let path = format!("/graphql?query={}", url::form_urlencoded::byte_serialize(query.as_bytes()).collect::<String>());
    serde_json::from_str(&text(person.get(&path).await).await).unwrap()
}

#[tokio::test]
async fn no_query_of_a_viewer_runs_user_code_and_those_who_may_can() {
    let door = marking_dagster().await;
    let (viewer, developer) = (door.user("vera", "viewer").await, door.user("dana", "developer").await);
    start_sensor(&door, &developer).await;
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
    let operator = door.user("olga", "operator").await;
    for (query, mark, role) in attacks() {
        let person = if role == "operator" { &operator } else { &developer };
        let before = marks(&door).len();
        let answer = person.graphql_json(&query, json!({})).await;
        assert!(answer["errors"].is_null(), "{query} as {role}: {answer}");
        let ran = marks(&door).split_off(before);
        assert!(ran.iter().any(|own| own == mark), "the attack is none: {query}: {ran:?} {answer}");
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

/// Listing a job's partitions, with the type and the root it is asked on.
fn listings() -> Vec<(String, String)> {
    let job = format!(r#"pipelineOrError(params: {{{IN}, pipelineName: "listed_job"}})"#);
    let set =
        format!(r#"partitionSetOrError(repositorySelector: {{{IN}}}, partitionSetName: "listed_job_partition_set")"#);
    let of_set =
        ["partitionsOrError { __typename }", "partitionStatusesOrError { __typename }", "partitionRuns { id }"];
    let of_set = of_set.map(|field| (set.clone(), format!("... on PartitionSet {{ {field} }}")));
    std::iter::once((job, "... on Pipeline { partitionKeysOrError { __typename } }".to_owned())).chain(of_set).collect()
}

#[tokio::test]
async fn a_viewers_request_lists_partitions_a_few_times_at_most() {
    let door = marking_dagster().await;
    let (viewer, operator) = (door.user("vera", "viewer").await, door.user("olga", "operator").await);
    for (root, fields) in listings() {
        let before = marks(&door).len();
        let once = viewer.graphql_json(&format!("{{ {root} {{ {fields} }} }}"), json!({})).await;
        assert!(once["data"].is_object() && once["errors"].is_null(), "{once}");
        assert!(marks(&door).len() - before <= 2, "{fields}: {:?}", marks(&door));

        let before = marks(&door).len();
        let roots: Vec<String> = (0..100).map(|number| format!("a{number}: {root} {{ {fields} }}")).collect();
        let answer = viewer.graphql(&format!("{{ {} }}", roots.join(" ")), json!({})).await;
        assert!(head(&answer, "doorward-decision").starts_with("deny;"), "{fields}");
        assert!(text(answer).await.contains("needs the role"), "{fields}");
        assert_eq!(marks(&door).len(), before, "{fields} ran for a viewer a hundred times");

        let answer = operator.graphql_json(&format!("{{ {} {} {} }}", roots[0], roots[1], roots[2]), json!({})).await;
        assert!(answer["errors"].is_null(), "{answer}");
        assert!(marks(&door).len() > before, "the attack is none: {fields}");
    }
    let jobs = format!(
        "{{ repositoryOrError(repositorySelector: {{{IN}}}) {{ ... on Repository {{ jobs {{ partitionKeysOrError {{ __typename }} }} }} }} }}"
    );
    let before = marks(&door).len();
    assert!(head(&viewer.graphql(&jobs, json!({})).await, "doorward-decision").starts_with("deny;"));
    assert_eq!(marks(&door).len(), before, "one request asked every job");
}

#[tokio::test]
async fn a_viewer_cannot_have_ticks_computed_without_end() {
    let door = marking_dagster().await;
    let viewer = door.user("vera", "viewer").await;
    let schedule = format!(r#"scheduleOrError(scheduleSelector: {{{IN}, scheduleName: "minutely"}})"#);
    let ask = |fields: String| format!("{{ {schedule} {{ ... on Schedule {{ {fields} }} }} }}");
    let many: Vec<String> = (0..300).map(|number| format!("a{number}: futureTicks(limit: 100) {{ cursor }}")).collect();
    for query in [
        ask(many.join(" ")),
        ask("potentialTickTimestamps(upperLimit: 100000)".to_owned()),
        ask("potentialTickTimestamps(lowerLimit: 2000000)".to_owned()),
    ] {
        let began = std::time::Instant::now();
        let answer = viewer.graphql(&query, json!({})).await;
        assert!(head(&answer, "doorward-decision").starts_with("deny;"), "{query}");
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{query}");
    }
    let page = ask("potentialTickTimestamps(startTimestamp: 1795215925, upperLimit: 50, lowerLimit: 50)".to_owned());
    let answer = viewer.graphql_json(&page, json!({})).await;
    assert!(answer["errors"].is_null() && answer.to_string().len() > 500, "{answer}");
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
