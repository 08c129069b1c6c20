//! The operations that Dagster's own user interface really sends.

use serde_json::Value;

use super::{Sent, body_of, post};

pub(super) fn operations() -> Vec<(String, Sent, String)> {
    let text = include_str!("../../../tests/data/dagster_ui_operations.json");
    let operations: Vec<Value> = serde_json::from_str(text).unwrap();
    let parts = |operation: Value| {
        let text = |key: &str| operation[key].as_str().unwrap().to_owned();
        let query = text("path").split_once('?').unwrap().1.to_owned();
        let headers = operation["headers"].as_array().unwrap();
        let content_type = headers.iter().find(|h| h[0] == "Content-Type").unwrap()[1].as_str().unwrap();
        (text("name"), post(content_type, text("body")).url(&query), text("body"))
    };
    operations.into_iter().map(parts).collect()
}

#[test]
fn every_operation_of_the_ui_is_a_view_and_reaches_dagster_with_the_same_meaning() {
    let operations = operations();
    assert_eq!(operations.len(), 52);
    for (name, sent, body) in operations {
        let understood = sent.understood();
        let intent = understood.intent();
        assert!(intent.operations.iter().all(|o| o.action == doorward_domain::Action::View), "{name}: {intent:?}");
        assert!(!intent.changes_state, "{name}");
        let envelope = understood.envelope(Some("ada")).unwrap();
        assert_eq!(envelope.path_and_query, format!("/graphql?op={name}"));
        assert_eq!(body_of(&understood, Some("ada")), serde_json::from_str::<Value>(&body).unwrap(), "{name}");
    }
}

#[test]
fn what_was_read_before_is_read_the_same_again() {
    for (name, sent, _) in operations() {
        let (first, second) = (sent.understood(), sent.understood());
        assert_eq!(first.intent(), second.intent(), "{name}");
        assert_eq!(first.envelope(None).unwrap(), second.envelope(None).unwrap(), "{name}");
        assert_eq!(first.answer_rewriter().is_some(), second.answer_rewriter().is_some(), "{name}");
    }
}

#[test]
fn answers_with_permission_flags_are_known_beforehand() {
    let rewritten: Vec<String> = operations()
        .into_iter()
        .filter(|(_, sent, _)| sent.understood().answer_rewriter().is_some())
        .map(|o| o.0)
        .collect();
    insta::assert_snapshot!(rewritten.join(" "), @"PermissionsQuery LocationWorkspaceQuery LocationWorkspaceAssetsQuery RunsFeedRootQuery RunRootQuery AssetViewDefinitionQuery JobMetadataQuery JobPermissionsQuery SingleSensorQuery SingleScheduleQuery ScheduleRootQuery SensorRootQuery BackfillDetailsQuery");
}
