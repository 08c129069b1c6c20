//! What a real Dagster's answers tell people they may do is what they may do: each of its permission flags, on each thing of two locations,
//! beside what becomes of the request that the flag stands for.

use serde_json::{Value, json};

use super::told::{Key, Two};

/// Everything that shows a flag.
const FLAGS: &str = "{
    permissions{...P} canBulkTerminate
    workspaceOrError{...on Workspace{locationEntries{name permissions{...P} locationOrLoadError{...on RepositoryLocation{repositories{
        pipelines{name hasLaunchExecutionPermission hasLaunchReexecutionPermission}
        schedules{name scheduleState{id ...I}}
        sensors{name hasCursorUpdatePermissions sensorState{id ...I}}
        partitionSets{name hasLaunchBackfillPermission hasCancelBackfillPermission}
        assetNodes{assetKey{path} isAutoCreatedStub hasMaterializePermission hasWipePermission hasReportRunlessAssetEventPermission}
    }}}}}}
    runsOrError{...on Runs{results{runId hasTerminatePermission hasReExecutePermission hasDeletePermission}}}
    partitionBackfillsOrError{...on PartitionBackfills{results{id hasCancelPermission hasResumePermission}}}
}
fragment P on Permission{permission value disabledReason}
fragment I on InstigationState{hasStartPermission hasStopPermission}";

/// A flag in what following a run gives.
const FOLLOW: &str = "subscription($r:ID!){pipelineRunLogs(runId:$r){...on PipelineRunLogsSubscriptionSuccess{run{may:hasTerminatePermission}}}}";

/// A flag, and the request that it stands for: it is skipped, which is judged alike and does nothing.
struct Flag {
    name: String,
    says: bool,
    request: String,
}

impl Flag {
    fn new(thing: &Value, flag: &str, of: &str, request: &str) -> Self {
        let says = thing[flag].as_bool().unwrap_or_else(|| panic!("no {flag} in {thing}"));
        Self { name: format!("{flag} of {of}"), says, request: skipped(request) }
    }
}

fn skipped(request: &str) -> String {
    format!("mutation{{{request}@skip(if:true){{__typename}}}}")
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}")).iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn permission(list: &Value, name: &str) -> bool {
    items(list).find(|entry| entry["permission"] == name).unwrap()["value"].as_bool().unwrap()
}

/// Of what is in a location.
fn in_location(entry: &Value, flags: &mut Vec<Flag>) {
    let at = text(&entry["name"]);
    let place = format!("repositoryLocationName:\"{at}\",repositoryName:\"__repository__\"");
    flags.push(Flag {
        name: format!("reload_repository_location of {at}"),
        says: permission(&entry["permissions"], "reload_repository_location"),
        request: skipped(&format!("reloadRepositoryLocation(repositoryLocationName:\"{at}\")")),
    });
    let repository = items(&entry["locationOrLoadError"]["repositories"]).next().unwrap();
    for job in items(&repository["pipelines"]) {
        let name = text(&job["name"]);
        let launch = format!("launchRun(executionParams:{{selector:{{{place},jobName:\"{name}\"}}}})");
        flags.push(Flag::new(job, "hasLaunchExecutionPermission", name, &launch));
    }
    for schedule in items(&repository["schedules"]) {
        let (name, state) = (text(&schedule["name"]), &schedule["scheduleState"]);
        let start = format!("startSchedule(scheduleSelector:{{{place},scheduleName:\"{name}\"}})");
        flags.push(Flag::new(state, "hasStartPermission", name, &start));
        let stop = format!("stopRunningSchedule(id:{})", state["id"]);
        flags.push(Flag::new(state, "hasStopPermission", name, &stop));
    }
    for sensor in items(&repository["sensors"]) {
        let (name, state) = (text(&sensor["name"]), &sensor["sensorState"]);
        let selector = format!("sensorSelector:{{{place},sensorName:\"{name}\"}}");
        flags.push(Flag::new(
            sensor,
            "hasCursorUpdatePermissions",
            name,
            &format!("setSensorCursor({selector},cursor:\"1\")"),
        ));
        flags.push(Flag::new(state, "hasStartPermission", name, &format!("startSensor({selector})")));
        flags.push(Flag::new(state, "hasStopPermission", name, &format!("stopSensor(id:{})", state["id"])));
    }
    for set in items(&repository["partitionSets"]) {
        let name = text(&set["name"]);
        let launch = format!(
            "launchPartitionBackfill(backfillParams:{{selector:{{repositorySelector:{{{place}}},partitionSetName:\"{name}\"}},partitionNames:[\"x\"]}})"
        );
        flags.push(Flag::new(set, "hasLaunchBackfillPermission", name, &launch));
    }
    // What is defined elsewhere is another thing where others depend on it.
    for asset in items(&repository["assetNodes"]).filter(|asset| asset["isAutoCreatedStub"] == false) {
        let path = &asset["assetKey"]["path"];
        let name = text(&path[0]);
        let launch = format!(
            "launchRun(executionParams:{{selector:{{{place},jobName:\"__ASSET_JOB\",assetSelection:[{{path:{path}}}]}}}})"
        );
        flags.push(Flag::new(asset, "hasMaterializePermission", name, &launch));
        flags.push(Flag::new(
            asset,
            "hasWipePermission",
            name,
            &format!("wipeAssets(assetPartitionRanges:[{{assetKey:{{path:{path}}}}}])"),
        ));
        let report = format!(
            "reportRunlessAssetEvents(eventParams:{{eventType:ASSET_MATERIALIZATION,assetKey:{{path:{path}}}}})"
        );
        flags.push(Flag::new(asset, "hasReportRunlessAssetEventPermission", name, &report));
    }
}

/// Everything that somebody is told they may do, or may not.
fn flags(answer: &Value) -> Vec<Flag> {
    let data = &answer["data"];
    let mut flags = vec![Flag {
        name: "reload_workspace".to_owned(),
        says: permission(&data["permissions"], "reload_workspace"),
        request: skipped("reloadWorkspace"),
    }];
    for entry in items(&data["workspaceOrError"]["locationEntries"]) {
        in_location(entry, &mut flags);
    }
    for run in items(&data["runsOrError"]["results"]) {
        let id = text(&run["runId"]);
        flags.push(Flag::new(run, "hasTerminatePermission", id, &format!("terminateRuns(runIds:[\"{id}\"])")));
        flags.push(Flag::new(run, "hasDeletePermission", id, &format!("deleteRun(runId:\"{id}\")")));
        let again = format!("launchRunReexecution(reexecutionParams:{{parentRunId:\"{id}\",strategy:ALL_STEPS}})");
        flags.push(Flag::new(run, "hasReExecutePermission", id, &again));
    }
    for backfill in items(&data["partitionBackfillsOrError"]["results"]) {
        let id = text(&backfill["id"]);
        flags.push(Flag::new(
            backfill,
            "hasCancelPermission",
            id,
            &format!("cancelPartitionBackfill(backfillId:\"{id}\")"),
        ));
        flags.push(Flag::new(
            backfill,
            "hasResumePermission",
            id,
            &format!("resumePartitionBackfill(backfillId:\"{id}\")"),
        ));
    }
    flags
}

/// Holds what somebody is told against what they may do; returns on how many things they may, and may not.
async fn agrees(key: &Key, who: &str) -> (usize, usize) {
    let answer = key.asks(FLAGS, json!({})).await;
    assert!(!answer.to_string().contains("doorward"), "{answer}");
    let all = flags(&answer);
    for flag in &all {
        let (said, is_denied) = key.does(&flag.request, json!({})).await;
        // Of what filtering cannot be done nobody gets anything for whom it is.
        let is_refused = is_denied || said.contains("cannot_be_filtered");
        assert_eq!(flag.says, !is_refused, "{} for {who}: {said}", flag.name);
    }
    let yes = all.iter().filter(|flag| flag.says).count();
    (yes, all.len() - yes)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_are_told_they_may_do_to_each_thing_is_what_they_may() {
    let two = Two::start().await;
    let runs = [two.run("a").await, two.run("b").await];
    for location in ["a", "b"] {
        two.backfill(location).await;
    }
    let grant = |key: &str, more: &[&str]| {
        two.door.cli(&[&["grant", "add", "--key", key, "--app", "dagster"], more].concat()).done();
    };
    let everything = two.key("everything", "manager", &[]);
    let (yes, no) = agrees(&everything, "a manager").await;
    assert!(yes > 30 && no == 0, "{yes} {no}");
    let holder = two.key("holder", "viewer", &[]);
    grant("holder", &["--role", "developer", "--resource", "location:b"]);
    let (yes, no) = agrees(&holder, "a holder of b").await;
    assert!(yes > 10 && no > 15, "{yes} {no}");
    let denied = two.key("denied", "manager", &[]);
    grant("denied", &["--deny", "--resource", "job:job_a"]);
    let (yes, no) = agrees(&denied, "one denied a job").await;
    assert!(yes > 15 && no > 5, "{yes} {no}");
    let owner = two.key("owner", "viewer", &[]);
    grant("owner", &["--role", "manager", "--resource", "asset:asset_b"]);
    grant("owner", &["--role", "operator", "--resource", "job:job_b"]);
    let (yes, no) = agrees(&owner, "an owner of an asset and a job").await;
    assert!(yes > 3 && no > 20, "{yes} {no}");

    for (run, may) in runs.iter().zip([false, true]) {
        let message = holder.followed(&two.door, FOLLOW, run).await;
        assert_eq!(message["payload"]["data"]["pipelineRunLogs"]["run"], json!({ "may": may }), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_it_is_where_answers_are_filtered() {
    let two = Two::with("apps: {dagster: {filter_answers: true}}").await;
    two.run("b").await;
    two.run("a").await;
    let holder = two.key("holder", "developer", &["--resource", "location:b"]);
    let (yes, no) = agrees(&holder, "a holder of b").await;
    assert!(yes > 10 && no > 2, "{yes} {no}");
}
