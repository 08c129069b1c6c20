//! Dagster's own pages work for a viewer: every operation they send gets the answer that bare Dagster gives, but for permissions,
//! which say no.

use reqwest::{Client, header};
use serde_json::{Value, json};

use crate::harness::dagster::{Dagster, LAUNCH, maintenance_job};
use crate::harness::{Door, Person};

/// What the pages of Dagster 1.13.27 send, recorded in a browser.
fn recorded() -> Vec<Value> {
    serde_json::from_str(include_str!("../../data/dagster_ui_operations.json")).expect("it is JSON")
}

#[tokio::test]
async fn all_recorded_operations_answer_a_viewer_as_bare_dagster_does() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let viewer = door.user("vera", "viewer").await;
    let launched =
        dagster.graphql(LAUNCH, json!({"params": {"selector": maintenance_job(), "runConfigData": "{}"}})).await;
    let run = launched["data"]["launchRun"]["run"]["runId"].as_str().unwrap_or_else(|| panic!("{launched}")).to_owned();
    let recorded = recorded();
    assert_eq!(recorded.len(), 52);
    let mut lowered = 0;
    for operation in &recorded {
        let name = operation["name"].as_str().unwrap();
        let path = operation["path"].as_str().unwrap();
        let body = operation["body"].as_str().unwrap().replace("{{RUN_ID}}", &run);
        let (bare, behind) = same_moment(&dagster, &viewer, path, &body).await;
        lowered += compare(name, &bare, &behind);
    }
    assert!(lowered > 50, "only {lowered} permissions were answered with no; the recording holds far more");
}

/// Both answers, from a moment in which nothing else changed Dagster (other tests share it).
async fn same_moment(dagster: &Dagster, viewer: &Person, path: &str, body: &str) -> (Value, Value) {
    for _ in 0..10 {
        let before = bare_answer(dagster, path, body).await;
        let request = viewer
            .ask(reqwest::Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_owned());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let behind = answer.json().await.unwrap();
        if before == bare_answer(dagster, path, body).await {
            return (before, behind);
        }
    }
    panic!("Dagster never stood still for {path}");
}

async fn bare_answer(dagster: &Dagster, path: &str, body: &str) -> Value {
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{}{path}", dagster.url)).header(header::CONTENT_TYPE, "application/json");
    request.body(body.to_owned()).send().await.unwrap().json().await.unwrap()
}

/// Walks both answers side by side: equal everywhere but where a permission was lowered. How many were.
fn compare(place: &str, bare: &Value, behind: &Value) -> usize {
    match (bare, behind) {
        (Value::Object(bare), Value::Object(behind)) => {
            assert!(bare.keys().eq(behind.keys()), "{place}: other keys");
            if bare.contains_key("permission") && bare.contains_key("value") {
                assert_eq!(bare["permission"], behind["permission"], "{place}");
                assert_eq!(behind["value"], false, "{place}: a viewer has no permission {}", bare["permission"]);
                return 1;
            }
            bare.iter().map(|(key, value)| compare_field(place, key, value, &behind[key])).sum()
        }
        (Value::Array(bare), Value::Array(behind)) => {
            assert_eq!(bare.len(), behind.len(), "{place}");
            bare.iter()
                .zip(behind)
                .enumerate()
                .map(|(n, (bare, behind))| compare(&format!("{place}[{n}]"), bare, behind))
                .sum()
        }
        _ => {
            assert_eq!(bare, behind, "{place}");
            0
        }
    }
}

fn compare_field(place: &str, key: &str, bare: &Value, behind: &Value) -> usize {
    let is_permission = key.starts_with("has") && (key.ends_with("Permission") || key.ends_with("Permissions"));
    if (is_permission || key == "canBulkTerminate") && bare.is_boolean() {
        assert_eq!(*behind, false, "{place}.{key}: a viewer may not");
        return 1;
    }
    compare(&format!("{place}.{key}"), bare, behind)
}

#[tokio::test]
async fn permission_answers_rise_with_the_role_and_only_as_far_as_listed() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let operations = recorded();
    let question = operations.iter().find(|operation| operation["name"] == "PermissionsQuery").unwrap();
    let expected = [("viewer", 0), ("operator", 6), ("developer", 17), ("manager", 20), ("admin", 20)];
    for (role, count) in expected {
        let person = door.user(&format!("the-{role}"), role).await;
        let request = person
            .ask(reqwest::Method::POST, question["path"].as_str().unwrap())
            .header(header::CONTENT_TYPE, "application/json");
        let answer: Value =
            request.body(question["body"].as_str().unwrap().to_owned()).send().await.unwrap().json().await.unwrap();
        let list = answer["data"]["unscopedPermissions"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let allowed = list.iter().filter(|permission| permission["value"] == true).count();
        // Dagster itself says no to one of the 21 (edit_app_managed_components): we only ever lower.
        assert_eq!(allowed, count, "{role}: {list:?}");
        for refused in list.iter().filter(|permission| permission["value"] == false && role != "admin") {
            let reason = refused["disabledReason"].as_str().unwrap_or_default();
            let by_dagster = refused["permission"] == "edit_app_managed_components";
            assert!(by_dagster || reason.contains("role"), "{role}: {refused} gives no reason in our words");
        }
    }
}

#[tokio::test]
async fn user_data_that_looks_like_permissions_is_left_alone() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let viewer = door.user("vera", "viewer").await;
    let config = "{\"ops\":{\"vacuum\":{\"config\":{\"seconds\":0.2}}}}";
    let tags = json!([{"key": "note", "value": "{\"permission\":\"x\",\"value\":true,\"hasDeletePermission\":true}"}]);
    let params = json!({"selector": maintenance_job(), "runConfigData": config, "executionMetadata": {"tags": tags}});
    let launched = dagster.graphql(LAUNCH, json!({"params": params})).await;
    let run = launched["data"]["launchRun"]["run"]["runId"].as_str().unwrap().to_owned();
    let query = "query($id: ID!) { runOrError(runId: $id) { ... on Run { hasDeletePermission value: runConfigYaml permission: tags { key value } } } }";
    let bare = dagster.graphql(query, json!({"id": run})).await;
    let behind = viewer.graphql_json(query, json!({"id": run})).await;
    assert_eq!(bare["data"]["runOrError"]["hasDeletePermission"], true);
    assert_eq!(behind["data"]["runOrError"]["hasDeletePermission"], false);
    for key in ["value", "permission"] {
        assert_eq!(bare["data"]["runOrError"][key], behind["data"]["runOrError"][key]);
    }
    let aliased = viewer.graphql_json("{ innocent: permissions { p: permission v: value } }", json!({})).await;
    let list = aliased["data"]["innocent"].as_array().unwrap_or_else(|| panic!("{aliased}"));
    assert!(list.iter().all(|permission| permission["v"] == false), "aliases do not hide permissions: {aliased}");
}
