//! What happens to runs under way when Doorward stops, or the tool dies: real Dagster, real runs.

use std::process::Command;
use std::time::Duration;

use crate::harness::dagster_home::{definitions, launch_for};
use crate::harness::port::free_port;
use crate::harness::process::{Process, descendants, is_alive};
use crate::harness::{DagsterHome, Door, eventually};

/// `doorward dagster` on this instance, with so long a grace.
async fn wrapped_dagster(home: &DagsterHome, grace: &str) -> Door {
    let plan = Door::command(&["dagster", "-f", &definitions(), "-h", "127.0.0.1", "-p", "{port}"]);
    home.on(plan).config(&format!("shutdown_grace: {grace}")).start().await.ready().await
}

#[tokio::test]
async fn a_run_under_way_at_term_finishes_within_the_grace() {
    let home = DagsterHome::new();
    let mut door = wrapped_dagster(&home, "60s").await;
    let run = launch_for(&door.admin().await, 8).await;
    let below = descendants(door.process.id());
    door.process.signal("TERM");
    let status = door.process.end_within(Duration::from_secs(70)).await.expect("it ends when the run has");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
    assert_eq!(home.status(&run), "SUCCESS", "{}", door.process.output());
    assert!(!below.iter().any(|id| is_alive(*id)), "nothing is left behind");
}

#[tokio::test]
async fn a_run_that_outlasts_the_grace_is_written_down_as_ended() {
    let home = DagsterHome::new();
    let mut door = wrapped_dagster(&home, "2s").await;
    let run = launch_for(&door.admin().await, 300).await;
    let below = descendants(door.process.id());
    door.process.signal("TERM");
    let status = door.process.end_within(Duration::from_secs(30)).await.expect("the grace, five seconds, and a moment");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
    let became = home.status(&run);
    assert!(["FAILURE", "CANCELED"].contains(&became.as_str()), "{became}: {}", door.process.output());
    assert!(!below.iter().any(|id| is_alive(*id)), "nothing is left behind");
}

#[tokio::test]
async fn a_run_under_way_when_doorward_is_killed_is_written_down_as_ended() {
    let home = DagsterHome::new();
    let door = wrapped_dagster(&home, "60s").await;
    let run = launch_for(&door.admin().await, 300).await;
    let below = descendants(door.process.id());
    door.process.signal("KILL");
    let gone = eventually(Duration::from_secs(20), || async { !below.iter().any(|id| is_alive(*id)) });
    assert!(gone.await, "nothing is left behind");
    let became = home.status(&run);
    assert!(["FAILURE", "CANCELED"].contains(&became.as_str()), "{became}: {}", door.process.output());
}

#[tokio::test]
async fn doorward_does_not_wait_for_the_grace_when_no_run_is_under_way() {
    let home = DagsterHome::new();
    let mut door = wrapped_dagster(&home, "5m").await;
    door.process.signal("TERM");
    let status = door.process.end_within(Duration::from_secs(20)).await.expect("nothing keeps it");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
}

#[tokio::test]
async fn a_run_survives_the_death_of_the_webserver_that_started_it() {
    let home = DagsterHome::new();
    let door = wrapped_dagster(&home, "60s").await;
    let admin = door.admin().await;
    let run = launch_for(&admin, 15).await;
    let webserver = webserver_of(&door);
    Command::new("kill").args(["-KILL", &webserver.to_string()]).status().unwrap();
    let answers = || async { webserver_of(&door) != webserver && admin.get("/server_info").await.status() == 200 };
    assert!(eventually(Duration::from_mins(1), answers).await, "{}", door.process.output());
    let finished = eventually(Duration::from_mins(1), || async { home.status(&run) == "SUCCESS" }).await;
    assert!(finished, "{}: {}", home.status(&run), door.process.output());
}

/// The process that is dagster-webserver itself; 0 while there is none.
fn webserver_of(door: &Door) -> u32 {
    let is_webserver = |id: &u32| {
        let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        let is_ours = words.first().is_some_and(|word| word.ends_with(b"doorward"));
        !is_ours && words.iter().take(2).any(|word| word.ends_with(b"dagster-webserver"))
    };
    descendants(door.process.id()).into_iter().find(is_webserver).unwrap_or(0)
}

#[tokio::test]
async fn runs_of_a_code_server_apart_outlive_a_restart_of_the_door() {
    let home = DagsterHome::new();
    let grpc = free_port().to_string();
    let mut code_server = home.command("dagster");
    code_server.args(["code-server", "start", "-f", &definitions(), "-h", "127.0.0.1", "-p", &grpc]);
    let code_server = Process::start(&mut code_server, &home.path().join("code-server.log"));
    let workspace = home.path().join("workspace.yaml");
    let location =
        format!("load_from: [{{grpc_server: {{host: 127.0.0.1, port: {grpc}, location_name: definitions.py}}}}]\n");
    std::fs::write(&workspace, location).unwrap();
    let plan = Door::command(&["dagster", "-w", &workspace.display().to_string(), "-p", "{port}"]);
    let listening = || async { tokio::net::TcpStream::connect(("127.0.0.1", grpc.parse().unwrap())).await.is_ok() };
    assert!(eventually(Duration::from_mins(1), listening).await, "{}", code_server.output());
    let mut door = home.on(plan).start().await.ready().await;
    let run = launch_for(&door.admin().await, 20).await;
    door.process.signal("TERM");
    let status = door.process.end_within(Duration::from_secs(15)).await.expect("the run is not the door's");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
    assert_eq!(home.status(&run), "STARTED");
    let finished = eventually(Duration::from_mins(1), || async { home.status(&run) == "SUCCESS" }).await;
    assert!(finished, "{}: {}", home.status(&run), code_server.output());
}
