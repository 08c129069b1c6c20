//! What operations act on, as a client may try to hide it.

mod rewriting;
mod tags;

use doorward_domain::{Intent, Target, Targets};
use serde_json::{Value, json};
use std::sync::Arc;

use super::{DAGSTER, ask_with};

/// Operation by operation: what each acts on. `?` marks a thing that goes by names that are not told.
pub(super) fn shown(intent: &Intent) -> String {
    let kinds = DAGSTER.kinds().names();
    let thing = |thing: &Target| {
        let names = thing.names().iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
        if kinds.iter().any(|kind| thing.may_be_called(kind)) { names + "?" } else { names }
    };
    let targets = |targets: &Targets| match targets {
        Targets::Shell => "shell".to_owned(),
        Targets::Whole => "whole".to_owned(),
        Targets::Unknown => "unknown".to_owned(),
        Targets::These(things) => things.iter().map(thing).collect::<Vec<_>>().join(" "),
    };
    let operations = intent.operations.iter();
    operations
        .map(|own| format!("{} {}: {}", own.action, own.name, targets(&own.targets)))
        .collect::<Vec<_>>()
        .join("\n")
}

pub(super) fn intent(document: &str, variables: &Value) -> Arc<Intent> {
    Arc::clone(ask_with(document, variables).understood().intent())
}

fn acts_on(document: &str, variables: &Value) -> String {
    shown(&intent(document, variables))
}

fn acts(document: &str) -> String {
    acts_on(document, &json!({}))
}

const NIGHTLY: &str = r#"repositoryLocationName:"etl" repositoryName:"r" jobName:"nightly""#;

#[test]
fn names_that_stand_together_are_those_of_one_thing() {
    let launch = |selector: &str| {
        acts(&format!("mutation{{launchRun(executionParams:{{selector:{{{selector}}}}}){{__typename}}}}"))
    };
    insta::assert_snapshot!(launch(NIGHTLY), @"run launchRun: location:etl+repository:r@etl+job:nightly?");
    insta::assert_snapshot!(launch(&format!("{NIGHTLY} assetSelection:[{{path:[\"a\"]}} {{path:[\"b\" \"c\"]}}]")), @"run launchRun: location:etl+repository:r@etl+job:nightly+asset:a? location:etl+repository:r@etl+job:nightly+asset:b/c?");
    insta::assert_snapshot!(launch(&format!("{NIGHTLY} assetSelection:[] assetCheckSelection:[{{assetKey:{{path:[\"a\"]}} name:\"c\"}}]")), @"run launchRun: location:etl+repository:r@etl+job:nightly+asset:a?");
    // With nothing selected it is all of the job.
    insta::assert_snapshot!(launch(&format!("{NIGHTLY} assetSelection:[] assetCheckSelection:null")), @"run launchRun: location:etl+repository:r@etl+job:nightly?");
    // Of two jobs the tool takes one, and nobody can tell which.
    insta::assert_snapshot!(launch(&format!("{NIGHTLY} pipelineName:\"other\" assetSelection:[{{path:[\"a\"]}}]")), @"run launchRun: asset:a? location:etl+repository:r@etl+job:nightly? location:etl+repository:r@etl+job:other?");
    insta::assert_snapshot!(launch(r#"jobName:"nightly""#), @"run launchRun: job:nightly?");
    insta::assert_snapshot!(launch(r#"repositoryName:"r" jobName:"nightly""#), @"run launchRun: job:nightly?");
}

#[test]
fn names_of_another_thing_lend_nothing() {
    insta::assert_snapshot!(
        acts(&format!(r#"mutation{{launchRunReexecution(executionParams:{{selector:{{{NIGHTLY}}} executionMetadata:{{parentRunId:"1" rootRunId:"2" tags:[]}}}}){{__typename}}}}"#)),
        @"run launchRunReexecution: location:etl+repository:r@etl+job:nightly? run:1? run:2?"
    );
    insta::assert_snapshot!(
        acts(r#"mutation{launchPartitionBackfill(backfillParams:{selector:{partitionSetName:"p" repositorySelector:{repositoryLocationName:"etl" repositoryName:"r"}} assetSelection:[{path:["a"]}] partitionsByAssets:[{assetKey:{path:["b"]}}]}){__typename}}"#),
        @"run launchPartitionBackfill: asset:a? asset:b? location:etl+repository:r@etl+partition_set:p?"
    );
    insta::assert_snapshot!(acts(r#"{runsOrError(filter:{runIds:["1"] pipelineName:"nightly"}){__typename}}"#), @"view runsOrError: job:nightly? run:1?");
    insta::assert_snapshot!(
        acts(r#"mutation{addDynamicPartition(partitionsDefName:"p" partitionKey:"k" repositorySelector:{repositoryLocationName:"etl" repositoryName:"r"}){__typename}}"#),
        @"edit addDynamicPartition: location:etl+repository:r@etl+partitions:p?"
    );
    // The parent of a backfill that is done again is a backfill, that of a run is a run.
    insta::assert_snapshot!(acts(r#"mutation{reexecutePartitionBackfill(reexecutionParams:{parentRunId:"1"}){__typename}}"#), @"run reexecutePartitionBackfill: backfill:1?");
    insta::assert_snapshot!(acts(r#"mutation{launchRunReexecution(reexecutionParams:{parentRunId:"1"}){__typename}}"#), @"run launchRunReexecution: run:1?");
}

#[test]
fn every_alias_place_and_skipped_field_counts() {
    insta::assert_snapshot!(
        acts(r#"mutation{a:deleteRun(runId:"1"){__typename} ...F ...@skip(if:true){deleteRun(runId:"3"){__typename}} deleteRun(runId:"1") @include(if:false){__typename}} fragment F on Mutation{b:deleteRun(runId:"2"){__typename}}"#),
        @"run deleteRun: run:1? run:2? run:3?"
    );
    insta::assert_snapshot!(
        acts_on("mutation($x:String!){deleteRun(runId:$x){__typename} cancelPartitionBackfill(backfillId:$x){__typename} deleteConcurrencyLimit(concurrencyKey:$x)}", &json!({"x": "1"})),
        @"
    manage deleteConcurrencyLimit: pool:1
    run deleteRun: run:1?
    run cancelPartitionBackfill: backfill:1?
    "
    );
    let once =
        acts(r#"{assetNodes(assetKeys:[{path:["a"]} {path:["a"]}]){id} b:assetNodes(assetKeys:[{path:["a"]}]){id}}"#);
    insta::assert_snapshot!(once, @"view assetNodes: asset:a?");
}

#[test]
fn what_names_nothing_acts_as_the_profile_says() {
    for (document, targets) in [
        ("{version __typename __schema{types{name}}}", "shell"),
        ("{runsOrError(filter:{statuses:[QUEUED]}){__typename}}", "whole"),
        ("{runsOrError(filter:{runIds:[] pipelineName:null}){__typename}}", "whole"),
        // Python takes an empty text for none.
        ("{runsOrError(filter:{pipelineName:\"\"}){__typename}}", "whole"),
        ("mutation{reloadWorkspace{__typename}}", "whole"),
        ("{runOrError{__typename}}", "unknown"),
        ("mutation{terminateRuns(runIds:[]){__typename}}", "unknown"),
        ("mutation{somethingNew(runId:\"1\")}", "unknown"),
        ("mutation{version}", "unknown"),
        ("{somethingNew(runId:\"1\")}", "unknown"),
        ("{instigationStatesOrError(repositoryID:\"a::b\"){__typename}}", "unknown"),
    ] {
        let operations = &intent(document, &json!({})).operations;
        let all = operations
            .iter()
            .map(|own| shown(&Intent { operations: vec![own.clone()], resources: Vec::new(), changes_state: false }));
        assert!(all.into_iter().all(|own| own.ends_with(&format!(": {targets}"))), "{document}");
    }
}

#[test]
fn what_cannot_be_a_name_is_told_by_nobody() {
    let terminate = "mutation($i:String $l:[String!]=[\"7\"]){terminateRuns(runIds:";
    for (value, variables, targets) in [
        ("$l", json!({}), "run:7?"),
        ("$l", json!({"l": "8"}), "run:8?"),
        ("$l", json!({"l": ["8", ["9"]]}), "run:8? run:9?"),
        ("[$i \"1\"]", json!({"i": "2"}), "run:1? run:2?"),
        ("[$i \"1\"]", json!({}), "run:1?"),
        ("[$i \"1\"]", json!({"i": null}), "run:1?"),
        ("5", json!({}), "run:5?"),
        ("ABC", json!({}), "run:ABC?"),
        ("$l", json!({"l": 5}), "run:5?"),
        ("$l", json!({"l": null}), "unknown"),
        ("$l", json!({"l": []}), "unknown"),
        ("$i", json!({}), "unknown"),
        // As a text, a tool may write these in several ways.
        ("$l", json!({"l": [5.0]}), "unknown"),
        ("-0", json!({}), "unknown"),
        ("1e3", json!({}), "unknown"),
        ("12345678901234567890", json!({}), "unknown"),
        ("$l", json!({"l": [true]}), "unknown"),
        ("[true]", json!({}), "unknown"),
        ("[\"1\" {runId:\"2\"}]", json!({}), "unknown"),
        ("$l", json!({"l": ["1", {"runId": "2"}]}), "unknown"),
        ("[\"1\" $undefined]", json!({"undefined": "2"}), "unknown"),
        ("[\"1\" \"\"]", json!({}), "unknown"),
    ] {
        let document = format!("{terminate}{value}){{__typename}}}}");
        assert_eq!(acts_on(&document, &variables), format!("run terminateRuns: {targets}"), "{value} {variables}");
    }
}

#[test]
fn keys_that_differ_have_names_that_differ() {
    let wipe = "mutation($k:[PartitionsByAssetSelector!]!){wipeAssets(assetPartitionRanges:$k){__typename}}";
    let named = |path: Value| acts_on(wipe, &json!({"k": [{"assetKey": {"path": path}}]}));
    for (path, name) in [
        (json!(["a", "b"]), "asset:a/b?"),
        (json!(["a/b"]), "asset:a%2Fb?"),
        (json!(["a%2Fb"]), "asset:a%252Fb?"),
        (json!(["a", ""]), "asset:a/?"),
        (json!(["a", "", "b"]), "asset:a//b?"),
        (json!("a"), "asset:a?"),
        (json!(["a", 1]), "asset:a/1?"),
        (json!([]), "unknown"),
        (json!([""]), "unknown"),
        (json!(["a", null]), "unknown"),
        (json!(["a", ["b"]]), "unknown"),
        (json!(null), "unknown"),
        (json!(["x".repeat(1024)]), &format!("asset:{}?", "x".repeat(1024))),
        (json!(["x".repeat(1025)]), "unknown"),
        (json!(["x".repeat(600), "y".repeat(600)]), "unknown"),
        (json!(vec!["%"; 400]), "unknown"),
    ] {
        assert_eq!(named(path.clone()), format!("manage wipeAssets: {name}"), "{path:.40}");
    }
    let more = acts_on(wipe, &json!({"k": [{"assetKey": {"path": ["a"], "runId": "1"}}]}));
    assert_eq!(more, "manage wipeAssets: unknown");
}

#[test]
fn the_path_of_a_log_leads_nowhere_else() {
    let log = |key: &str| acts(&format!("{{capturedLogs(logKey:{key}){{stdout}}}}"));
    assert_eq!(log(r#"["1" "compute_logs" "step"]"#), "view capturedLogs: log:1/compute_logs/step?");
    for key in [
        r#"["1" ".." "2"]"#,
        r#"["1" "../2"]"#,
        r#"["1/../2"]"#,
        r#"["." "1"]"#,
        r#"["" "1"]"#,
        r#"["1\\2"]"#,
        "[]",
        "null",
        "[[\"1\"]]",
    ] {
        assert_eq!(log(key), "view capturedLogs: unknown", "{key}");
    }
}

#[test]
fn what_is_named_below_the_roots_is_needed_as_well() {
    insta::assert_snapshot!(acts(r#"{instance{concurrencyLimit(concurrencyKey:"p"){limit}}}"#), @"
    view instance: whole
    view instance: pool:p
    ");
    insta::assert_snapshot!(
        acts_on(
            "query($b:String! $k:AssetKeyInput $n:Int){partitionBackfillOrError(backfillId:$b){...F logs:logEvents(cursor:\"x\"){cursor} runs(limit:$n){id}}} fragment F on PartitionBackfill{x:partitionsTargetedForAssetKey(assetKey:$k){partitionKeys}}",
            &json!({"b": "1", "k": {"path": ["a"]}, "n": 5})
        ), @"
    view partitionBackfillOrError: backfill:1?
    view partitionBackfillOrError: asset:a?
    "
    );
    insta::assert_snapshot!(acts(r#"{runOrError(runId:"1"){...on Run{capturedLogs(fileKey:"abc"){stdout}}}}"#), @"
    view runOrError: run:1?
    view runOrError: unknown
    ");
    for key in ["../../2/compute_logs/abc", "1/../abc", "/etc/passwd"] {
        let document = format!("{{runOrError(runId:\"1\"){{...on Run{{capturedLogs(fileKey:\"{key}\"){{stdout}}}}}}}}");
        assert_eq!(acts(&document), "view runOrError: run:1?\nview runOrError: unknown", "{key}");
    }
    insta::assert_snapshot!(acts(r#"{assetNodes{assetChecksOrError(pipeline:{repositoryLocationName:"etl" repositoryName:"r" pipelineName:"nightly"}){__typename}}}"#), @"
    view assetNodes: whole
    view assetNodes: location:etl+repository:r@etl+job:nightly
    ");
}

#[test]
fn what_a_variable_holds_below_the_roots_counts_in_each_request_anew() {
    let document = "query($f:F={runId:\"3\"} $n:Int $l:[Int]=[1]){runOrError(runId:\"1\"){...on Run{a:x(n:$n f:$f) b:y(f:$f) c:z(n:$n l:$l)}}}";
    let below = |variables: Value| {
        let all = acts_on(document, &variables);
        all.lines().skip(1).collect::<Vec<_>>().join("; ").replace("view runOrError: ", "")
    };
    assert_eq!(below(json!({"n": 1})), "run:3?", "its default");
    for (variables, named) in [
        (json!({"f": "run:2", "n": 1, "l": 1}), ""),
        (json!({"f": 2, "l": 1}), ""),
        (json!({"f": null, "l": null}), ""),
        (json!({"f": true, "l": 1, "runId": "2"}), ""),
        (json!({"f": {"runId": "2"}}), "run:2?"),
        (json!({"f": [[{"x": {"runId": ["2"]}}]], "l": 1}), "run:2?"),
        (json!({"f": 1, "l": 1, "n": {"runId": "4"}}), "run:4?"),
        (json!({"f": 1, "n": [{"runId": "4"}], "l": {"runId": "5"}}), "run:4? run:5?"),
        (json!({"f": 1, "l": {"runId": {"no": "name"}}}), "unknown"),
    ] {
        assert_eq!(below(variables.clone()), named, "{variables}");
    }
    let undefined = acts("{runOrError(runId:\"1\"){...on Run{x(n:$n)}}}");
    assert_eq!(undefined, "view runOrError: run:1?\nview runOrError: unknown");
}

const SCHEDULE: &str = r#"scheduleSelector:{repositoryLocationName:"etl" repositoryName:"r" scheduleName:"s"}"#;

#[test]
fn a_field_that_runs_code_acts_on_what_the_root_names_only_where_the_profile_says_so() {
    let evaluated = |document: &str| {
        let all = acts(document);
        let own = all.lines().find(|line| line.starts_with("edit evaluationResult")).unwrap_or_else(|| panic!("{all}"));
        own.to_owned()
    };
    let document = |text: &str| text.replace("SCHEDULE", SCHEDULE).replace("RESULT", "evaluationResult{skipReason}");
    let named = "edit evaluationResult: location:etl+repository:r@etl+schedule:s";
    for text in [
        "{scheduleOrError(SCHEDULE){...on Schedule{a:futureTick(tickTimestamp:1){RESULT}}}}",
        "{x:scheduleOrError(SCHEDULE){...F ...F}} fragment F on Schedule{futureTicks{results{...G}}} fragment G on X{RESULT}",
    ] {
        assert_eq!(evaluated(&document(text)), named, "{text}");
    }
    for text in [
        // By way of another thing's schedules.
        "{scheduleOrError(SCHEDULE){...on Schedule{scheduleState{runs{assets{definition{jobs{schedules{futureTick{RESULT}}}}}}}}}}",
        "{assetNodeOrError(assetKey:{path:[\"a\"]}){...on AssetNode{jobs{schedules{futureTick{RESULT}}}}}}",
        // By both ways, with one text.
        "{scheduleOrError(SCHEDULE){...on Schedule{futureTick{...G} scheduleState{nextTick{...H}}}}} fragment G on X{RESULT} fragment H on X{y{...G}}",
        "{scheduleOrError(SCHEDULE){...on Schedule{futureTick{...G} x{...G}}}} fragment G on X{RESULT}",
        "{scheduleOrError(SCHEDULE){...on Schedule{x{...G} futureTick{...G}}}} fragment G on X{...H} fragment H on X{RESULT}",
    ] {
        assert_eq!(evaluated(&document(text)), "edit evaluationResult: unknown", "{text}");
    }
    let both = document("{scheduleOrError(SCHEDULE){...on Schedule{futureTick{RESULT x(runId:\"1\")}}}}");
    assert_eq!(evaluated(&both), format!("{named} run:1?"));
    insta::assert_snapshot!(
        acts("{workspaceOrError{...on Workspace{locationEntries{locationOrLoadError{...on RepositoryLocation{repositories{schedules{futureTick{evaluationResult{skipReason}}}}}}}}}}"),
        @"
    edit evaluationResult: unknown
    view workspaceOrError: whole
    "
    );
}

#[test]
fn an_argument_that_makes_it_more_acts_on_more() {
    let document = r#"mutation{deleteDynamicPartitions(partitionsDefName:"p" partitionKeys:["k"] wipeMaterializations:true repositorySelector:{repositoryLocationName:"etl" repositoryName:"r"}){__typename}}"#;
    insta::assert_snapshot!(acts(document), @"
    manage deleteDynamicPartitions: location:etl+repository:r@etl+partitions:p?
    edit deleteDynamicPartitions: location:etl+repository:r@etl+partitions:p?
    ");
}

#[test]
fn a_thing_in_two_places_is_not_one_thing() {
    let two = r#"mutation{addDynamicPartition(partitionsDefName:"p" partitionKey:"k" repositoryLocationName:"mine" repositorySelector:{repositoryLocationName:"etl" repositoryName:"r"}){__typename}}"#;
    assert_eq!(acts(two), "edit addDynamicPartition: unknown");
}

#[test]
fn whoever_names_very_much_must_be_allowed_everything() {
    let keys: Vec<String> = (0..40_000).map(|n| format!("r{n}")).collect();
    let document = "mutation($k:[String!]!){terminateRuns(runIds:$k){__typename} deleteRun(runId:\"1\"){__typename}}";
    assert!(acts_on(document, &json!({"k": keys})).starts_with("run terminateRuns: run:r0? run:r1? "));
    let aliases: Vec<_> = (0..300).map(|n| format!("a{n}:terminateRuns(runIds:$k){{__typename}}")).collect();
    let aliases = aliases.join(" ");
    let document = format!("mutation($k:[String!]!){{{aliases} deleteRun(runId:\"1\"){{__typename}}}}");
    assert_eq!(acts_on(&document, &json!({"k": keys})), "run terminateRuns: unknown\nrun deleteRun: unknown");
    assert_eq!(intent(&document, &json!({"k": keys})).resources.len(), 40_001, "the audit log names them all the same");
}

#[test]
fn a_live_operation_acts_on_what_it_names() {
    let message = json!({"type": "start", "id": "1", "payload": {"query": "subscription($r:ID!){pipelineRunLogs(runId:$r){__typename}}", "variables": {"r": "1"}}});
    let crate::SocketMessage::Operation { intent, .. } =
        DAGSTER.read_message(Some("graphql-ws"), &message.to_string()).unwrap()
    else {
        panic!("no operation")
    };
    assert_eq!(shown(&intent), "view pipelineRunLogs: run:1?");
}
