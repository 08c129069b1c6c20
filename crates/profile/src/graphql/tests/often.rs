//! Fields that are a look once, and more than that many times.

use serde_json::json;
use std::fmt::Write as _;

use super::{ask, ask_with};

const KEYS: &str = "partitionKeysOrError{__typename}";

/// One after the other, under names of their own.
fn many(times: usize, selection: &str) -> String {
    (0..times).fold(String::new(), |mut all, number| {
        write!(all, " a{number}:{selection}").unwrap();
        all
    })
}

fn is_a_look(document: &str) -> bool {
    ask(document).verdict().starts_with("view by graphql.query: ")
}

#[test]
fn as_often_as_a_page_asks_is_a_look() {
    for document in [
        format!("{{pipelineOrError{{...on Job{{{KEYS}}}}}}}"),
        format!(
            "{{pipelineOrError{{...on Job{{{KEYS}}} ...on Pipeline{{{KEYS}}} ...F ...F}}}} fragment F on Job{{{KEYS}}}"
        ),
        "{partitionSetOrError{...on PartitionSet{partitionsOrError{__typename} partitionStatusesOrError{__typename}}}}"
            .to_owned(),
        "{scheduleOrError{...on Schedule{partitionSet{partitionStatusesOrError{__typename}}}}}".to_owned(),
        "{repositoriesOrError{nodes{schedules{futureTicks(cursor:1 until:2){__typename}}}}}".to_owned(),
        "{scheduleOrError{...on Schedule{potentialTickTimestamps(upperLimit:50 lowerLimit:50)}}}".to_owned(),
        "{assetNodes{...on AutoMaterializeRuleEvaluation{partitionKeysOrError{__typename}}}}".to_owned(),
    ] {
        assert!(is_a_look(&document), "{document}: {}", ask(&document).verdict());
    }
}

#[test]
fn many_times_in_one_request_is_for_those_who_may_run_it() {
    let twice = |of: &str| format!("x:pipelineOrError{{...{of}}} y:pipelineOrError{{...{of}}}");
    for document in [
        format!("{{pipelineOrError{{...on Job{{{}}}}}}}", many(200, KEYS)),
        format!("{{{}}}", many(100, &format!("pipelineOrError{{...on Pipeline{{{KEYS}}}}}"))),
        format!("{{{}}} fragment F on Job{{{KEYS}}}", many(3, "pipelineOrError{...F}")),
        // Four places by two times two spreads, of a text that has the field once.
        format!(
            "{{{}}} fragment F on Job{{...G}} fragment G on Job{{b:partition{{id}} ...H}} fragment H on Job{{{KEYS} c:{KEYS}}}",
            twice("F")
        ),
        format!("{{repositoryOrError{{...on Repository{{jobs{{{KEYS}}}}}}}}}"),
        format!(
            "query Q($no:Boolean=true){{pipelineOrError{{...on Job{{{}}}}}}}",
            many(3, "partitionKeysOrError @skip(if:$no){__typename}")
        ),
    ] {
        let verdict = ask(&document).verdict();
        assert!(verdict.starts_with("run by graphql.field.partitionKeysOrError: "), "{document}: {verdict}");
        assert!(verdict.contains("changes state"), "it is recorded, and sent once: {verdict}");
    }
    for field in ["partitionsOrError", "partitionStatusesOrError", "partitionRuns"] {
        let document =
            format!("{{partitionSetOrError{{...on PartitionSet{{{}}}}}}}", many(3, &format!("{field}{{__typename}}")));
        assert!(ask(&document).verdict().starts_with("run by graphql.field."), "{document}");
        let along = format!("{{partitionSetsOrError{{...on PartitionSets{{results{{{field}{{__typename}}}}}}}}}}");
        assert!(ask(&along).verdict().starts_with("run by graphql.field."), "{along}");
    }
}

#[test]
fn ticks_are_bounded_together_as_well_as_one_by_one() {
    let on = |of: &str| format!("{{scheduleOrError{{...on Schedule{{{of}}}}}}}");
    let document = on(&many(300, "futureTicks(limit:100){results{timestamp}}"));
    assert!(ask(&document).verdict().starts_with("edit by graphql.field.futureTicks: "));
    for arguments in ["upperLimit:101", "lowerLimit:2000000", "upperLimit:1 lowerLimit:1e9", "upperLimit:$l"] {
        let document = format!("query($l:Int){}", on(&format!("potentialTickTimestamps({arguments})")));
        let verdict = ask_with(&document, &json!({"l": 100_000})).verdict();
        assert!(verdict.starts_with("edit by graphql.field.potentialTickTimestamps: "), "{document}: {verdict}");
    }
    assert!(ask(&on(&many(4, "potentialTickTimestamps"))).verdict().starts_with("edit by graphql.field."));
    assert!(is_a_look(&on("potentialTickTimestamps(upperLimit:100 lowerLimit:100)")));
}
