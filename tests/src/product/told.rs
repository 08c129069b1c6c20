//! What requests do not tell a real Dagster does: whoever holds one of two locations reaches its runs, backfills and schedules by their
//! ids, and none of the other's.

use reqwest::Method;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;
use tempfile::TempDir;

use crate::harness::dagster::LAUNCH;
use crate::harness::person::text;
use crate::harness::socket::{Came, Socket};
use crate::harness::{DagsterHome, Door, Person};

/// A location's definitions: a job that ends at once, one with partitions, a schedule, a sensor, assets, one of which depends on the other
/// location's.
const DEFINITIONS: &str = r#"
import dagster as dg

@dg.op
def say(context): context.log.info("said in HERE")

@dg.job
def job_HERE(): say()

@dg.job(partitions_def=dg.StaticPartitionsDefinition(["x", "y"]))
def parts_HERE(): say()

@dg.schedule(job=job_HERE, cron_schedule="0 0 1 1 *")
def schedule_HERE(): return {}

@dg.sensor(job=job_HERE)
def sensor_HERE(): return dg.SkipReason("none")

@dg.asset
def asset_HERE(): pass

@dg.asset(deps=["asset_OTHER"], partitions_def=dg.StaticPartitionsDefinition(["x", "y"]))
def split_HERE(): pass

defs = dg.Definitions(assets=[asset_HERE, split_HERE], jobs=[job_HERE, parts_HERE], schedules=[schedule_HERE], sensors=[sensor_HERE])
"#;

const STATUS: &str = "query($r:ID!){runOrError(runId:$r){__typename ...on Run{status} ...on PythonError{message}}}";

/// A Dagster with the locations `a` and `b`, behind a door.
pub(super) struct Two {
    pub(super) door: Door,
    pub(super) root: Person,
    _home: DagsterHome,
    folder: TempDir,
}

impl Two {
    pub(super) async fn start() -> Self {
        Self::with("").await
    }

    /// With more of a configuration.
    pub(super) async fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut workspace = "load_from:\n".to_owned();
        for (here, other) in [("a", "b"), ("b", "a")] {
            let definitions = DEFINITIONS.replace("HERE", here).replace("OTHER", other);
            std::fs::write(folder.path().join(format!("{here}.py")), definitions).unwrap();
            let _ = writeln!(workspace, "  - python_file: {{relative_path: {here}.py, location_name: {here}}}");
        }
        let file = folder.path().join("workspace.yaml");
        std::fs::write(&file, workspace).unwrap();
        let home = DagsterHome::new();
        let file = file.display().to_string();
        let plan = Door::command(&["dagster", "-w", &file, "-h", "127.0.0.1", "-p", "{port}"]).config(config);
        let door = home.on(plan).start().await.ready().await;
        let root = door.admin().await;
        Self { door, root, _home: home, folder }
    }

    pub(super) fn key(&self, name: &str, role: &str, resource: &[&str]) -> Key {
        Key { key: self.new_key(name, role, resource), nobody: self.door.stranger() }
    }

    /// The text of a key on Dagster, made with these arguments as well.
    pub(super) fn new_key(&self, name: &str, role: &str, more: &[&str]) -> String {
        let arguments = [&["key", "create", name, "--role", role, "--app", "dagster"], more].concat();
        self.door.cli(&arguments).done().trim().to_owned()
    }

    /// A run of a location that has ended.
    pub(super) async fn run(&self, location: &str) -> String {
        let selector = selector(location, &format!("job_{location}"));
        let answer = self.root.graphql_json(LAUNCH, json!({"params": {"selector": selector}})).await;
        let run = answer.pointer("/data/launchRun/run/runId").and_then(Value::as_str);
        let run = run.unwrap_or_else(|| panic!("no run in {answer}")).to_owned();
        for _ in 0..600 {
            if self.status(&run).await == "SUCCESS" {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the run does not end");
    }

    async fn status(&self, run: &str) -> String {
        let answer = self.root.graphql_json(STATUS, json!({"r": run})).await;
        let run = &answer["data"]["runOrError"];
        run["status"].as_str().or(run["__typename"].as_str()).unwrap().to_owned()
    }

    /// The id of a schedule that was started.
    async fn schedule(&self, location: &str) -> String {
        let selector = json!({"repositoryLocationName": location, "repositoryName": "__repository__", "scheduleName": format!("schedule_{location}")});
        let start = "mutation($s:ScheduleSelector!){startSchedule(scheduleSelector:$s){...on ScheduleStateResult{scheduleState{id status}}}}";
        let answer = self.root.graphql_json(start, json!({"s": selector})).await;
        answer["data"]["startSchedule"]["scheduleState"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// A backfill that nothing runs: there is no daemon.
    pub(super) async fn backfill(&self, location: &str) -> String {
        let launch = "mutation($p:LaunchBackfillParams!){launchPartitionBackfill(backfillParams:$p){__typename ...on LaunchBackfillSuccess{backfillId} ...on PythonError{message}}}";
        let selector = json!({
            "repositorySelector": {"repositoryLocationName": location, "repositoryName": "__repository__"},
            "partitionSetName": format!("parts_{location}_partition_set"),
        });
        let params = json!({"selector": selector, "partitionNames": ["x"]});
        let answer = self.root.graphql_json(launch, json!({"p": params})).await;
        let id = answer["data"]["launchPartitionBackfill"]["backfillId"].as_str();
        id.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

fn selector(location: &str, job: &str) -> Value {
    json!({"repositoryLocationName": location, "repositoryName": "__repository__", "jobName": job})
}

/// Somebody with a key.
pub(super) struct Key {
    key: String,
    nobody: Person,
}

impl Key {
    /// What became of a GraphQL operation: the type of its only result, and whether the door refused it.
    pub(super) async fn does(&self, document: &str, variables: Value) -> (String, bool) {
        let body = json!({"query": document, "variables": variables});
        let request = self.nobody.ask(Method::POST, "/graphql").header("Doorward-Key", &self.key).json(&body);
        let answer = request.send().await.unwrap();
        let decision = answer.headers().get("doorward-decision").map(|value| value.to_str().unwrap().to_owned());
        let said = text(answer).await;
        let json: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        let result = json["data"].as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
        let name = result["__typename"].as_str().map_or(said, str::to_owned);
        (name, decision.is_some_and(|decision| decision.starts_with("deny")))
    }

    /// What a GraphQL operation gives.
    pub(super) async fn asks(&self, document: &str, variables: Value) -> Value {
        let body = json!({"query": document, "variables": variables});
        let request = self.nobody.ask(Method::POST, "/graphql").header("Doorward-Key", &self.key).json(&body);
        serde_json::from_str(&text(request.send().await.unwrap()).await).unwrap()
    }

    async fn may(&self, document: &str, variables: Value) -> String {
        let (name, is_denied) = self.does(document, variables).await;
        assert!(!is_denied, "{document}: {name}");
        name
    }

    async fn may_not(&self, document: &str, variables: Value) {
        let (name, is_denied) = self.does(document, variables).await;
        assert!(is_denied, "{document}: {name}");
    }

    async fn get(&self, path: &str) -> u16 {
        let request = self.nobody.ask(Method::GET, path).header("Doorward-Key", &self.key);
        request.send().await.unwrap().status().as_u16()
    }

    /// The first answer to following a run's log.
    async fn follows(&self, door: &Door, run: &str) -> Value {
        self.followed(door, "subscription($r:ID!){pipelineRunLogs(runId:$r){__typename}}", run).await
    }

    /// The first answer to a subscription to something of a run.
    pub(super) async fn followed(&self, door: &Door, query: &str, run: &str) -> Value {
        let mut socket =
            Socket::open(door.port, &self.nobody, "graphql-ws", &format!("Doorward-Key: {}\r\n", self.key)).await;
        assert_eq!(socket.status(), 101);
        socket.send(&json!({"type": "connection_init", "payload": {}})).await;
        socket.send(&json!({"type": "start", "id": "1", "payload": {"query": query, "variables": {"r": run}}})).await;
        loop {
            match socket.next(Duration::from_secs(20)).await {
                Came::Text(message) if message["type"] == "data" || message["type"] == "error" => return message,
                Came::Text(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

const TERMINATE: &str = "mutation($r:[String!]!){terminateRuns(runIds:$r){__typename}}";
const REEXECUTE: &str = "mutation($r:String!){launchRunReexecution(reexecutionParams:{parentRunId:$r,strategy:ALL_STEPS}){__typename ...on PythonError{message}}}";
const LOGS: &str = "query($r:ID!){logsForRun(runId:$r){__typename}}";
const DELETE: &str = "mutation($r:String!){deleteRun(runId:$r){__typename}}";
const CANCEL: &str =
    "mutation($b:String!){cancelPartitionBackfill(backfillId:$b){__typename ...on PythonError{message}}}";
const STOP: &str = "mutation($s:String!){stopRunningSchedule(id:$s){__typename ...on PythonError{message}}}";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_one_of_two_locations_reaches_what_is_in_it_by_its_ids() {
    let two = Two::start().await;
    let (a, b) = (two.run("a").await, two.run("b").await);
    let holder = two.key("holder", "developer", &["--resource", "location:a"]);
    let denied = two.key("denied", "developer", &[]);
    two.door.cli(&["grant", "add", "--key", "denied", "--deny", "--app", "dagster", "--resource", "location:b"]).done();
    for key in [&holder, &denied] {
        assert_eq!(key.may(STATUS, json!({"r": a})).await, "Run");
        assert_eq!(key.may(LOGS, json!({"r": a})).await, "EventConnection");
        assert_eq!(key.may(TERMINATE, json!({"r": [a]})).await, "TerminateRunsResult");
        assert_eq!(key.may(REEXECUTE, json!({"r": a})).await, "LaunchRunSuccess");
        assert_eq!(key.follows(&two.door, &a).await["type"], "data");
        assert_eq!(key.get(&format!("/download_debug/{a}")).await, 200);
        assert_ne!(key.get(&format!("/logs/{a}/compute_logs/x/out")).await, 403);
        for document in [STATUS, LOGS, REEXECUTE, DELETE] {
            key.may_not(document, json!({"r": b})).await;
            key.may_not(document, json!({"r": "7f1d9b9c-0000-4000-8000-000000000000"})).await;
            key.may_not(document, json!({"r": a.to_uppercase()})).await;
        }
        key.may_not(TERMINATE, json!({"r": [a, b]})).await;
        assert_eq!(key.follows(&two.door, &b).await["type"], "error");
        for path in [format!("/download_debug/{b}"), format!("/logs/{b}/compute_logs/x/out")] {
            assert_eq!(key.get(&path).await, 403, "{path}");
        }
    }
    assert_eq!(holder.may(DELETE, json!({"r": a})).await, "DeletePipelineRunSuccess");
    assert_eq!(two.status(&a).await, "RunNotFoundError");
    assert_eq!(two.status(&b).await, "SUCCESS");

    let (own, others) = (two.backfill("a").await, two.backfill("b").await);
    holder.may_not(CANCEL, json!({"b": others})).await;
    assert_eq!(holder.may(CANCEL, json!({"b": own})).await, "CancelBackfillSuccess");
    let (own, others) = (two.schedule("a").await, two.schedule("b").await);
    holder.may_not(STOP, json!({"s": others})).await;
    assert_eq!(holder.may(STOP, json!({"s": own})).await, "ScheduleStateResult");
    let halves = |id: &str| id.split_once(':').map(|(first, last)| (first.to_owned(), last.to_owned()));
    if let (Some((origin, _)), Some((_, selector))) = (halves(&others), halves(&own)) {
        holder.may_not(STOP, json!({"s": format!("{origin}:{selector}")})).await;
    }
}

const BACKFILL: &str = "mutation($k:[AssetKeyInput!]!){launchPartitionBackfill(backfillParams:{assetSelection:$k,allPartitions:true}){__typename ...on PythonError{message}}}";
const REPORT: &str = "mutation($k:AssetKeyInput!){reportRunlessAssetEvents(eventParams:{eventType:ASSET_MATERIALIZATION,assetKey:$k}){__typename}}";
const WIPE: &str = "mutation($k:AssetKeyInput!){wipeAssets(assetPartitionRanges:[{assetKey:$k}]){__typename}}";

/// Which asset is where is asked of Dagster: neither that one depends on it, nor a key that looks alike, makes it another location's.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_one_of_two_locations_acts_on_its_assets_by_their_keys() {
    let two = Two::start().await;
    let holder = two.key("holder", "manager", &["--resource", "location:a"]);
    let denied = two.key("denied", "manager", &[]);
    two.door.cli(&["grant", "add", "--key", "denied", "--deny", "--app", "dagster", "--resource", "location:b"]).done();
    let key = |name: &str| json!({"path": [name]});
    for who in [&holder, &denied] {
        assert_eq!(who.may(BACKFILL, json!({"k": [key("split_a")]})).await, "LaunchBackfillSuccess");
        assert_eq!(who.may(REPORT, json!({"k": key("asset_a")})).await, "ReportRunlessAssetEventsSuccess");
        assert_eq!(who.may(WIPE, json!({"k": key("asset_a")})).await, "AssetWipeSuccess");
        for other in [key("split_b"), key("asset_b"), key("nowhere"), json!({"path": ["split_a", "x"]})] {
            who.may_not(BACKFILL, json!({"k": [other]})).await;
            who.may_not(BACKFILL, json!({"k": [key("split_a"), other]})).await;
            who.may_not(REPORT, json!({"k": other})).await;
            who.may_not(WIPE, json!({"k": other})).await;
        }
        let by_partitions = "mutation($k:AssetKeyInput!){launchPartitionBackfill(backfillParams:{partitionsByAssets:[{assetKey:$k}]}){__typename}}";
        who.may_not(by_partitions, json!({"k": key("split_b")})).await;
    }
    let weak = two.key("weak", "viewer", &["--resource", "location:a"]);
    weak.may_not(BACKFILL, json!({"k": [key("split_a")]})).await;
}

/// While the location that defines an asset is gone, it is not that of whoever depends on it.
#[tokio::test(flavor = "multi_thread")]
async fn an_asset_whose_location_is_broken_is_nobody_elses() {
    let two = Two::start().await;
    let holder = two.key("holder", "manager", &["--resource", "location:a"]);
    std::fs::write(two.folder.path().join("b.py"), "raise Exception('broken')").unwrap();
    let reload = "mutation{reloadRepositoryLocation(repositoryLocationName:\"b\"){__typename ...on WorkspaceLocationEntry{locationOrLoadError{__typename}}}}";
    let answer = two.root.graphql_json(reload, json!({})).await;
    assert_eq!(
        answer["data"]["reloadRepositoryLocation"]["locationOrLoadError"]["__typename"], "PythonError",
        "{answer}"
    );
    let is_stub = "{assetNodeOrError(assetKey:{path:[\"asset_b\"]}){...on AssetNode{isAutoCreatedStub repository{location{name}}}}}";
    let answer = two.root.graphql_json(is_stub, json!({})).await;
    assert_eq!(answer["data"]["assetNodeOrError"]["repository"]["location"]["name"], "a", "{answer}");
    assert_eq!(answer["data"]["assetNodeOrError"]["isAutoCreatedStub"], true, "{answer}");
    holder.may_not(REPORT, json!({"k": {"path": ["asset_b"]}})).await;
    holder.may_not(WIPE, json!({"k": {"path": ["asset_b"]}})).await;
}
