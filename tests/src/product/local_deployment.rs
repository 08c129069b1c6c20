//! A whole local deployment as one child: `dagster dev` and `dg dev` start a webserver, a daemon and code servers by themselves.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::harness::dagster::LAUNCH;
use crate::harness::dagster_home::{definitions, programs_of};
use crate::harness::person::text;
use crate::harness::process::{descendants, is_alive};
use crate::harness::{DagsterHome, Door, Person, eventually, prepared};

/// The environment that has `dagster` and `dg`.
fn environment() -> PathBuf {
    programs_of("DOORWARD_TEST_DG_PYTHON")
}

/// A door before such a deployment, started in the folder. `PORT` in the command is the private port, as `{port}` is in the documents:
/// in the tests that word is the door's.
async fn deployed(home: &DagsterHome, folder: &Path, command: &str) -> Door {
    let script = format!("cd '{}' && exec {}", folder.display(), command.replace("{port}", "$PORT"));
    let plan =
        Door::command(&["run", "--profile", "dagster", "--listen", "127.0.0.1:{port}", "--", "sh", "-c", &script]);
    let path = format!("{}:{}", environment().display(), std::env::var("PATH").unwrap());
    home.on(plan).env("PATH", path).config("shutdown_grace: 60s").start().await.ready().await
}

/// The run of the example's maintenance, launched through the door.
async fn launch(person: &Person, location: &str, seconds: u32) -> String {
    let config = json!({"ops": {"vacuum": {"config": {"seconds": seconds}}}}).to_string();
    let job =
        json!({"repositoryName": "__repository__", "repositoryLocationName": location, "jobName": "maintenance_job"});
    let answer = person.graphql_json(LAUNCH, json!({"params": {"selector": job, "runConfigData": config}})).await;
    let run = answer.pointer("/data/launchRun/run/runId").and_then(Value::as_str);
    run.unwrap_or_else(|| panic!("no run in {answer}")).to_owned()
}

/// Waits until the run is in this state.
async fn becomes(person: &Person, run: &str, status: &str) {
    let query = "query($id: ID!){runOrError(runId:$id){... on Run{status tags{key value}}}}";
    let mut last = Value::Null;
    for _ in 0..600 {
        last = person.graphql_json(query, json!({"id": run})).await;
        if last["data"]["runOrError"]["status"] == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the run never became {status}: {last}");
}

/// What must hold for either: pages with our menu, a job that the daemon takes from the queue and runs, a run under way that has the
/// grace, and nothing left behind.
async fn works_and_leaves_nothing(mut door: Door, home: &DagsterHome, location: &str) {
    let page = text(door.admin().await.visit("/").await).await;
    assert!(page.contains("Dagster") && page.contains("/_doorward/assets/menu"), "{page}");
    let olga = door.user("olga", "operator").await;
    let run = launch(&olga, location, 0).await;
    becomes(&olga, &run, "SUCCESS").await;
    let launched_by = olga
        .graphql_json("query($id: ID!){runOrError(runId:$id){... on Run{tags{key value}}}}", json!({"id": run}))
        .await;
    let tags = launched_by["data"]["runOrError"]["tags"].to_string();
    assert!(tags.contains(r#"{"key":"user","value":"olga"}"#), "{tags}");

    let under_way = launch(&olga, location, 5).await;
    becomes(&olga, &under_way, "STARTED").await;
    let children = descendants(door.process.id());
    assert!(children.len() >= 4, "webserver, daemon, code servers: {children:?}");
    door.process.signal("TERM");
    let status = door.process.end_within(Duration::from_secs(90)).await.expect("it ends within the grace and a moment");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
    let gone = eventually(Duration::from_secs(5), || async { !children.iter().any(|id| is_alive(*id)) });
    assert!(gone.await, "left behind: {:?}", children.iter().filter(|id| is_alive(**id)).collect::<Vec<_>>());
    let became = home.status(&under_way);
    assert!(["SUCCESS", "FAILURE", "CANCELED"].contains(&became.as_str()), "{became}: {}", door.process.output());
}

#[tokio::test]
async fn dagster_dev_is_one_child_that_runs_what_is_launched_through_the_door() {
    let home = DagsterHome::with_a_queue();
    let command = format!("dagster dev -f {} -h 127.0.0.1 -p {{port}}", definitions());
    let door = deployed(&home, home.path(), &command).await;
    works_and_leaves_nothing(door, &home, "definitions.py").await;
}

/// A project as `dg` wants it.
const PROJECT: &str = r#"
[project]
name = "shop"
version = "0.1"
requires-python = ">=3.11"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "shop"
code_location_target_module = "shop.definitions"
"#;

/// Makes such a project; its folder's name is the code location's.
pub(super) fn dg_project(folder: &Path) -> PathBuf {
    let project = folder.join("shop");
    let module = project.join("src/shop");
    std::fs::create_dir_all(&module).unwrap();
    std::fs::write(project.join("pyproject.toml"), PROJECT).unwrap();
    std::fs::write(module.join("__init__.py"), "").unwrap();
    std::fs::copy(definitions(), module.join("definitions.py")).unwrap();
    project
}

#[tokio::test]
async fn dg_dev_is_one_child_that_runs_what_is_launched_through_the_door() {
    let home = DagsterHome::with_a_queue();
    let project = dg_project(home.path());
    let door = deployed(&home, &project, "dg dev -h 127.0.0.1 -p {port}").await;
    works_and_leaves_nothing(door, &home, "shop").await;
}

#[test]
fn the_documented_lines_are_the_ones_that_are_tried() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/quickstart.md")).unwrap();
    for line in [
        "$ doorward run --profile dagster -- dagster dev -f defs.py -h 127.0.0.1 -p {port}",
        "$ doorward run --profile dagster -- dg dev -h 127.0.0.1 -p {port}",
    ] {
        assert!(page.contains(line), "{line}");
    }
    // The environment that both are tried in is there.
    assert!(Path::new(&prepared("DOORWARD_TEST_DG_PYTHON")).exists());
}
