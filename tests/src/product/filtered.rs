//! What somebody may not view is not in the answers of a real Dagster with two locations, to whatever its own pages ask: for whoever holds
//! one of them, and for whoever is denied the other.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

use crate::harness::dagster::LAUNCH;
use crate::harness::person::text;
use crate::harness::socket::{Came, Socket};
use crate::harness::{DagsterHome, Door, Person};

/// Everything in a location says where it is; it depends on an asset of the other.
const DEFINITIONS: &str = include_str!("filtered.py");

/// What Dagster's pages ask, as they were recorded with another project.
const RECORDED: &str = include_str!("../../data/dagster_ui_operations.json");

pub(super) struct Two {
    pub(super) door: Door,
    pub(super) root: Person,
    _home: DagsterHome,
    _folder: TempDir,
}

/// A location's things that only Dagster could name.
struct Made {
    run: String,
    ids: Vec<String>,
}

impl Two {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut workspace = "load_from:\n".to_owned();
        for (here, other) in [("alpha", "bravo"), ("bravo", "alpha")] {
            let definitions = DEFINITIONS.replace("HERE", here).replace("OTHER", other);
            std::fs::write(folder.path().join(format!("{here}.py")), definitions).unwrap();
            let _ = writeln!(workspace, "  - python_file: {{relative_path: {here}.py, location_name: {here}}}");
        }
        let file = folder.path().join("workspace.yaml");
        std::fs::write(&file, workspace).unwrap();
        let home = DagsterHome::new();
        let file = file.display().to_string();
        let plan = Door::command(&["dagster", "-w", &file, "-h", "127.0.0.1", "-p", "{port}"])
            .config("apps: {dagster: {filter_answers: true}}");
        let door = home.on(plan).start().await.ready().await;
        let root = door.admin().await;
        Self { door, root, _home: home, _folder: folder }
    }

    fn key(&self, name: &str, more: &[&str]) -> Key {
        self.key_as(name, "developer", more)
    }

    pub(super) fn key_as(&self, name: &str, role: &str, more: &[&str]) -> Key {
        let arguments = [&["key", "create", name, "--role", role, "--app", "dagster"], more].concat();
        Key { key: self.door.cli(&arguments).done().trim().to_owned(), nobody: self.door.stranger() }
    }

    /// Has every kind of thing that only Dagster can name.
    async fn make(&self, location: &str) -> Made {
        let (run, made) = (self.run(location, "job").await, self.run(location, "made").await);
        let launch = "mutation($p:LaunchBackfillParams!){launchPartitionBackfill(backfillParams:$p){...on LaunchBackfillSuccess{backfillId}}}";
        let selector = json!({
            "repositorySelector": {"repositoryLocationName": location, "repositoryName": "__repository__"},
            "partitionSetName": format!("parts_{location}_partition_set"),
        });
        let params = json!({"selector": selector, "partitionNames": [format!("{location}_x")]});
        let answer = self.root.graphql_json(launch, json!({"p": params})).await;
        let backfill = answer["data"]["launchPartitionBackfill"]["backfillId"].as_str().unwrap().to_owned();
        Made { ids: vec![run.clone(), made, backfill], run }
    }

    /// A run that has ended.
    pub(super) async fn run(&self, location: &str, job: &str) -> String {
        let selector = json!({"repositoryLocationName": location, "repositoryName": "__repository__", "jobName": format!("{job}_{location}")});
        let answer = self.root.graphql_json(LAUNCH, json!({"params": {"selector": selector}})).await;
        let run = answer.pointer("/data/launchRun/run/runId").and_then(Value::as_str);
        let run = run.unwrap_or_else(|| panic!("no run in {answer}")).to_owned();
        for _ in 0..600 {
            let status = "query($r:ID!){runOrError(runId:$r){...on Run{status}}}";
            let answer = self.root.graphql_json(status, json!({"r": run})).await;
            if answer["data"]["runOrError"]["status"] == "SUCCESS" {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the run does not end");
    }
}

/// Somebody with a key.
pub(super) struct Key {
    key: String,
    nobody: Person,
}

impl Key {
    pub(super) async fn asks(&self, path: &str, body: String) -> String {
        let request = self.nobody.ask(Method::POST, path).header("Doorward-Key", &self.key);
        let answer = request.header(header::CONTENT_TYPE, "application/json").body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        text(answer).await
    }

    pub(super) async fn graphql(&self, document: &str, variables: Value) -> Value {
        let answer = self.asks("/graphql", json!({"query": document, "variables": variables}).to_string()).await;
        serde_json::from_str(&answer).unwrap()
    }

    /// The first thing that a subscription to something of a run says.
    async fn follows(&self, door: &Door, document: &str, run: &str) -> Value {
        let key = format!("Doorward-Key: {}\r\n", self.key);
        let mut socket = Socket::open(door.port, &self.nobody, "graphql-ws", &key).await;
        assert_eq!(socket.status(), 101);
        socket.send(&json!({"type": "connection_init", "payload": {}})).await;
        socket
            .send(&json!({"type": "start", "id": "1", "payload": {"query": document, "variables": {"r": run}}}))
            .await;
        loop {
            match socket.next(Duration::from_secs(20)).await {
                Came::Text(message) if message["type"] == "data" || message["type"] == "error" => return message,
                Came::Text(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

/// A recorded operation, of the things of a location: its name, where it is sent, and its body.
#[expect(clippy::disallowed_methods, reason = "Dagster goes by the machine's clock")]
pub(super) fn recorded(location: &str, run: &str) -> Vec<(String, String, String)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let instead = [
        ("definitions.py", location.to_owned()),
        ("maintenance_job", format!("job_{location}")),
        ("orders_job", format!("made_{location}")),
        ("hourly_maintenance", format!("schedule_{location}")),
        ("automation_sensor", format!("sensor_{location}")),
        ("quiet_sensor", format!("sensor_{location}")),
        ("{{RUN_ID}}", run.to_owned()),
        ("raw_orders", format!("asset_{location}")),
        ("daily_events", "split_alpha".to_owned()),
        ("external_feed", "asset_bravo".to_owned()),
        ("orders_mart", "after_alpha".to_owned()),
        ("region_report", "after_bravo".to_owned()),
        // The hours in which it was recorded.
        ("1795169125.74", format!("{}.5", now - 3600)),
        ("1795172400", format!("{}", now + 3600)),
        ("1795215925.74", format!("{}.5", now + 36_000)),
    ];
    let all: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
    assert_eq!(all.len(), 52);
    let part = |operation: &Value, part: &str| operation[part].as_str().unwrap().to_owned();
    let filled = |body: String| instead.iter().fold(body, |body, (from, to)| body.replace(from, to));
    all.iter().map(|one| (part(one, "name"), part(one, "path"), filled(part(one, "body")))).collect()
}

/// What a refusal says that the request did not say itself: it names what was asked for by its name.
pub(super) fn beyond(answer: &str, body: &str) -> String {
    let words = answer.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_-".contains(letter));
    words.filter(|word| !body.contains(word)).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_denied_location_shows_in_what_dagsters_pages_ask_for() {
    let two = Two::start().await;
    let (alpha, bravo) = (two.make("alpha").await, two.make("bravo").await);
    let (all, holder) = (two.key("all", &[]), two.key("holder", &["--resource", "location:alpha"]));
    let denied = two.key("denied", &[]);
    let deny = ["grant", "add", "--key", "denied", "--deny", "--app", "dagster", "--resource", "location:bravo"];
    two.door.cli(&deny).done();
    let is_of_bravo = |answer: &str| answer.contains("bravo") || bravo.ids.iter().any(|id| answer.contains(id));
    let (mut with_bravo, mut the_same) = (0, 0);
    for (location, run) in [("alpha", &alpha.run), ("bravo", &bravo.run)] {
        for (name, path, body) in recorded(location, run) {
            let whole = all.asks(&path, body.clone()).await;
            with_bravo += usize::from(is_of_bravo(&whole));
            for key in [&holder, &denied] {
                let answer = key.asks(&path, body.clone()).await;
                let told = if answer.contains("This is the API key") { beyond(&answer, &body) } else { answer.clone() };
                assert!(!is_of_bravo(&told), "{name} of {location}: {answer}");
                let same =
                    serde_json::from_str::<Value>(&whole).unwrap() == serde_json::from_str::<Value>(&answer).unwrap();
                the_same += usize::from(same && location == "alpha" && !is_of_bravo(&whole));
            }
        }
    }
    assert!(with_bravo > 40, "only {with_bravo} of what is asked shows anything of the other location");
    assert!(the_same > 60, "only {the_same} answers about what they may view are as they were");
    logs_of_runs(&two, &all, [&holder, &denied], [&alpha.run, &bravo.run]).await;
    by_name(&[&holder, &denied], &bravo.run).await;
}

/// What is asked for by its name is not found, whether it is there or not; and runs are counted as they are listed.
async fn by_name(keys: &[&Key; 2], run: &str) {
    const RUN: &str = "query($r:ID!){runOrError(runId:$r){__typename ...on RunNotFoundError{message runId}}}";
    const COUNT: &str = "{runsFeedCountOrError(view:RUNS){...on RunsFeedCount{count}} runsFeedOrError(view:RUNS,limit:50){...on RunsFeedConnection{results{id}}}}";
    for key in keys {
        let there = key.graphql(RUN, json!({"r": run})).await;
        assert_eq!(there["data"]["runOrError"]["__typename"], "RunNotFoundError");
        assert_eq!(there, key.graphql(RUN, json!({"r": "7f1d9b9c-0000-4000-8000-000000000000"})).await);
        let counted = key.graphql(COUNT, json!({})).await;
        let listed = counted["data"]["runsFeedOrError"]["results"].as_array().unwrap().len();
        assert!(listed > 0);
        assert_eq!(counted["data"]["runsFeedCountOrError"]["count"], listed);
    }
}

/// Logs of runs that may be viewed can be followed, and say all they say to anybody; no others can.
async fn logs_of_runs(two: &Two, all: &Key, others: [&Key; 2], [alpha, bravo]: [&str; 2]) {
    const FOLLOW: &str = "subscription($r:ID!){pipelineRunLogs(runId:$r){__typename ...on PipelineRunLogsSubscriptionSuccess{run{id jobName repositoryOrigin{repositoryLocationName}} messages{__typename ...on MessageEvent{message}}}}}";
    let whole = all.follows(&two.door, FOLLOW, alpha).await;
    assert!(whole.to_string().contains("said in alpha"), "{whole}");
    for key in others {
        assert_eq!(key.follows(&two.door, FOLLOW, alpha).await, whole);
        let refused = key.follows(&two.door, FOLLOW, bravo).await;
        assert_eq!(refused["type"], "error");
        assert!(!refused.to_string().contains("job_bravo"), "{refused}");
    }
}
