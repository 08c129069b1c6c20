use insta::assert_snapshot;
use serde_json::{Value, json};

use super::*;

/// What Dagster 1.13.27 answered, cut down to the types that are compared.
const RECORDED: &str = include_str!("../../tests/data/dagster_introspection.json");

fn dagster() -> Profile {
    Profile::builtin("dagster").unwrap()
}

/// The recorded answer with the fields of one type changed.
fn recorded_but(change: impl FnOnce(&mut Vec<Value>), type_name: &str) -> Vec<u8> {
    let mut answer: Value = serde_json::from_str(RECORDED).unwrap();
    let types = answer["data"]["__schema"]["types"].as_array_mut().unwrap();
    let own = types.iter_mut().find(|own| own["name"] == type_name).unwrap();
    let key = if own["fields"].is_array() { "fields" } else { "inputFields" };
    change(own[key].as_array_mut().unwrap());
    answer.to_string().into_bytes()
}

fn shown(report: &CheckReport) -> String {
    let unnamed = report.unnamed.iter().map(|operation| format!("unnamed: {operation}"));
    let in_vain = report.in_vain.iter().map(|name| format!("in vain: {name}"));
    let changed = report.changed.iter().map(|sentence| format!("changed: {sentence}"));
    unnamed.chain(in_vain).chain(changed).collect::<Vec<_>>().join("\n")
}

fn field(name: &str, argument: &str) -> Value {
    let scalar = json!({"kind": "SCALAR", "name": "Boolean", "ofType": null});
    json!({"name": name, "args": [{"name": argument, "type": scalar}], "type": {"kind": "NON_NULL", "name": null, "ofType": scalar}})
}

#[test]
fn the_dagster_profile_agrees_with_the_dagster_it_was_written_for() {
    let report = compare(&dagster(), RECORDED.as_bytes()).unwrap();
    assert_eq!(shown(&report), "");
    assert!(report.is_clean());
}

#[test]
fn a_new_mutation_and_a_new_subscription_are_unnamed() {
    let answer = recorded_but(|fields| fields.push(field("dropDatabase", "sure")), "Mutation");
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @"unnamed: mutation dropDatabase");
    let answer = recorded_but(|fields| fields.push(field("secretsStream", "all")), "Subscription");
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @"unnamed: subscription secretsStream");
}

#[test]
fn a_new_field_may_run_user_code_and_is_named() {
    let answer = recorded_but(|fields| fields.push(field("somethingNew", "x")), "Query");
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @"
    changed: nobody has said what somethingNew acts on (`acts_on`)
    changed: type Query has fields nobody has looked at: somethingNew
    ");
    let answer = recorded_but(|fields| fields.push(field("evaluateNow", "x")), "Schedule");
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @"changed: type Schedule has fields nobody has looked at: evaluateNow");
}

#[test]
fn a_field_that_counts_must_be_accounted_for_on_every_type() {
    let answer = recorded_but(|fields| fields.push(field("evaluationResult", "x")), "Schedule");
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @"
    changed: Schedule.evaluationResult has the name of a field that counts: `of` or `elsewhere`?
    changed: type Schedule has fields nobody has looked at: evaluationResult
    ");
    let answer = recorded_but(|fields| fields.retain(|own| own["name"] != "tagsOrError"), "Partition");
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @"in vain: field Partition.tagsOrError");
    let without_limit = |own: &mut Value| own["args"].as_array_mut().unwrap().retain(|own| own["name"] != "limit");
    let answer = recorded_but(
        |fields| fields.iter_mut().filter(|own| own["name"] == "futureTicks").for_each(without_limit),
        "Schedule",
    );
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @"in vain: field Schedule.futureTicks, within: limit");
}

#[test]
fn what_the_tool_no_longer_has_is_named_in_vain() {
    let answer = recorded_but(|fields| fields.retain(|field| field["name"] != "wipeAssets"), "Mutation");
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @"in vain: mutation wipeAssets");
    let answer = recorded_but(|fields| fields.retain(|field| field["name"] != "executionMetadata"), "ExecutionParams");
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @r#"
    in vain: mutation launchMultipleRuns, tags_at: executionParamsList[].executionMetadata.tags
    in vain: mutation launchPipelineExecution, tags_at: executionParams.executionMetadata.tags
    in vain: mutation launchPipelineReexecution, tags_at: executionParams.executionMetadata.tags
    in vain: mutation launchRun, tags_at: executionParams.executionMetadata.tags
    in vain: mutation launchRunReexecution, tags_at: executionParams.executionMetadata.tags
    "#);
}

#[test]
fn a_new_or_lost_argument_and_another_result_are_changes() {
    let answer = recorded_but(
        |fields| {
            fields
                .iter_mut()
                .filter(|own| own["name"] == "deleteRun")
                .for_each(|own| *own = field("deleteRun", "everything"));
        },
        "Mutation",
    );
    assert_snapshot!(shown(&compare(&dagster(), &answer).unwrap()), @r#"
    changed: mutation deleteRun returns a plain value, which `plain_result` does not say
    changed: mutation deleteRun has a new argument `everything`
    changed: mutation deleteRun no longer has the argument `runId`
    "#);
}

#[test]
fn only_introspection_of_a_graphql_profile_is_compared() {
    let generic = Profile::builtin("generic").unwrap();
    assert!(matches!(compare(&generic, RECORDED.as_bytes()), Err(CheckError::NoGraphQl(_))));
    for answer in ["", "[]", "<html>", "{\"data\":null}", "{\"errors\":[]}"] {
        assert!(matches!(compare(&dagster(), answer.as_bytes()), Err(CheckError::Unreadable(_))), "{answer}");
    }
}
