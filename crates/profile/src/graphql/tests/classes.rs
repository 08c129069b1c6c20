//! What Dagster's operations are.

use doorward_domain::{Action, Role};
use serde_json::{Value, json};

use super::{DAGSTER, ask, ask_with};
use crate::graphql::OperationKind;

#[test]
fn every_operation_needs_the_role_that_was_settled_for_it() {
    let text = include_str!("../../../tests/data/dagster_operations.json");
    let operations: Vec<Value> = serde_json::from_str(text).unwrap();
    let mut seen = 0;
    for operation in &operations {
        let kind = match operation["kind"].as_str().unwrap() {
            "mutation" => OperationKind::Mutation,
            "subscription" => OperationKind::Subscription,
            _ => continue,
        };
        let field = operation["field"].as_str().unwrap();
        let class = DAGSTER.graphql().unwrap().classify(kind, field);
        let role: Role = operation["role"].as_str().unwrap().parse().unwrap();
        assert_eq!(class.action.required_role(), role, "{field}");
        assert_eq!(class.rule.as_str(), format!("graphql.{}.{field}", kind.as_str()));
        assert!(class.called.is_some(), "{field}");
        seen += 1;
    }
    assert_eq!(seen, 44);
}

#[test]
fn operations_that_nobody_named_need_admin() {
    for (kind, field) in [
        (OperationKind::Mutation, "dropEverything"),
        (OperationKind::Mutation, "launchrun"),
        (OperationKind::Mutation, "__schema"),
        (OperationKind::Subscription, "everything"),
        (OperationKind::Subscription, "launchRun"),
    ] {
        let class = DAGSTER.graphql().unwrap().classify(kind, field);
        assert_eq!((class.action, class.rule.as_str()), (Action::Admin, "unclassified"), "{field}");
    }
}

#[test]
fn telemetry_is_for_every_viewer_and_leaves_no_record() {
    insta::assert_snapshot!(ask("mutation{setNuxSeen}").verdict(), @"view by graphql.mutation.setNuxSeen: setNuxSeen []");
    insta::assert_snapshot!(
        ask(r#"mutation{logTelemetry(action:"a" clientId:"b" clientTime:"c" metadata:"d"){__typename}}"#).verdict(), @"view by graphql.mutation.logTelemetry: logTelemetry []"
    );
}

#[test]
fn introspection_is_a_view() {
    insta::assert_snapshot!(ask("{__schema{types{name}} __type(name:\"Run\"){name}}").verdict(), @"view by graphql.introspection: __schema __type []");
}

fn delete(argument: &str, definitions: &str, variables: &Value) -> String {
    let document = format!(
        r#"mutation{definitions}{{deleteDynamicPartitions(partitionsDefName:"regions" partitionKeys:["eu"] {argument}){{__typename}}}}"#
    );
    ask_with(&document, variables).verdict()
}

#[test]
fn deleting_partitions_is_an_edit_only_when_it_plainly_wipes_nothing() {
    let edit =
        "edit by graphql.mutation.deleteDynamicPartitions: deleteDynamicPartitions, changes state [partitions:regions]";
    let none = json!({});
    assert_eq!(delete("", "", &none), edit);
    assert_eq!(delete("wipeMaterializations:false", "", &none), edit);
    assert_eq!(delete("wipeMaterializations:null", "", &none), edit);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean)", &none), edit);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean)", &json!({"w": null})), edit);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean)", &json!({"w": false})), edit);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean=true)", &json!({"w": false})), edit);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean=false)", &none), edit);
}

#[test]
fn deleting_partitions_with_their_materializations_needs_manager_in_every_spelling() {
    let manage = "manage by graphql.mutation.deleteDynamicPartitions.wipeMaterializations: \
                  deleteDynamicPartitions deleteDynamicPartitions, changes state [partitions:regions]";
    let none = json!({});
    assert_eq!(delete("wipeMaterializations:true", "", &none), manage);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean)", &json!({"w": true})), manage);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean=true)", &none), manage);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean=false)", &json!({"w": true})), manage);
    assert_eq!(delete("wipeMaterializations:$undefined", "", &none), manage);
    // Python's bool() takes these for true.
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean)", &json!({"w": 1})), manage);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean)", &json!({"w": "false"})), manage);
    assert_eq!(delete("wipeMaterializations:$w", "($w:Boolean)", &json!({"w": [false]})), manage);
    assert_eq!(delete("wipeMaterializations:1", "", &none), manage);
    assert_eq!(delete("wipeMaterializations:\"false\"", "", &none), manage);
    assert_eq!(delete("wipeMaterializations:[true]", "", &none), manage);
    let aliased = r"mutation{a:deleteDynamicPartitions(wipeMaterializations:false){__typename}
        b:deleteDynamicPartitions(wipeMaterializations:true){__typename}}";
    assert!(ask(aliased).verdict().starts_with("manage"), "the second of two counts as well");
}

#[test]
fn resources_are_named_wherever_the_request_names_them() {
    let selector = json!({"repositoryLocationName": "etl", "repositoryName": "r", "jobName": "nightly"});
    let launch = "mutation($p:ExecutionParams!){launchRun(executionParams:$p){__typename}}";
    insta::assert_snapshot!(ask_with(launch, &json!({"p": {"selector": selector, "runConfigData": {"runId": "not-a-run"}}})).verdict(), @"run by graphql.mutation.launchRun: launchRun, changes state [job:nightly location:etl repository:r@etl]");
    let nested = "mutation($s:JobOrPipelineSelector!){launchRun(executionParams:{selector:$s runConfigData:{jobName:\"no\"}}){__typename}}";
    insta::assert_snapshot!(ask_with(nested, &json!({"s": selector})).verdict(), @"run by graphql.mutation.launchRun: launchRun, changes state [job:nightly location:etl repository:r@etl]");
    insta::assert_snapshot!(
        ask(r#"mutation{wipeAssets(assetPartitionRanges:[{assetKey:{path:["raw","orders"]}}, {assetKey:{path:"x"}}]){__typename}}"#).verdict(), @"manage by graphql.mutation.wipeAssets: wipeAssets, changes state [asset:raw/orders asset:x]"
    );
    let wipe = "mutation($k:AssetKeyInput! $p:[String!]!){wipeAssets(assetPartitionRanges:[{assetKey:$k},{assetKey:{path:$p}}]){__typename}}";
    insta::assert_snapshot!(ask_with(wipe, &json!({"k": {"path": ["a", "b"]}, "p": ["c"]})).verdict(), @"manage by graphql.mutation.wipeAssets: wipeAssets, changes state [asset:a/b asset:c]");
    insta::assert_snapshot!(ask_with("mutation($i:[String!]!){terminateRuns(runIds:$i){__typename}}", &json!({"i": ["1", "2"]})).verdict(), @"run by graphql.mutation.terminateRuns: terminateRuns, changes state [run:1 run:2]");
    insta::assert_snapshot!(ask(r#"mutation($i:String="7"){cancelPartitionBackfill(backfillId:$i){__typename}}"#).verdict(), @"run by graphql.mutation.cancelPartitionBackfill: cancelPartitionBackfill, changes state [backfill:7]");
    insta::assert_snapshot!(
        ask(r#"mutation{startSensor(sensorSelector:{repositoryLocationName:"etl" repositoryName:"r" sensorName:"s"}){__typename}}"#).verdict(), @"edit by graphql.mutation.startSensor: startSensor, changes state [location:etl repository:r@etl sensor:s]"
    );
}

#[test]
fn a_key_put_together_from_long_parts_is_kept_no_longer_than_it_is_worth() {
    let part = "x".repeat(300_000);
    let parts = "$part ".repeat(5_000);
    let keys = format!("{{path:[{parts}]}} ").repeat(3);
    let document = format!("query($part:String,$list:[String]){{assetNodes(assetKeys:[{keys} {{path:$list}}]){{id}}}}");
    for list in [json!([part, part]), json!(["a", "b"]), json!(part)] {
        let intent = ask_with(&document, &json!({"part": part, "list": list})).understood().intent().clone();
        assert!(!intent.resources.is_empty());
        assert!(intent.resources.iter().all(|resource| resource.as_str().len() < 2_000), "{}", intent.resources.len());
    }
    let document =
        "query($a:String,$l:[String]){assetNodes(assetKeys:[{path:[$a,\"b\"]} {path:$l} {path:$l} {path:$a}]){id}}";
    let named = ask_with(document, &json!({"a": "a", "l": ["c", "d"]})).verdict();
    assert_eq!(named, "view by graphql.query: assetNodes [asset:a asset:a/b asset:c/d]");
}
