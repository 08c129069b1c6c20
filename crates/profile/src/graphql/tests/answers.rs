//! Reading and rewriting what Dagster answers.

use doorward_domain::Role;
use serde_json::{Value, json};

use super::ask;

fn rewritten(document: &str, answer: &str, role: Role) -> Option<String> {
    let rewriter = ask(document).understood().answer_rewriter().unwrap_or_else(|| panic!("{document}"));
    let reason = |role: Role| format!("Needs the role {role}.");
    let whole = rewriter.rewrite(answer.as_bytes(), role, &reason).map(|answer| String::from_utf8(answer).unwrap());
    let mut rewriting = rewriter.streaming(role, reason);
    let mut in_pieces: Vec<u8> = answer.as_bytes().iter().flat_map(|byte| rewriting.push(&[*byte])).collect();
    in_pieces.append(&mut rewriting.end());
    assert_eq!(String::from_utf8(in_pieces).unwrap(), whole.as_deref().unwrap_or(answer), "byte by byte");
    whole
}

const UI: &str =
    "query PermissionsQuery{unscopedPermissions:permissions{...P} locationStatusesOrError{...on WorkspaceLocationStatusEntries{
    entries{id name permissions{...P}}}}} fragment P on Permission{permission value disabledReason}";

#[test]
fn permission_lists_are_lowered_unscoped_and_per_location_under_any_alias() {
    let answer = r#"{"data":{"unscopedPermissions":[
  {"permission":"launch_pipeline_execution","value":true,"disabledReason":null},
  {"permission":"wipe_assets","value":true,"disabledReason":null},
  {"permission":"edit_sensor","value":false,"disabledReason":"Disabled by your administrator"},
  {"permission":"brand_new","value":true,"disabledReason":null}],
  "locationStatusesOrError":{"entries":[{"id":"e","name":"e","permissions":[{"permission":"reload_workspace","value":true,"disabledReason":null}]}]}}}"#;
    insta::assert_snapshot!(rewritten(UI, answer, Role::Viewer).unwrap(), @r##"
{"data":{"unscopedPermissions":[
  {"permission":"launch_pipeline_execution","value":false,"disabledReason":"Needs the role operator."},
  {"permission":"wipe_assets","value":false,"disabledReason":"Needs the role manager."},
  {"permission":"edit_sensor","value":false,"disabledReason":"Disabled by your administrator"},
  {"permission":"brand_new","value":false,"disabledReason":"Needs the role admin."}],
  "locationStatusesOrError":{"entries":[{"id":"e","name":"e","permissions":[{"permission":"reload_workspace","value":false,"disabledReason":"Needs the role developer."}]}]}}}
"##);
    insta::assert_snapshot!(rewritten(UI, answer, Role::Manager).unwrap(), @r##"
{"data":{"unscopedPermissions":[
  {"permission":"launch_pipeline_execution","value":true,"disabledReason":null},
  {"permission":"wipe_assets","value":true,"disabledReason":null},
  {"permission":"edit_sensor","value":false,"disabledReason":"Disabled by your administrator"},
  {"permission":"brand_new","value":false,"disabledReason":"Needs the role admin."}],
  "locationStatusesOrError":{"entries":[{"id":"e","name":"e","permissions":[{"permission":"reload_workspace","value":true,"disabledReason":null}]}]}}}
"##);
    assert_eq!(rewritten(UI, answer, Role::Admin), None);
}

#[test]
fn each_role_keeps_the_permissions_that_were_settled_for_it() {
    let matrix = json!({
        "launch_pipeline_execution": "operator", "launch_pipeline_reexecution": "operator", "terminate_pipeline_execution": "operator",
        "delete_pipeline_run": "operator", "launch_partition_backfill": "operator", "cancel_partition_backfill": "operator",
        "start_schedule": "developer", "stop_running_schedule": "developer", "schedule_dry_run": "developer", "edit_sensor": "developer",
        "sensor_dry_run": "developer", "update_sensor_cursor": "developer", "reload_repository_location": "developer",
        "reload_workspace": "developer", "report_runless_asset_events": "developer", "edit_dynamic_partitions": "developer",
        "refresh_component_state": "developer", "wipe_assets": "manager", "toggle_auto_materialize": "manager",
        "edit_concurrency_limit": "manager", "edit_app_managed_components": "admin",
    });
    for role in Role::ALL {
        for (permission, needed) in matrix.as_object().unwrap() {
            let answer = json!({"data": {"permissions": [{"permission": permission, "value": true}]}}).to_string();
            let lowered = rewritten("{permissions{permission value}}", &answer, role).is_some();
            assert_eq!(lowered, role < needed.as_str().unwrap().parse().unwrap(), "{permission} for {role}");
        }
    }
}

#[test]
fn without_its_name_every_permission_is_lowered() {
    let answer = r#"{"data":{"permissions":[{"v":true,"why":null}]}}"#;
    let lowered = rewritten("{permissions{v:value why:disabledReason}}", answer, Role::Manager).unwrap();
    assert_eq!(lowered, r#"{"data":{"permissions":[{"v":false,"why":"Needs the role admin."}]}}"#);
}

#[test]
fn an_entry_says_why_a_few_times_and_not_thousands() {
    let aliases = |each: &dyn Fn(usize) -> String| (0..500).map(each).collect::<Vec<_>>().join(",");
    let document = format!("{{permissions{{value {}}}}}", aliases(&|n| format!("w{n}:disabledReason")));
    let answer =
        format!(r#"{{"data":{{"permissions":[{{"value":true,{}}}]}}}}"#, aliases(&|n| format!(r#""w{n}":null"#)));
    let lowered = rewritten(&document, &answer, Role::Manager).unwrap();
    assert_eq!(lowered.matches("Needs the role admin.").count(), 8);
    assert!(lowered.len() < answer.len() + 1000);
}

#[test]
fn flags_of_objects_are_lowered_wherever_they_are_selected() {
    let document =
        "{canBulkTerminate r:runOrError(runId:\"r\"){...on Run{x:hasTerminatePermission ...F}} assetNodes{hasWipePermission}}
        fragment F on Run{hasDeletePermission nested:executionPlan{hasReExecutePermission}}";
    let answer = r#"{"data":{"canBulkTerminate":true,"r":{"x":true,"hasDeletePermission" : true,"nested":{"hasReExecutePermission":true}},"assetNodes":[{"hasWipePermission":true},{"hasWipePermission":false},null]}}"#;
    insta::assert_snapshot!(rewritten(document, answer, Role::Viewer).unwrap(), @r##"{"data":{"canBulkTerminate":false,"r":{"x":false,"hasDeletePermission" : false,"nested":{"hasReExecutePermission":false}},"assetNodes":[{"hasWipePermission":false},{"hasWipePermission":false},null]}}"##);
    insta::assert_snapshot!(rewritten(document, answer, Role::Operator).unwrap(), @r##"{"data":{"canBulkTerminate":true,"r":{"x":true,"hasDeletePermission" : true,"nested":{"hasReExecutePermission":true}},"assetNodes":[{"hasWipePermission":false},{"hasWipePermission":false},null]}}"##);
    assert_eq!(rewritten(document, answer, Role::Manager), None);
}

#[test]
fn the_users_own_json_is_left_alone() {
    let document = "{runOrError(runId:\"r\"){...on Run{hasDeletePermission runConfig}}}";
    let answer = r#"{"data":{"runOrError":{"hasDeletePermission":false,"runConfig":{"hasDeletePermission":true,"permissions":[{"permission":"x","value":true}]}}},"extensions":{"hasDeletePermission":true}}"#;
    assert_eq!(rewritten(document, answer, Role::Viewer), None);
}

#[test]
fn an_alias_is_followed_and_a_name_alone_is_not() {
    let document = "{runOrError(runId:\"r\"){...on Run{hasDeletePermission:runId x:hasDeletePermission}}}";
    let answer = r#"{"data":{"runOrError":{"hasDeletePermission":true,"x":true}}}"#;
    assert_eq!(
        rewritten(document, answer, Role::Viewer).unwrap(),
        r#"{"data":{"runOrError":{"hasDeletePermission":true,"x":false}}}"#
    );
}

#[test]
fn permissions_are_only_ever_lowered() {
    let answer = r#"{"data":{"canBulkTerminate":false}}"#;
    for role in Role::ALL {
        assert_eq!(rewritten("{canBulkTerminate}", answer, role), None);
    }
}

#[test]
fn an_answer_that_is_not_json_is_left_alone() {
    for answer in ["", "<html>", "{\"data\":", "[]", "null", "{\"data\":{\"canBulkTerminate\":true"] {
        assert_eq!(rewritten("{canBulkTerminate}", answer, Role::Viewer), None, "{answer}");
    }
}

#[test]
fn an_answer_without_flags_is_not_held_up() {
    let unflagged = ask("{runOrError(runId:\"r\"){...on Run{id value permission}}}").understood();
    assert!(unflagged.answer_rewriter().is_none());
}

/// Fragments that a short document spreads many times.
fn spread(spreads: usize, flags: usize, letters: usize, own: impl Fn(usize) -> String) -> String {
    let spreads: Vec<_> = (0..spreads).map(|n| format!("p{n}:runOrError(runId:\"r\"){{...F {}}} ", own(n))).collect();
    let flags: Vec<_> = (0..flags).map(|n| format!("k{n:0letters$}:hasDeletePermission ")).collect();
    let (spreads, flags) = (spreads.concat(), flags.concat());
    format!("{{{spreads}}} fragment F on Run{{{flags}}}")
}

#[test]
fn a_fragment_that_is_spread_many_times_takes_no_more_room_than_once() {
    let document = spread(45, 40, 246, |_| String::new());
    let rewriter = ask(&document).understood().answer_rewriter().unwrap();
    assert!(document.len() < 14_000 && rewriter.weight() < 20_000, "{}", rewriter.weight());
    let flag = format!("k{:0246}", 39);
    let answer = format!(r#"{{"data":{{"p0":{{"{flag}":true}},"p44":{{"{flag}":true,"hasDeletePermission":true}}}}}}"#);
    let lowered =
        format!(r#"{{"data":{{"p0":{{"{flag}":false}},"p44":{{"{flag}":false,"hasDeletePermission":true}}}}}}"#);
    assert_eq!(rewritten(&document, &answer, Role::Viewer).unwrap(), lowered);
    // Where something is beside it each time, keys and flags are still one.
    let document = spread(45, 40, 246, |n| format!("own{n}:hasDeletePermission"));
    let rewriter = ask(&document).understood().answer_rewriter().unwrap();
    assert!(rewriter.weight() < 64_000, "{}", rewriter.weight());
}

#[test]
fn an_answer_of_any_size_is_rewritten_without_being_held() {
    let document = "{a:canBulkTerminate runOrError(runId:\"r\"){...on Run{runConfig}} b:canBulkTerminate permissions{permission value}}";
    let rewriter = ask(document).understood().answer_rewriter().unwrap();
    assert!(rewriter.weight() < 2_000, "{}", rewriter.weight());
    let mut rewriting = rewriter.streaming(Role::Viewer, |role| role.to_string());
    let begin = r#"{"data":{"a": true ,"runOrError":{"runConfig":""#;
    let lowered = r#"{"data":{"a": false ,"runOrError":{"runConfig":""#;
    assert_eq!(String::from_utf8(rewriting.push(begin.as_bytes())).unwrap(), lowered);
    for piece in [r#"\"a\":true,{"#, r"\\\\", "[[[["] {
        let piece = piece.repeat(100_000);
        assert_eq!(rewriting.push(piece.as_bytes()).len(), piece.len(), "nothing is held back");
    }
    let end =
        r#""},"b":true,"permissions":[{"value":true,"permission":"wipe_assets"},null,[{"value":true}]]},"b":true}"#;
    let lowered =
        r#""},"b":false,"permissions":[{"value":false,"permission":"wipe_assets"},null,[{"value":false}]]},"b":true}"#;
    assert_eq!(String::from_utf8(rewriting.push(end.as_bytes())).unwrap(), lowered);
    assert!(rewriting.end().is_empty());
    let mut rewriting = rewriter.streaming(Role::Viewer, |role| role.to_string());
    let entry = format!(r#"{{"data":{{"permissions":[{{"value":true,"x":"{}"}}"#, "x".repeat(1 << 20));
    assert_eq!(rewriting.push(entry.as_bytes()), entry.as_bytes(), "an entry that is no entry is let go");
    assert_eq!(rewriting.push(br#",{"value":true}]}}"#), br#",{"value":false}]}}"#);
}

/// An answer to what we ask: beside the client's own there is what we asked for, `doorward0_0` its type.
fn concluded(document: &str, status: u16, answer: &Value) -> String {
    let conclusion = ask(document).understood().conclude(status, answer.to_string().as_bytes()).unwrap();
    format!("{} {}", conclusion.outcome, Value::Object(conclusion.details))
}

#[test]
fn the_outcome_of_a_launch_is_read_from_the_answer_whatever_the_client_selects() {
    for selects in [
        "__typename ...on LaunchRunSuccess{run{id runId name:pipelineName}}",
        "__typename",
        "...on RunConfigValidationInvalid{pipelineName}",
    ] {
        let document = format!("mutation{{l:launchRun(executionParams:{{}}){{{selects}}}}}");
        let run = json!({"data": {"l": {"doorward0_0": "LaunchRunSuccess", "doorward0_1": {"runId": "r1"}}}});
        insta::allow_duplicates! {
        insta::assert_snapshot!(concluded(&document, 200, &run), @r##"success {"results":["LaunchRunSuccess"],"run_ids":["r1"],"status":200}"##);
        let failed = json!({"data": {"l": {"doorward0_0": "RunConfigValidationInvalid"}}});
        insta::assert_snapshot!(concluded(&document, 200, &failed), @r##"failure {"results":["RunConfigValidationInvalid"],"status":200}"##);
        let error = json!({"data": {"l": {"doorward0_0": "PythonError"}}});
        insta::assert_snapshot!(concluded(&document, 200, &error), @r##"failure {"results":["PythonError"],"status":200}"##);
        insta::assert_snapshot!(concluded(&document, 500, &run), @r##"failure {"results":["LaunchRunSuccess"],"run_ids":["r1"],"status":500}"##);
        insta::assert_snapshot!(concluded(&document, 200, &json!({"data": null, "errors": [{"message": "m"}]})), @r##"failure {"errors":true,"status":200}"##);
        insta::assert_snapshot!(concluded(&document, 200, &json!({"data": {"l": null}, "errors": []})), @r##"success {"status":200}"##);
        }
    }
}

#[test]
fn what_a_directive_kept_from_being_done_is_on_record_as_skipped() {
    let document = "mutation($s:Boolean=true){l:launchRun(executionParams:{}) @skip(if:$s){__typename} r:reloadWorkspace{__typename}}";
    let reloaded = json!({"data": {"r": {"doorward0_0": "Workspace"}}});
    insta::assert_snapshot!(concluded(document, 200, &reloaded), @r##"success {"results":["Workspace"],"skipped":["launchRun"],"status":200}"##);
    insta::assert_snapshot!(concluded(document, 200, &json!({"data": {}})), @r##"success {"skipped":["launchRun","reloadWorkspace"],"status":200}"##);
    insta::assert_snapshot!(concluded(document, 200, &json!({"data": null, "errors": [{}]})), @r##"failure {"errors":true,"status":200}"##);
    let plain = "mutation{setAutoMaterializePaused(paused:true) a:setAutoMaterializePaused(paused:true)}";
    insta::assert_snapshot!(concluded(plain, 200, &json!({"data": {"setAutoMaterializePaused": true, "\u{61}": null}})), @r##"success {"status":200}"##);
    insta::assert_snapshot!(concluded("mutation{...F @skip(if:true)} fragment F on Mutation{a:launchRun{__typename}}", 200, &json!({"data": {}})), @r##"success {"skipped":["launchRun"],"status":200}"##);
}

#[test]
fn what_is_stopped_by_an_id_is_named_by_the_answer() {
    let stop = "mutation{stopRunningSchedule(id:\"o:s\"){__typename}}";
    let answer = json!({"data": {"stopRunningSchedule": {"doorward0_0": "ScheduleStateResult", "doorward0_1": {"name": "hourly"}}}});
    insta::assert_snapshot!(concluded(stop, 200, &answer), @r##"success {"results":["ScheduleStateResult"],"schedule_ids":["hourly"],"status":200}"##);
    let stop = "mutation{stopSensor(id:\"o:s\"){__typename}}";
    let answer = json!({"data": {"stopSensor": {"doorward0_0": "StopSensorMutationResult", "doorward0_1": {"name": "on_file"}}}});
    insta::assert_snapshot!(concluded(stop, 200, &answer), @r##"success {"results":["StopSensorMutationResult"],"sensor_ids":["on_file"],"status":200}"##);
}

#[test]
fn one_failure_among_many_launches_is_a_failure() {
    let document = "mutation{launchMultipleRuns(executionParamsList:[]){...on PythonError{message}}}";
    let answer = json!({"data": {"launchMultipleRuns": {"doorward0_0": "LaunchMultipleRunsResult", "doorward0_1": [
        {"__typename": "LaunchRunSuccess", "run": {"runId": "r1"}}, {"__typename": "UnauthorizedError"}]}}});
    insta::assert_snapshot!(concluded(document, 200, &answer), @r##"failure {"results":["LaunchMultipleRunsResult","LaunchRunSuccess","UnauthorizedError"],"run_ids":["r1"],"status":200}"##);
}

#[test]
fn nothing_the_client_selects_can_put_lies_into_the_record() {
    let document = "mutation{runId:deleteRun(runId:\"r\"){runId:__typename id:message __typename:runId doorward0_0:message ...on DeletePipelineRunSuccess{truth:runId}}}";
    let answer = json!({"data": {"runId": {"runId": "DeletePipelineRunSuccess", "id": "lie", "__typename": "PythonError", "truth": "r", "doorward0_0": "PythonError",
        "doorward1_0": "DeletePipelineRunSuccess", "doorward1_1": "r"}}});
    insta::assert_snapshot!(concluded(document, 200, &answer), @r##"success {"results":["DeletePipelineRunSuccess"],"run_ids":["r"],"status":200}"##);
    let within = json!({"data": {"runId": {"truth": {"doorward1_0": "PythonError", "doorward1_1": "lie"}, "doorward1_0": "DeletePipelineRunSuccess", "doorward1_1": "r"}}});
    insta::assert_snapshot!(concluded(document, 200, &within), @r##"success {"results":["DeletePipelineRunSuccess"],"run_ids":["r"],"status":200}"##);
}

#[test]
fn what_is_kept_of_an_answer_is_bounded() {
    let ids: Vec<String> = (0..5000).map(|n| format!("{n}{}", "x".repeat(150))).collect();
    let document =
        "mutation{launchPartitionBackfill(backfillParams:{}){...on LaunchBackfillSuccess{backfillId launchedRunIds}}}";
    let answer = json!({"data": {"launchPartitionBackfill": {"backfillId": "b", "launchedRunIds": ids, "doorward0_0": "LaunchBackfillSuccess",
        "doorward0_1": "b", "doorward0_2": ids}}});
    let kept = concluded(document, 200, &answer);
    assert!(
        kept.len() < 20_000 && kept.contains("backfill_ids") && kept.contains("run_ids"),
        "{}: {kept:.200}",
        kept.len()
    );
    let endless: Vec<String> = (0..5000).map(|n| format!("{n}{}", "x".repeat(500))).collect();
    let answer = json!({"data": {"launchPartitionBackfill": {"doorward0_0": "LaunchBackfillSuccess", "doorward0_1": "b", "doorward0_2": endless}}});
    assert!(concluded(document, 200, &answer).starts_with("pending"), "what could not be read is not known");
}

#[test]
fn an_answer_that_cannot_be_read_is_judged_by_its_status() {
    let understood = ask("mutation{reloadWorkspace{__typename}}").understood();
    assert_eq!(understood.conclude(200, b"<html>").unwrap().outcome, doorward_domain::AuditOutcome::Success);
    assert_eq!(understood.conclude(502, b"\xff").unwrap().outcome, doorward_domain::AuditOutcome::Failure);
}

/// It is there for as long as the tool takes, and longer than the client is.
#[test]
fn what_reads_an_answer_has_no_more_of_the_request_than_it_needs() {
    let weights = |document: &str| {
        let understood = ask(document).understood();
        (understood.weight(), understood.answer_reader().unwrap().weight())
    };
    let selected = (0..3000).map(|n| format!("f{n}:__typename ")).collect::<Vec<_>>().concat();
    let (request, reader) = weights(&format!("mutation{{reloadWorkspace{{{selected}}}}}"));
    assert!(request > 100_000 && reader < 1_000, "{request} {reader}");
    let many = (0..1000).map(|n| format!("a{n}:reloadWorkspace{{__typename}} ")).collect::<Vec<_>>().concat();
    let (request, reader) = weights(&format!("mutation{{{many}}}"));
    assert!(reader < request / 2, "each root is known by its key: {request} {reader}");
    assert!(reader > 50_000, "and weighs something: {reader}");
}

#[test]
fn of_an_answer_that_broke_off_only_a_failure_is_known() {
    let understood = ask("mutation{a:reloadWorkspace{__typename} b:reloadWorkspace{__typename}}").understood();
    let conclude = |answer: &str, is_complete: bool| {
        let mut reader = understood.answer_reader().unwrap();
        reader.push(answer.as_bytes());
        reader.conclude(200, is_complete).outcome.as_str()
    };
    let (good, bad) = (r#"{"data":{"a":{"doorward0_0":"Workspace"}"#, r#"{"data":{"a":{"doorward0_0":"PythonError"}"#);
    assert_eq!((conclude(good, false), conclude(good, true)), ("pending", "pending"));
    assert_eq!((conclude(bad, false), conclude(bad, true)), ("failure", "failure"));
    let rest = r#","b":{"doorward0_0":"Workspace"}}}"#;
    assert_eq!(
        (conclude(&format!("{good}{rest}"), true), conclude(&format!("{bad}{rest}"), true)),
        ("success", "failure")
    );
    assert_eq!(conclude("", false), "pending");
}
