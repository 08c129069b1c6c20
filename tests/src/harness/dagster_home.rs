//! A Dagster instance of a test's own: where it keeps its runs, and what became of them, asked past every server.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

use super::dagster::{LAUNCH, maintenance_job};
use super::door::Plan;
use super::{Person, prepared};

/// Runs start at once instead of waiting for a daemon.
const AT_ONCE: &str = "\
telemetry: {enabled: false}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}
";

/// The folder of an instance.
#[derive(Debug)]
pub struct DagsterHome(TempDir);

impl DagsterHome {
    /// An empty instance whose runs start at once.
    pub fn new() -> Self {
        Self::with(AT_ONCE)
    }

    /// An empty instance whose runs wait for a daemon, as they do unless told otherwise.
    pub fn with_a_queue() -> Self {
        Self::with("telemetry: {enabled: false}\n")
    }

    fn with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("dagster.yaml"), configuration).expect("the instance can be configured");
        Self(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// What a door needs to start programs of the tests' Python environment on this instance.
    pub fn on(&self, plan: Plan) -> Plan {
        plan.env("PATH", path_with_programs())
            .env("DAGSTER_HOME", self.path().display().to_string())
            .env("DAGSTER_DISABLE_TELEMETRY", "yes")
    }

    /// A program of the tests' Python environment on this instance.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(programs().join(program));
        command
            .env("PATH", path_with_programs())
            .env("DAGSTER_HOME", self.path())
            .env("DAGSTER_DISABLE_TELEMETRY", "yes");
        command
    }

    /// What the instance says of a run: `STARTED`, `SUCCESS`, `FAILURE`, `CANCELED`…
    pub fn status(&self, run: &str) -> String {
        let ask = "import sys; from dagster import DagsterInstance; print(DagsterInstance.get().get_run_by_id(sys.argv[1]).status.value)";
        let told = self.command("python").args(["-c", ask, run]).output().expect("Python runs");
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8_lossy(&told.stdout).trim().to_owned()
    }
}

impl Default for DagsterHome {
    fn default() -> Self {
        Self::new()
    }
}

/// Launches the example's maintenance for so many seconds, and waits until it is under way: the run's id.
pub async fn launch_for(person: &Person, seconds: u32) -> String {
    let config = json!({"ops": {"vacuum": {"config": {"seconds": seconds}}}}).to_string();
    let answer =
        person.graphql_json(LAUNCH, json!({"params": {"selector": maintenance_job(), "runConfigData": config}})).await;
    let run = answer
        .pointer("/data/launchRun/run/runId")
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no run in {answer}"));
    let began = Instant::now();
    let query = "query($id: ID!){runOrError(runId:$id){... on Run{stepStats{status} status}}}";
    loop {
        let answer = person.graphql_json(query, json!({"id": run})).await;
        if answer["data"]["runOrError"]["stepStats"][0]["status"] == "IN_PROGRESS" {
            return run.to_owned();
        }
        assert!(began.elapsed() < Duration::from_mins(3), "the run does not start: {answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The example project's file.
pub fn definitions() -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart/definitions.py");
    file.canonicalize().expect("the example is there").display().to_string()
}

fn programs() -> PathBuf {
    programs_of("DOORWARD_TEST_PYTHON")
}

/// The programs beside the Python that this variable names.
pub fn programs_of(variable: &str) -> PathBuf {
    PathBuf::from(prepared(variable)).parent().expect("it is in a folder").to_owned()
}

fn path_with_programs() -> String {
    format!("{}:{}", programs().display(), std::env::var("PATH").expect("there is a PATH"))
}
