//! Permission flags that are judged thing by thing.

use doorward_domain::{Operation, Role, Targets};
use serde_json::{Value, json};

use super::filter::world::answer;
use super::{Sent, ask, ask_with, ui::operations};
use crate::{AnswerFlags, Onlooker};

/// Somebody who may do anything to what is in the location `a`, and looks at everything.
struct HolderOfA;

impl Onlooker for HolderOfA {
    fn shows(&self, _: &Targets) -> bool {
        true
    }

    fn lacks(&self, operation: &Operation) -> Option<String> {
        let is_in_a = |targets: &Targets| match targets {
            Targets::These(things) => {
                things.iter().all(|thing| thing.names().iter().any(|name| name.as_str() == "location:a"))
            }
            _ => false,
        };
        (!is_in_a(&operation.targets)).then(|| format!("{} is not for you here.", operation.name))
    }

    fn least(&self) -> Role {
        Role::Viewer
    }

    fn needs(&self, role: Role) -> String {
        format!("Needs the role {role} everywhere.")
    }
}

/// What is sent for somebody, and what lowers the flags of its answer.
fn flagged(sent: &Sent) -> (String, AnswerFlags) {
    let (asked, flags) = sent.understood().flagged().expect("flags");
    assert_eq!(asked.intent(), sent.understood().intent());
    let body: Value = serde_json::from_slice(&asked.envelope(None).unwrap().body).unwrap();
    (body["query"].as_str().unwrap().to_owned(), flags)
}

/// What they get for a document, of a tool that lets everybody do everything in both locations.
fn seen(document: &str) -> String {
    let (document, flags) = flagged(&ask(document));
    judged(&flags, &answer(&document).to_string())
}

fn judged(flags: &AnswerFlags, answer: &str) -> String {
    String::from_utf8(flags.judged(answer.as_bytes(), &HolderOfA)).unwrap()
}

#[test]
fn an_entry_says_why_a_few_times_and_not_thousands() {
    let whys = (0..500).map(|n| format!("w{n}:disabledReason")).collect::<Vec<_>>().join(" ");
    let entries = |fields: &str| {
        format!(
            "{{locationStatusesOrError{{...on WorkspaceLocationStatusEntries{{entries{{name permissions{{permission value {fields}}}}}}}}}}}"
        )
    };
    let once = seen(&entries("disabledReason")).matches("launchRun is not for you here.").count();
    assert_eq!(seen(&entries(&whys)).matches("launchRun is not for you here.").count(), 8 * once);
}

#[test]
fn a_flag_is_of_the_thing_that_shows_it() {
    insta::assert_snapshot!(seen("{assetNodes{id hasMaterializePermission}}"), @r#"{"data":{"assetNodes":[{"hasMaterializePermission":true,"id":"node_a"},{"hasMaterializePermission":false,"id":"node_b"}]},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{runsOrError{...on Runs{results{id hasTerminatePermission hasDeletePermission}}}}"), @r#"{"data":{"runsOrError":{"results":[{"hasDeletePermission":true,"hasTerminatePermission":true,"id":"run_a"},{"hasDeletePermission":false,"hasTerminatePermission":false,"id":"run_b"},{"hasDeletePermission":false,"hasTerminatePermission":false,"id":"run_astray"}]}},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{runsFeedOrError(limit:2,view:RUNS){...on RunsFeedConnection{results{id ...on Run{hasReExecutePermission}}}}}"), @r#"{"data":{"runsFeedOrError":{"results":[{"hasReExecutePermission":false,"id":"run_b"},{"hasReExecutePermission":true,"id":"run_a"}]}},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{repositoriesOrError{...on RepositoryConnection{nodes{pipelines{name hasLaunchExecutionPermission}}}}}"), @r#"{"data":{"repositoriesOrError":{"nodes":[{"pipelines":[{"hasLaunchExecutionPermission":true,"name":"job_a"}]},{"pipelines":[{"hasLaunchExecutionPermission":false,"name":"job_b"}]}]}},"extensions":{"took":1}}"#);
}

#[test]
fn lists_of_permissions_are_of_the_location_that_shows_them_and_the_unscoped_of_everything() {
    insta::assert_snapshot!(seen("{permissions{permission value disabledReason} locationStatusesOrError{...on WorkspaceLocationStatusEntries{entries{name permissions{permission value disabledReason}}}}}"), @r#"{"data":{"locationStatusesOrError":{"entries":[{"name":"a","permissions":[{"disabledReason":null,"permission":"launch_pipeline_execution","value":true},{"disabledReason":null,"permission":"reload_repository_location","value":true},{"disabledReason":null,"permission":"wipe_assets","value":true},{"disabledReason":"reload_workspace is not for you here.","permission":"reload_workspace","value":false},{"disabledReason":"brand_new is not for you here.","permission":"brand_new","value":false}]},{"name":"b","permissions":[{"disabledReason":"launchRun is not for you here.","permission":"launch_pipeline_execution","value":false},{"disabledReason":"reloadRepositoryLocation is not for you here.","permission":"reload_repository_location","value":false},{"disabledReason":"wipeAssets is not for you here.","permission":"wipe_assets","value":false},{"disabledReason":"reload_workspace is not for you here.","permission":"reload_workspace","value":false},{"disabledReason":"brand_new is not for you here.","permission":"brand_new","value":false}]}]},"permissions":[{"disabledReason":"launchRun is not for you here.","permission":"launch_pipeline_execution","value":false},{"disabledReason":"reloadRepositoryLocation is not for you here.","permission":"reload_repository_location","value":false},{"disabledReason":"wipeAssets is not for you here.","permission":"wipe_assets","value":false},{"disabledReason":"reload_workspace is not for you here.","permission":"reload_workspace","value":false},{"disabledReason":"brand_new is not for you here.","permission":"brand_new","value":false}]},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{workspaceOrError{...on Workspace{locationEntries{id p:permissions{n:permission v:value}}}}}"), @r#"{"data":{"workspaceOrError":{"locationEntries":[{"id":"a","p":[{"n":"launch_pipeline_execution","v":true},{"n":"reload_repository_location","v":true},{"n":"wipe_assets","v":true},{"n":"reload_workspace","v":false},{"n":"brand_new","v":false}]},{"id":"b","p":[{"n":"launch_pipeline_execution","v":false},{"n":"reload_repository_location","v":false},{"n":"wipe_assets","v":false},{"n":"reload_workspace","v":false},{"n":"brand_new","v":false}]}]}},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{workspaceOrError{...on Workspace{locationEntries{permissions{value disabledReason}}}}}"), @r#"{"data":{"workspaceOrError":{"locationEntries":[{"permissions":[{"disabledReason":"permission is not for you here.","value":false},{"disabledReason":"permission is not for you here.","value":false},{"disabledReason":"permission is not for you here.","value":false},{"disabledReason":"permission is not for you here.","value":false},{"disabledReason":"permission is not for you here.","value":false}]},{"permissions":[{"disabledReason":"permission is not for you here.","value":false},{"disabledReason":"permission is not for you here.","value":false},{"disabledReason":"permission is not for you here.","value":false},{"disabledReason":"permission is not for you here.","value":false},{"disabledReason":"permission is not for you here.","value":false}]}]}},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{canBulkTerminate}"), @r#"{"data":{"canBulkTerminate":false},"extensions":{"took":1}}"#);
}

#[test]
fn what_requests_do_not_tell_of_a_thing_does_not_count() {
    insta::assert_snapshot!(seen("{assetNodes{hasMaterializePermission hasWipePermission hasReportRunlessAssetEventPermission}}"), @r#"{"data":{"assetNodes":[{"hasMaterializePermission":true,"hasReportRunlessAssetEventPermission":true,"hasWipePermission":true},{"hasMaterializePermission":false,"hasReportRunlessAssetEventPermission":false,"hasWipePermission":false}]},"extensions":{"took":1}}"#);
}

#[test]
fn flags_are_known_by_their_fields_and_not_by_their_keys() {
    // What is no flag stays, under whatever key; what is one is lowered, under whatever key.
    insta::assert_snapshot!(seen("{assetNodes{hasMaterializePermission:isExecutable id:hasMaterializePermission hasWipePermission:hasMaterializePermission}}"), @r#"{"data":{"assetNodes":[{"hasMaterializePermission":true,"hasWipePermission":true,"id":true},{"hasMaterializePermission":true,"hasWipePermission":false,"id":false}]},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{runsFeedOrError(limit:2,view:RUNS){...on RunsFeedConnection{results{...on Run{hasCancelPermission:hasTerminatePermission} ...on PartitionBackfill{hasCancelPermission}}}}}"), @r#"{"data":{"runsFeedOrError":{"results":[{"hasCancelPermission":false},{"hasCancelPermission":true}]}},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{permissions:assetNodes{permission:hasMaterializePermission value:isExecutable} p:permissions{value:permission permission:value disabledReason}}"), @r#"{"data":{"p":[{"disabledReason":"launchRun is not for you here.","permission":false,"value":"launch_pipeline_execution"},{"disabledReason":"reloadRepositoryLocation is not for you here.","permission":false,"value":"reload_repository_location"},{"disabledReason":"wipeAssets is not for you here.","permission":false,"value":"wipe_assets"},{"disabledReason":"reload_workspace is not for you here.","permission":false,"value":"reload_workspace"},{"disabledReason":"brand_new is not for you here.","permission":false,"value":"brand_new"}],"permissions":[{"permission":true,"value":true},{"permission":false,"value":true}]},"extensions":{"took":1}}"#);
}

#[test]
fn fragments_and_fields_asked_twice_hide_nothing() {
    insta::assert_snapshot!(seen("{x:runsOrError{...R ...on Runs{y:results{id}}}} fragment R on Runs{y:results{...F}} fragment F on Run{t:hasTerminatePermission}"), @r#"{"data":{"x":{"y":[{"id":"run_a","t":true},{"id":"run_b","t":false},{"id":"run_astray","t":false}]}},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{doorward0_type:version runsOrError{...on Runs{results{doorward0_1:hasTerminatePermission}}}}"), @r#"{"data":{"doorward0_type":"1.13.27","runsOrError":{"results":[{"doorward0_1":true},{"doorward0_1":false},{"doorward0_1":false}]}},"extensions":{"took":1}}"#);
    insta::assert_snapshot!(seen("{runsOrError{...on Runs{results{...on PipelineRun{hasTerminatePermission} hasTerminatePermission id}}}}"), @r#"{"data":{"runsOrError":{"results":[{"hasTerminatePermission":true,"id":"run_a"},{"hasTerminatePermission":false,"id":"run_b"},{"hasTerminatePermission":false,"id":"run_astray"}]}},"extensions":{"took":1}}"#);
}

#[test]
fn where_nobody_knows_what_it_is_of_a_flag_is_lowered_to_the_least() {
    let (sent, flags) = flagged(&ask(
        "{somethingNew{hasTerminatePermission x:permissions{permission value disabledReason} runs{...F}} runsOrError{...on Runs{results{...F}}}} fragment F on Run{hasTerminatePermission executionPlan{artifactsPersisted}}",
    ));
    insta::assert_snapshot!(sent, @"{somethingNew{hasTerminatePermission x:permissions{permission value disabledReason} runs{...F}} runsOrError{...on Runs{results{...F doorward0_359_0:jobName doorward0_359_1:repositoryOrigin{repositoryLocationName repositoryName} doorward0_359_2:runId doorward0_359_3:assetSelection{path} doorward0_359_4:assetCheckSelection{assetKey{path}}}} doorward0_type:__typename}} fragment F on Run{hasTerminatePermission executionPlan{artifactsPersisted}}");
    let of_run = |place: &str| json!({"hasTerminatePermission": true, "doorward0_1": place});
    let answer = json!({"data": {"somethingNew": {
        "hasTerminatePermission": true,
        "x": [{"permission": "wipe_assets", "value": true, "disabledReason": null}],
        "runs": [of_run("a")],
    }}});
    insta::assert_snapshot!(judged(&flags, &answer.to_string()), @r#"{"data":{"somethingNew":{"hasTerminatePermission":false,"runs":[{"hasTerminatePermission":false}],"x":[{"disabledReason":"Needs the role manager everywhere.","permission":"wipe_assets","value":false}]}}}"#);
}

#[test]
fn a_thing_that_does_not_say_which_it_is_is_any() {
    let (_, flags) = flagged(&ask(
        "{assetNodes{hasMaterializePermission} runOrError(runId:\"1\"){...on Run{hasTerminatePermission}}}",
    ));
    insta::assert_snapshot!(judged(&flags, r#"{"data":{"assetNodes":[{"hasMaterializePermission":true}],"runOrError":{"hasTerminatePermission":true}}}"#), @r#"{"data":{"assetNodes":[{"hasMaterializePermission":false}],"runOrError":{"hasTerminatePermission":false}}}"#);
}

#[test]
fn nothing_is_raised_and_nothing_else_changes() {
    let (_, flags) = flagged(&ask(
        "{permissions{permission value disabledReason} runOrError(runId:\"1\"){...on Run{hasTerminatePermission runConfig}}}",
    ));
    for answer in [
        r#"{"data": {"permissions" : [ {"permission":"reload_workspace","value":false,"disabledReason":"Disabled by your administrator"} ], "runOrError":{"hasTerminatePermission":false,"runConfig":{"hasTerminatePermission":true,"doorward0_x":1}}},"errors":[{"hasTerminatePermission":true}]}"#,
        r#"{"data":null}"#,
        r#"{"errors":[{"message":"no"}]}"#,
        r#"{"data":{"runOrError":[1,"x",null]}}"#,
        "<html>no</html>",
        "",
    ] {
        assert_eq!(judged(&flags, answer), answer);
    }
}

#[test]
fn an_answer_that_cannot_be_held_is_lowered_to_the_least_as_it_streams_by() {
    let (document, flags) =
        flagged(&ask("{assetNodes{hasMaterializePermission id} permissions{permission value disabledReason}}"));
    let answer = answer(&document).to_string();
    let mut stream = flags.streaming(HolderOfA.least(), |role| HolderOfA.needs(role));
    let mut streamed: Vec<u8> = answer.as_bytes().chunks(7).flat_map(|bytes| stream.push(bytes)).collect();
    streamed.append(&mut stream.end());
    let streamed = String::from_utf8(streamed).unwrap();
    insta::assert_snapshot!(streamed, @r#"{"data":{"assetNodes":[{"hasMaterializePermission":false,"id":"node_a"},{"hasMaterializePermission":false,"id":"node_b"}],"permissions":[{"disabledReason":"Needs the role operator everywhere.","permission":"launch_pipeline_execution","value":false},{"disabledReason":"Needs the role developer everywhere.","permission":"reload_repository_location","value":false},{"disabledReason":"Needs the role manager everywhere.","permission":"wipe_assets","value":false},{"disabledReason":"Needs the role developer everywhere.","permission":"reload_workspace","value":false},{"disabledReason":"Needs the role admin everywhere.","permission":"brand_new","value":false}]},"extensions":{"took":1}}"#);
    // What cannot be read as it must be is treated so too.
    let twice = answer.replacen("\"extensions\":", "\"data\":null,\"extensions\":", 1);
    assert!(!judged(&flags, &twice).contains("\"hasMaterializePermission\":true"));
}

#[test]
fn the_tool_is_asked_for_names_where_flags_are_and_nowhere_else() {
    let sent = |document: &str| flagged(&ask(document)).0;
    insta::assert_snapshot!(sent("{canBulkTerminate assetNodes{id}}"), @"{canBulkTerminate assetNodes{id}}");
    insta::assert_snapshot!(sent("{runsOrError{...on Runs{results{hasTerminatePermission tags{key}}}} assetNodes{id}}"), @"{runsOrError{...on Runs{results{hasTerminatePermission tags{key} doorward0_359_0:jobName doorward0_359_1:repositoryOrigin{repositoryLocationName repositoryName} doorward0_359_2:runId doorward0_359_3:assetSelection{path} doorward0_359_4:assetCheckSelection{assetKey{path}}}} doorward0_type:__typename} assetNodes{id}}");
    insta::assert_snapshot!(sent("mutation{startSchedule(scheduleSelector:{scheduleName:\"s\",repositoryName:\"r\",repositoryLocationName:\"a\"}){...on ScheduleStateResult{scheduleState{hasStopPermission}}}}"), @r#"mutation{startSchedule(scheduleSelector:{scheduleName:"s",repositoryName:"r",repositoryLocationName:"a"}){...on ScheduleStateResult{scheduleState{hasStopPermission doorward1_192_0:name doorward1_192_1:repositoryLocationName doorward1_192_2:repositoryName doorward1_192_3:instigationType}} doorward0_0:__typename doorward1_type:__typename}}"#);
    assert!(ask("{runsOrError{...on Runs{results{tags{key}}}}}").understood().flagged().is_none());
    assert!(ask_with("{version}", &json!({})).understood().flagged().is_none());
}

#[test]
fn every_operation_of_the_ui_that_shows_flags_is_asked_for_the_things_that_show_them() {
    let mut count = 0;
    for (name, sent, _) in operations() {
        let Some((asked, _)) = sent.understood().flagged() else {
            assert!(sent.understood().answer_rewriter().is_none(), "{name}");
            continue;
        };
        count += 1;
        assert_eq!(asked.intent(), sent.understood().intent(), "{name}");
    }
    assert!(count > 10, "{count}");
}

#[test]
fn each_permission_stands_for_an_operation_that_needs_what_the_permission_does() {
    let rules = super::DAGSTER.graphql().unwrap().rules();
    for (permission, standings) in &rules.permissions.stands_for {
        for standing in standings {
            assert_eq!(rules.permissions.actions[permission], rules.mutations[&standing.does].action, "{permission}");
        }
    }
    let whole: Vec<_> =
        rules.permissions.actions.keys().filter(|name| !rules.permissions.stands_for.contains_key(*name)).collect();
    assert_eq!(whole, ["edit_concurrency_limit", "reload_workspace", "toggle_auto_materialize"]);
}

#[test]
fn where_answers_are_filtered_flags_are_the_same() {
    for document in [
        "{assetNodes{id hasMaterializePermission x:hasWipePermission hasWipePermission:isExecutable}}",
        "{runsFeedOrError(limit:2,view:RUNS){...on RunsFeedConnection{results{id ...on Run{hasReExecutePermission}}}}}",
        "{permissions{permission value disabledReason} canBulkTerminate}",
        "{locationStatusesOrError{...on WorkspaceLocationStatusEntries{entries{name p:permissions{value:permission permission:value w:disabledReason}}}}}",
        "{workspaceOrError{...on Workspace{locationEntries{permissions{value disabledReason} name}}}}",
        "{repositoriesOrError{...on RepositoryConnection{nodes{pipelines{name hasLaunchExecutionPermission}}}}}",
    ] {
        let (asked, filter) = ask(document).understood().filtered().unwrap().unwrap();
        let body: Value = serde_json::from_slice(&asked.envelope(None).unwrap().body).unwrap();
        let whole = answer(body["query"].as_str().unwrap()).to_string();
        let filtered: Value = serde_json::from_slice(&filter.filter(whole.into_bytes(), &HolderOfA)).unwrap();
        let flagged: Value = serde_json::from_str(&seen(document)).unwrap();
        assert!(flagged.to_string().contains("false"), "{flagged}");
        assert_eq!(filtered["data"], flagged["data"], "{document}");
    }
}

#[test]
fn of_a_short_document_that_means_a_great_deal_flags_are_lowered_to_the_least() {
    let of = |ids: usize| {
        let feed = "runsFeedOrError(limit:2,view:RUNS){...on RunsFeedConnection{results{...F}}}";
        let fragment =
            format!("fragment F on RunsFeedEntry{{{}...on Run{{may:hasTerminatePermission}}}}", "id ".repeat(ids));
        let (_, flags) = flagged(&ask(&format!("{{a:{feed} b:{feed}}}{fragment}")));
        let origin = json!({"repositoryLocationName": "a", "repositoryName": "main"});
        let run = json!({"may": true, "doorward0_type": "Run", "doorward0_359_0": "job_a", "doorward0_359_1": origin, "doorward0_359_2": "1"});
        let results = json!([run, {"doorward0_type": "PartitionBackfill"}]);
        let page = json!({"doorward0_type": "RunsFeedConnection", "results": results});
        judged(&flags, &json!({"data": {"a": page, "b": page}}).to_string())
    };
    assert_eq!(of(10), r#"{"data":{"a":{"results":[{"may":true},{}]},"b":{"results":[{"may":true},{}]}}}"#);
    assert_eq!(of(15_000), r#"{"data":{"a":{"results":[{"may":false},{}]},"b":{"results":[{"may":false},{}]}}}"#);
}
