//! In which order an operation is told, and that the audit log can name all of it.

use serde_json::json;

use super::{ask, ask_with};

/// Names in the order in which they are told.
fn told(document: &str) -> Vec<String> {
    let understood = ask_with(document, &json!({"yes": true})).understood();
    understood.intent().operations.iter().map(|operation| operation.name.to_string()).collect()
}

#[test]
fn what_is_strongest_is_told_first_and_what_plainly_does_not_run_last() {
    let wipe = "wipeAssets(assetPartitionRanges: []){__typename}";
    let strong = "mutation{logTelemetry(action:\"\",clientTime:\"\",clientId:\"\",metadata:\"\"){__typename}";
    assert_eq!(told(&format!("{strong} {wipe}}}")), ["wipeAssets", "logTelemetry"]);
    for skipped in [
        format!("mutation{{noSuchThing @skip(if: true) {wipe}}}"),
        format!("mutation{{noSuchThing @include(if: false) {wipe}}}"),
        format!("mutation{{noSuchThing @include(if: true) @skip(if: true) {wipe}}}"),
        format!("mutation{{... @skip(if: true) {{noSuchThing}} {wipe}}}"),
        format!("mutation{{...F @skip(if: true) {wipe}}} fragment F on Mutation {{noSuchThing}}"),
        format!("mutation{{...F {wipe}}} fragment F on Mutation {{noSuchThing @skip(if: true)}}"),
    ] {
        assert_eq!(told(&skipped), ["wipeAssets", "noSuchThing"], "{skipped}");
    }
    for running in [
        format!("mutation{{noSuchThing @skip(if: false) {wipe}}}"),
        format!("mutation($yes: Boolean!){{noSuchThing @skip(if: $yes) {wipe}}}"),
        format!("mutation{{noSuchThing @skip(if: true) {wipe} noSuchThing}}"),
        format!("mutation{{...F @skip(if: true) {wipe} ...F}} fragment F on Mutation {{noSuchThing}}"),
        format!("mutation{{noSuchThing @skips(if: true) {wipe}}}"),
    ] {
        assert_eq!(told(&running), ["noSuchThing", "wipeAssets"], "{running}");
    }
}

#[test]
fn what_plainly_does_not_run_has_to_be_allowed_all_the_same() {
    let verdict = ask("mutation{noSuchThing @skip(if: true) terminateRun(runId: \"r\"){__typename}}").verdict();
    assert!(verdict.starts_with("admin by unclassified: terminateRun noSuchThing, changes state"), "{verdict}");
}

#[test]
fn a_mutation_that_the_log_could_not_name_in_full_is_refused() {
    let of = |count: usize, name: &str| {
        let fields: Vec<String> = (0..count).map(|n| format!("{name}{n}")).collect();
        format!("mutation{{{}}}", fields.join(" "))
    };
    assert_eq!(told(&of(64, "a")).len(), 64);
    assert_eq!(ask(&of(65, "a")).refused(), "graphql_too_large");
    assert_eq!(ask(&of(30, &"a".repeat(100))).refused(), "graphql_too_large");
    assert_eq!(told(&of(300, "a").replace("mutation", "query")).len(), 300, "a query changes nothing");
    let again = (0..300).map(|n| format!(" b{n}:a")).collect::<Vec<_>>().concat();
    assert_eq!(told(&format!("mutation{{{again}}}")).len(), 1, "one thing many times");
}
