//! What the tool tells of things that a request names by their ids.

use doorward_domain::{Intent, Resource, Target, Targets};
use serde_json::{Value, json};
use std::sync::Arc;

use super::DAGSTER;
use super::targets::{intent, shown};

/// What was asked, and what a request comes to when the tool answers so.
fn told(document: &str, answer: &Value) -> (Value, String) {
    told_of(&intent(document, &json!({})), answer)
}

fn told_of(intent: &Intent, answer: &Value) -> (Value, String) {
    let asks = DAGSTER.asks(intent, 64);
    let question = serde_json::from_slice(&DAGSTER.question(&asks).unwrap().body).unwrap();
    let answers = DAGSTER.answers(&asks, answer.to_string().as_bytes());
    let known = |ask: &Resource| {
        let place = asks.iter().position(|own| own == ask)?;
        answers.as_ref().ok()?[place].clone()
    };
    (question, shown(&DAGSTER.with_told(intent, &known).unwrap()))
}

fn run(id: &str, location: &str, assets: &Value) -> Value {
    json!({
        "runId": id,
        "jobName": "j",
        "repositoryOrigin": {"repositoryLocationName": location, "repositoryName": "r"},
        "assetSelection": assets,
        "assetCheckSelection": null,
    })
}

fn state(id: &str, location: &str) -> Value {
    json!({"id": id, "selectorId": "s", "name": "n", "repositoryName": "r", "repositoryLocationName": location})
}

const TERMINATE: &str = r#"mutation{terminateRuns(runIds:["1" "2"]){__typename}}"#;

#[test]
fn one_question_asks_for_all_of_them() {
    let (question, told) = told(
        TERMINATE,
        &json!({"data": {"q0": run("1", "a", &json!(null)), "q1": run("2", "b", &json!([{"path": ["x"]}, {"path": ["y/z", "w"]}]))}}),
    );
    assert_eq!(question["variables"], json!({"i0": "1", "i1": "2"}));
    let query = question["query"].as_str().unwrap();
    assert!(
        query.starts_with("query Doorward($i0: ID! $i1: ID! ){ q0: runOrError(runId: $i0){") && !query.contains("$id"),
        "{query}"
    );
    assert_eq!(
        told,
        "run terminateRuns: location:a+repository:r@a+job:j+run:1? location:b+repository:r@b+job:j+asset:x+run:2? \
         location:b+repository:r@b+job:j+asset:y%2Fz/w+run:2?"
    );
}

#[test]
fn what_comes_to_very_many_targets_stays_untold() {
    let answer = |parts: usize| {
        let assets: Vec<Value> = (0..parts).map(|n| json!({"path": [format!("a{n}")]})).collect();
        json!({"data": {"q0": run("1", "a", &json!(assets)), "q1": run("2", "a", &json!(assets))}})
    };
    let comes_to = |document: &str, parts: usize| {
        let intent = intent(document, &json!({}));
        let asks = DAGSTER.asks(&intent, 64);
        let answers = DAGSTER.answers(&asks, answer(parts).to_string().as_bytes()).unwrap();
        let known = |ask: &Resource| answers[asks.iter().position(|own| own == ask)?].clone();
        assert!(answers[0].as_ref().unwrap().weight() < 60 * parts + 500, "{}", answers[0].as_ref().unwrap().weight());
        DAGSTER
            .with_told(&intent, &known)
            .map(|intent| intent.operations.iter().map(|own| own.targets.names().count()).sum::<usize>())
    };
    assert!(comes_to(TERMINATE, 499).is_some());
    assert_eq!(comes_to(TERMINATE, 500), None);
    let twice = r#"mutation{terminateRuns(runIds:["1" "2"]){__typename} deleteRun(runId:"1"){__typename}}"#;
    assert_eq!(comes_to(twice, 499), None, "of all operations together");
}

#[test]
fn what_is_told_is_not_untold_any_more() {
    let intent = intent(TERMINATE, &json!({}));
    let asks = DAGSTER.asks(&intent, 64);
    let answer = json!({"data": {"q0": run("1", "a", &json!([])), "q1": run("2", "a", &json!([{"path": ["x"]}]))}});
    let answers = DAGSTER.answers(&asks, answer.to_string().as_bytes()).unwrap();
    let known = |ask: &Resource| answers[asks.iter().position(|own| own == ask)?].clone();
    let Targets::These(things) = DAGSTER.with_told(&intent, &known).unwrap().operations[0].targets.clone() else {
        panic!()
    };
    let untold = |thing: &Target| {
        DAGSTER.kinds().names().into_iter().filter(|kind| thing.may_be_called(kind)).collect::<Vec<_>>()
    };
    assert_eq!(untold(&things[0]), ["asset", "asset_group"]);
    assert_eq!(untold(&things[1]), ["asset_group"]);
}

#[test]
fn only_what_is_told_for_certain_counts() {
    let untold = "run terminateRuns: run:1? run:2?";
    let good = run("1", "a", &json!(null));
    let with = |path: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(path).unwrap() = value;
        json!({"data": {"q0": changed}})
    };
    for answer in [
        // Of another run, in another spelling, or of none.
        with("/runId", json!("2")),
        with("/runId", json!("1 ")),
        with("/runId", json!(1)),
        with("/runId", json!(null)),
        json!({"data": {"q1": good}}),
        json!({"data": {"q0": null, "q1": good}}),
        json!({"data": {"q0": [], "q1": []}}),
        json!({"data": {"q0": {"__typename": "RunNotFoundError"}}}),
        // Without all of its names.
        with("/jobName", json!(null)),
        with("/jobName", json!("")),
        with("/jobName", json!("x".repeat(1025))),
        with("/repositoryOrigin", json!(null)),
        with("/repositoryOrigin/repositoryLocationName", json!(["a"])),
        // With parts of which nobody can tell what they are.
        with("/assetSelection", json!([{"path": []}])),
        with("/assetSelection", json!([{"path": ["x"]}, {"path": "y"}])),
        with("/assetSelection", json!([7])),
        with("/assetSelection", Value::Array(vec![json!({"path": ["x"]}); 1001])),
        // Twice, and not alike.
        json!({"data": {"q0": [good, run("1", "b", &json!(null))]}}),
        // No answer at all.
        json!({"errors": [{"message": "no"}]}),
        json!({"data": null, "errors": []}),
        json!([]),
    ] {
        assert_eq!(told(TERMINATE, &answer).1, untold, "{answer:.300}");
    }
    let asks = DAGSTER.asks(&intent(TERMINATE, &json!({})), 64);
    for text in [&b""[..], b"{", b"\xff", br#"{"data":{"q0":1},"data":{"q0":2}}"#, b"<html>", b"null"] {
        assert_eq!(DAGSTER.answers(&asks, text).unwrap_err().code, "bad_answer");
    }
}

#[test]
fn an_id_is_never_part_of_the_document() {
    let id = r#"1"){x} y:runOrError(runId:"2"#;
    let document = "mutation($r:String!){deleteRun(runId:$r){__typename}}";
    let intent = intent(document, &json!({"r": id}));
    let (question, _) = told_of(&intent, &json!({"data": {}}));
    assert_eq!(question["variables"], json!({"i0": id}));
    assert!(!question["query"].as_str().unwrap().contains("y:"));
}

#[test]
fn a_backfill_is_its_jobs_or_its_assets() {
    let cancel = r#"mutation{cancelPartitionBackfill(backfillId:"b"){__typename}}"#;
    let set = json!({"name": "p", "pipelineName": "j", "repositoryOrigin": {"repositoryLocationName": "a", "repositoryName": "r"}});
    let of = |set: &Value, assets: &Value| {
        told(cancel, &json!({"data": {"q0": {"id": "b", "partitionSet": set, "assetSelection": assets}}})).1
    };
    insta::assert_snapshot!(of(&set, &json!(null)), @"run cancelPartitionBackfill: location:a+repository:r@a+job:j+partition_set:p+backfill:b?");
    insta::assert_snapshot!(of(&json!(null), &json!([{"path": ["x"]}, {"path": ["y"]}])), @"run cancelPartitionBackfill: asset:x+backfill:b? asset:y+backfill:b?");
    insta::assert_snapshot!(of(&json!(null), &json!(null)), @"run cancelPartitionBackfill: backfill:b?");
}

#[test]
fn a_schedule_is_found_among_all_by_its_id() {
    let stop = r#"mutation{stopRunningSchedule(id:"o:s"){__typename}}"#;
    let listed = |schedules: Value, sensors: Value| {
        let repository = json!({"schedules": schedules, "sensors": sensors});
        let entries = json!([{"locationOrLoadError": {"message": "broken"}}, {"locationOrLoadError": {"repositories": [repository]}}]);
        told(stop, &json!({"data": {"q0": {"locationEntries": entries}}}))
    };
    let one = |id: &str, location: &str| json!({"scheduleState": state(id, location)});
    let (question, told) = listed(json!([one("x:y", "b"), one("o:s", "a")]), json!([]));
    assert_eq!(question["variables"], json!({}));
    assert_eq!(told, "edit stopRunningSchedule: location:a+repository:r@a+schedule:n+instigator:o:s?");
    let sensor = json!({"sensorState": state("o:s", "a")});
    assert!(listed(json!([]), json!([sensor])).1.contains("sensor:n+instigator:o:s"));
    let untold = "edit stopRunningSchedule: instigator:o:s?";
    assert_eq!(listed(json!([one("o:s", "a"), one("o:s", "b")]), json!([])).1, untold);
    assert_eq!(listed(json!([one("o:t", "a")]), json!([])).1, untold);
}

#[test]
fn a_log_is_its_runs() {
    let log = |key: &str| {
        told(
            &format!("{{capturedLogs(logKey:{key}){{stdout}}}}"),
            &json!({"data": {"q0": run("1", "a", &json!(null))}}),
        )
        .1
    };
    assert_eq!(
        log(r#"["1" "compute_logs" "step"]"#),
        "view capturedLogs: location:a+repository:r@a+job:j+run:1+log:1/compute_logs/step?"
    );
    assert_eq!(log(r#"["2" "compute_logs" "step"]"#), "view capturedLogs: log:2/compute_logs/step?");
    assert_eq!(log(r#"["1%2F" "x"]"#), "view capturedLogs: log:1%252F/x?");
    assert_eq!(log(r#"["1"]"#), "view capturedLogs: log:1?");
}

#[test]
fn what_is_told_already_is_not_asked_for() {
    for document in [
        "{runsOrError{__typename}}",
        "{version}",
        r#"mutation{reloadRepositoryLocation(repositoryLocationName:"a"){__typename}}"#,
        "mutation{terminateRuns(runIds:[]){__typename}}",
    ] {
        assert!(DAGSTER.asks(&intent(document, &json!({})), 64).is_empty(), "{document}");
    }
    let twice =
        intent(r#"mutation{a:deleteRun(runId:"1"){__typename} terminateRun(runId:"1"){__typename}}"#, &json!({}));
    assert_eq!(DAGSTER.asks(&twice, 64), [Resource::new("run", "1")]);
}

#[test]
fn what_the_request_tells_is_not_told_otherwise() {
    let stop = r#"{instigationStateOrError(instigationSelector:{repositoryLocationName:"a" repositoryName:"r" name:"o:s"}){__typename}}"#;
    let before = intent(stop, &json!({}));
    let entry =
        json!({"locationOrLoadError": {"repositories": [{"schedules": [{"scheduleState": state("o:s", "b")}]}]}});
    let (_, told) = told_of(&before, &json!({"data": {"q0": {"locationEntries": [entry]}}}));
    assert_eq!(told, shown(&before));
    let _: Arc<Intent> = before;
}

const BACKFILL: &str =
    r#"mutation{launchPartitionBackfill(backfillParams:{assetSelection:[{path:["raw","x/y%"]}]}){__typename}}"#;

fn node(path: &[&str], location: &str, is_stub: &Value) -> Value {
    json!({"assetKey": {"path": path}, "groupName": "g", "isAutoCreatedStub": is_stub, "repository": {"name": "r", "location": {"name": location}}})
}

#[test]
fn an_asset_is_asked_for_by_the_parts_of_its_key() {
    let answer = json!({"data": {"q0": node(&["raw", "x/y%"], "a", &json!(false))}});
    let (question, told) = told(BACKFILL, &answer);
    assert_eq!(question["variables"], json!({"i0": {"path": ["raw", "x/y%"]}}));
    assert!(
        question["query"].as_str().unwrap().starts_with("query Doorward($i0: AssetKeyInput! ){ q0: assetNodeOrError(")
    );
    assert_eq!(told, "run launchPartitionBackfill: location:a+repository:r@a+asset_group:g+asset:raw/x%2Fy%25");
}

#[test]
fn an_asset_is_not_where_others_only_depend_on_it() {
    let untold = "run launchPartitionBackfill: asset:raw/x%2Fy%25?";
    let own = &["raw", "x/y%"][..];
    for node in [
        // A stub that Dagster makes of what is defined elsewhere, or may be one.
        node(own, "a", &json!(true)),
        node(own, "a", &json!(null)),
        node(own, "a", &json!("false")),
        // Of another key, or one in other parts.
        node(&["raw", "x", "y%"], "a", &json!(false)),
        node(&["raw/x/y%"], "a", &json!(false)),
        node(&[], "a", &json!(false)),
        json!({"__typename": "AssetNotFoundError"}),
    ] {
        assert_eq!(told(BACKFILL, &json!({"data": {"q0": node}})).1, untold, "{node}");
    }
}
