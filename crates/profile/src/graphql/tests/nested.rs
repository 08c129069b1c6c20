//! Fields that count wherever they stand: whose answer runs the users' own code.

use serde_json::json;

use super::{ask, ask_with};
use crate::graphql::{
    document::parse,
    nested,
    rules::{Limits, Rules},
};

const EVALUATION: &str = "edit by graphql.field.evaluationResult: evaluationResult scheduleOrError, changes state []";

#[test]
fn a_query_that_runs_a_schedule_counts_in_every_spelling() {
    let tick = "futureTick(tickTimestamp:1){evaluationResult{skipReason}}";
    let selector = "scheduleSelector:$s";
    for document in [
        format!("{{scheduleOrError({selector}){{...on Schedule{{{tick}}}}}}}"),
        format!(
            "{{a:scheduleOrError({selector}){{...on Schedule{{b:futureTick(tickTimestamp:1){{version:evaluationResult{{c:skipReason}}}}}}}}}}"
        ),
        format!(
            "{{scheduleOrError({selector}){{...F}}}} fragment F on Schedule{{...G}} fragment G on Schedule{{{tick}}}"
        ),
        format!(
            "fragment G on Anything{{evaluationResult{{skipReason}}}} {{scheduleOrError({selector}){{...{{...@include(if:true){{futureTicks{{results{{...G}}}}}}}}}}}}"
        ),
        format!(
            "{{scheduleOrError({selector}){{...on Schedule{{futureTicks(limit:1){{results{{evaluationResult @skip(if:true){{error{{message}}}}}}}}}}}}}}"
        ),
        format!(
            "query Harmless($s:ScheduleSelector){{scheduleOrError({selector}){{id ...F ...F}}}} fragment F on Schedule{{id ...on Schedule{{{tick}}}}}"
        ),
        format!("{{scheduleOrError({selector}){{...on AutoMaterializeRuleEvaluation{{evaluationResult}}}}}}"),
    ] {
        assert_eq!(ask(&document).verdict(), EVALUATION, "{document}");
    }
    insta::assert_snapshot!(
        ask("{sensorOrError(sensorSelector:{}){...on Sensor{nextTick{evaluationResult{error{message}}}}}}").verdict(),
        @"edit by graphql.field.evaluationResult: evaluationResult sensorOrError, changes state []"
    );
    insta::assert_snapshot!(
        ask("mutation{setNuxSeen logTelemetry{...on X{evaluationResult}}}").verdict(),
        @"edit by graphql.field.evaluationResult: evaluationResult setNuxSeen logTelemetry, changes state []"
    );
}

#[test]
fn what_computes_configuration_with_user_code_is_for_those_who_may_launch() {
    for (document, verdict) in [
        (
            "{partitionSetOrError{...on PartitionSet{partition(partitionName:\"a\"){runConfigOrError{...on PartitionRunConfig{yaml}}}}}}",
            "run by graphql.field.runConfigOrError: runConfigOrError partitionSetOrError, changes state []",
        ),
        (
            "{pipelineOrError{...on Pipeline{partition(partitionName:\"a\"){tagsOrError{__typename}}}}}",
            "run by graphql.field.tagsOrError: tagsOrError pipelineOrError, changes state []",
        ),
        (
            "{version:executionPlanOrError(runConfigData:\"{}\"){__typename}}",
            "run by graphql.field.executionPlanOrError: executionPlanOrError executionPlanOrError, changes state []",
        ),
    ] {
        assert_eq!(ask(document).verdict(), verdict, "{document}");
    }
}

#[test]
fn names_in_aliases_arguments_and_other_operations_do_not_count() {
    for document in [
        "{evaluationResult:version}",
        "{runsOrError(filter:{tags:[{key:\"evaluationResult\"}]}){__typename}}",
        "{a(b:{evaluationResult:1}){c}}",
        "{...on evaluationResult{version}}",
        "query evaluationResult{version}",
    ] {
        assert!(ask(document).verdict().starts_with("view by graphql.query: "), "{document}");
    }
    let two = json!({"operationName": "A", "query": "query A{version} query B{scheduleOrError{futureTick{evaluationResult}}}"});
    insta::assert_snapshot!(super::post("application/json", two.to_string()).verdict(), @"view by graphql.query: version []");
}

fn ticks(arguments: &str, variables: &serde_json::Value) -> String {
    let document = format!(
        "query($l:Int=5 $c:Float $u:Float){{scheduleOrError(scheduleSelector:{{}}){{...on Schedule{{futureTicks{arguments}{{results{{timestamp}}}}}}}}}}"
    );
    ask_with(&document, variables).verdict()
}

#[test]
fn as_many_ticks_as_the_pages_ask_for_are_a_view_and_more_are_not() {
    let none = json!({});
    for (arguments, variables) in [
        ("", &none),
        ("(limit:5)", &none),
        ("(limit:100)", &none),
        ("(limit:null until:null)", &none),
        ("(limit:$l)", &none),
        ("(limit:$l)", &json!({"l": 7})),
        ("(cursor:$c until:$u)", &json!({"c": 1_795_169_125.74, "u": 1_795_215_925.74})),
        ("(cursor:1e3 until:1000)", &none),
        ("(cursor:$c)", &json!({"c": 5})),
    ] {
        assert_eq!(ticks(arguments, variables), "view by graphql.query: scheduleOrError []", "{arguments} {variables}");
    }
    for (arguments, variables) in [
        ("(limit:101)", &none),
        ("(limit:$l)", &json!({"l": 101})),
        ("(limit:$l)", &json!({"l": "5"})),
        ("(limit:$l)", &json!({"l": [5]})),
        ("(limit:$unknown)", &none),
        ("(limit:A)", &none),
        ("(until:1795215925)", &none),
        ("(until:$u)", &json!({"u": 1e300})),
        ("(cursor:$c until:$u)", &json!({"c": null, "u": 1})),
        ("(cursor:0 until:999999999999)", &none),
        ("(cursor:1e999 until:1e999)", &none),
        ("(limit:5 cursor:0 until:999999999999)", &none),
    ] {
        let verdict = ticks(arguments, variables);
        let expected = "edit by graphql.field.futureTicks: futureTicks scheduleOrError";
        assert!(verdict.starts_with(expected), "{arguments} {variables}: {verdict}");
    }
    let two =
        "{scheduleOrError{...on Schedule{a:futureTicks(limit:5){__typename} b:futureTicks(limit:500){__typename}}}}";
    assert!(ask(two).verdict().starts_with("edit"), "the second of two counts as well");
}

fn found_with(document: &str) -> usize {
    let rules: Rules = crate::yaml::from_str(
        "any_query: {action: view, called: Looking}\nfields:\n  f: {of: [Bad], elsewhere: [Good], action: edit, called: Doing}\n",
    )
    .unwrap();
    let document = parse::parse(document, &Limits::default()).unwrap();
    nested::find(&rules, &document, &document.operations[0]).len()
}

#[test]
fn a_field_is_harmless_only_directly_below_a_type_known_to_be_harmless() {
    for document in [
        "{a{...on Good{f}}}",
        "{a{...G}} fragment G on Good{f}",
        "{a{...on Bad{...on Good{f}}}}",
        "{a{...on Good{...@x{f}}}}",
    ] {
        assert_eq!(found_with(document), 0, "{document}");
    }
    for document in [
        "{a{f}}",
        "{a{...on Bad{f}}}",
        "{a{...on Unheard{f}}}",
        "{a{...on Good{b{f}}}}",
        "{a{...on Good{...on Bad{f}}}}",
        "{a{...on Good{...B}}} fragment B on Bad{f}",
        "{a{...on good{f}}}",
        "{...on Good{a{f}}}",
    ] {
        assert_eq!(found_with(document), 1, "{document}");
    }
}
