//! What happened is written down before it happens, and cannot be changed unnoticed.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::AsyncReadExt;

use crate::harness::dagster::{Dagster, LAUNCH, maintenance_job};
use crate::harness::door::{ADMIN, PASSWORD, credentials};
use crate::harness::{Door, Echo, Tool, eventually, raw};

/// Events of this action, newest first.
fn events(door: &Door, action: &str) -> Vec<Value> {
    door.audit().into_iter().filter(|event| event["action"] == action).collect()
}

#[tokio::test]
async fn a_launch_is_on_record_with_who_what_and_the_run() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let ada = door.user("ada", "operator").await;
    let answer =
        ada.graphql_json(LAUNCH, json!({"params": {"selector": maintenance_job(), "runConfigData": "{}"}})).await;
    let run = answer["data"]["launchRun"]["run"]["runId"].as_str().unwrap().to_owned();
    let finished = eventually(Duration::from_secs(5), || async { events(&door, "request")[0]["outcome"] == "success" });
    assert!(finished.await, "{:?}", events(&door, "request"));
    let event = events(&door, "request").remove(0);
    assert_eq!(event["actor"], "ada");
    assert_eq!(event["app"], "tool");
    assert_eq!(event["client_ip"], "127.0.0.1");
    assert_eq!(event["target"], "launchRun");
    assert!(event["details"].to_string().contains(&run), "the run is named: {event}");
    assert!(event["decision_id"].is_string());
    door.cli(&["audit", "verify"]).done();
}

/// As Dagster's own pages launch.
const LAUNCH_FROM_A_PAGE: &str = "mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) \
    { __typename ... on LaunchRunSuccess { run { runId } } } }";

#[tokio::test]
async fn a_launch_from_dagsters_pages_is_found_as_launch_run_and_reads_as_a_sentence() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let ada = door.user("ada", "operator").await;
    let launch = json!({"params": {"selector": maintenance_job(), "runConfigData": "{}"}});
    let answer = ada.graphql_json(LAUNCH_FROM_A_PAGE, launch).await;
    let run = answer["data"]["launchPipelineExecution"]["run"]["runId"].as_str().unwrap().to_owned();
    let job = maintenance_job()["jobName"].as_str().unwrap().to_owned();
    let list = || door.cli(&["audit", "list", "--action", "launchRun"]).done();
    let sentence = format!("Launching runs · {job} · {run}");
    assert!(
        eventually(Duration::from_secs(5), || async { list().contains(&sentence) }).await,
        "{sentence} is not in {}",
        list()
    );
    let number = list().lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let shown = door.cli(&["audit", "show", &number]).done();
    for fact in ["launchPipelineExecution", "decision", "pending", "success", &run] {
        assert!(shown.contains(fact), "{fact} is not in {shown}");
    }
}

#[tokio::test]
async fn words_of_the_log_have_a_sentence_beside_them_for_whoever_looks_at_one_event() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let shown = |action: &str| {
        let listed = door.cli(&["audit", "list", "--action", action]).done();
        door.cli(&["audit", "show", listed.lines().nth(1).unwrap().split_whitespace().next().unwrap()]).done()
    };
    let login = credentials(ADMIN, "not the password");
    door.stranger().api(Method::POST, "auth/login", &login).await;
    let said = shown("sign_in");
    assert!(said.contains("wrong_password") && said.contains("It was not the right password."), "{said}");
    raw::send(door.port, &raw::request(door.port, "GET /a/%2e%2e/b", "", b"")).await;
    let said = shown("request");
    let sentence = said.lines().find_map(|line| line.strip_prefix("not_understood")).unwrap_or_default();
    assert!(said.contains("ambiguous_path") && sentence.trim().ends_with('.'), "{said}");
}

/// Repeated refusals by one viewer, as fast as they come.
#[tokio::test]
async fn a_flood_of_refusals_neither_grows_the_log_nor_the_memory() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let vera = door.user("vera", "viewer").await;
    let size = || {
        let of = |name: &str| std::fs::metadata(door.file(name)).map_or(0, |file| file.len());
        of("doorward.db") + of("doorward.db-wal")
    };
    vera.ask(Method::POST, "/x").send().await.unwrap();
    let (before, began) = (size(), std::time::Instant::now());
    assert!(before > 0, "the database is looked for where it is not");
    let flood = (0..8).map(|_| {
        let vera = &vera;
        async move {
            for _ in 0..400 {
                assert_eq!(
                    vera.ask(Method::POST, &format!("/{}", "y".repeat(2000))).send().await.unwrap().status(),
                    403
                );
            }
        }
    });
    futures_util::future::join_all(flood).await;
    let seconds = began.elapsed().as_secs() + 2;
    let refused = eventually(Duration::from_secs(5), || async {
        let times = |event: &Value| event["details"]["times"].as_u64().unwrap_or(1);
        events(&door, "request").iter().map(times).sum::<u64>() == 3201
    });
    assert!(refused.await, "all are counted: {:?}", events(&door, "request"));
    assert!(
        events(&door, "request").len() as u64 <= seconds + 1,
        "{} events in {seconds} s",
        events(&door, "request").len()
    );
    // A page cache's worth of the write-ahead log, whatever was asked.
    assert!(size() - before < 200_000 * (seconds + 1), "{} bytes in {seconds} s", size() - before);
    door.cli(&["audit", "verify"]).done();
}

#[tokio::test]
async fn what_was_kept_long_enough_goes_and_the_log_still_proves_itself() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").config("audit: {retention: 3s}").start().await;
    let admin = door.admin().await;
    for number in 0..20 {
        admin.ask(Method::POST, &format!("/x/{number}")).send().await.unwrap();
    }
    let gone = eventually(Duration::from_secs(30), || async { events(&door, "request").is_empty() });
    assert!(gone.await, "{:?}", events(&door, "request"));
    assert_eq!(events(&door, "audit.trim")[0]["actor"], "system");
    let verdict = door.cli(&["audit", "verify"]).done();
    assert!(verdict.contains("removed as announced"), "{verdict}");
    let verdict = door.admin().await.api_done(Method::GET, "audit/verify", &Value::Null).await;
    assert_eq!(verdict["intact"], true, "{verdict}");
    assert!(verdict["removed_through"].as_i64() > Some(0), "{verdict}");
}

#[tokio::test]
async fn a_launch_that_dagster_refuses_is_on_record_as_failed() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let ada = door.user("ada", "operator").await;
    let mut selector = maintenance_job();
    selector["jobName"] = "no_such_job".into();
    ada.graphql_json(LAUNCH, json!({"params": {"selector": selector, "runConfigData": "{}"}})).await;
    let finished = eventually(Duration::from_secs(5), || async { events(&door, "request")[0]["outcome"] == "failure" });
    assert!(finished.await, "{:?}", events(&door, "request"));
}

#[tokio::test]
async fn denials_bad_sign_ins_and_changes_to_users_are_on_record() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let ada = door.user("ada", "viewer").await;
    ada.ask(Method::POST, "/x").send().await.unwrap();
    door.stranger().api(Method::POST, "auth/login", &credentials("ada", "wrong password")).await;
    door.cli(&["user", "set-role", "ada", "operator"]).done();
    door.cli(&["user", "disable", "ada"]).done();

    let all = door.audit();
    let has =
        |action: &str, outcome: &str| all.iter().any(|event| event["action"] == action && event["outcome"] == outcome);
    for (action, outcome) in [
        ("request", "denied"),
        ("sign_in", "success"),
        ("sign_in", "failure"),
        ("user.create", "success"),
        ("user.disable", "success"),
    ] {
        assert!(has(action, outcome), "{action} {outcome} is missing in {all:#?}");
    }
    assert!(!json!(all).to_string().contains(PASSWORD));
    assert!(!json!(all).to_string().contains("wrong password"));
    let shown = door.admin().await.api_done(Method::GET, "audit?outcome=denied", &Value::Null).await;
    assert_eq!(shown["items"].as_array().unwrap().len(), 1, "{shown}");
}

/// A tool that takes requests and never answers; it says when one arrived that changes something.
fn tarpit() -> (Tool, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let (arrived, arrivals) = tokio::sync::mpsc::unbounded_channel();
    let tool = Tool::start(move |mut stream| {
        let arrived = arrived.clone();
        async move {
            let mut buffer = [0_u8; 1024];
            let mut told = false;
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
                if buffer.starts_with(b"POST") && !std::mem::replace(&mut told, true) {
                    let _ = arrived.send(());
                }
            }
        }
    });
    (tool, arrivals)
}

#[tokio::test]
async fn whatever_reached_the_tool_is_on_record_even_after_kill_9() {
    let (tool, mut arrivals) = tarpit();
    let mut door = Door::guarding(&tool.url(), "generic").start().await;
    for round in 0..3 {
        let admin = door.admin().await;
        let request =
            raw::request(door.port, &format!("POST /order/{round}"), &format!("Cookie: {}\r\n", admin.cookie), b"x");
        let port = door.port;
        let sending = tokio::spawn(async move { raw::send(port, &request).await });
        tokio::time::timeout(Duration::from_secs(5), arrivals.recv()).await.expect("it reaches the tool").unwrap();
        door = door.killed_and_started_again().await;
        sending.abort();
        let event = events(&door, "request").remove(0);
        assert_eq!(event["outcome"], "pending", "begun, and nothing heard since");
        assert!(event["details"].to_string().contains(&format!("/order/{round}")), "{event}");
        door.cli(&["audit", "verify"]).done();
    }
}

#[tokio::test]
async fn whoever_tampers_with_the_log_is_found_out() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let admin = door.admin().await;
    for number in 0..12 {
        admin.ask(Method::POST, &format!("/x/{number}")).send().await.unwrap();
    }
    assert!(eventually(Duration::from_secs(5), || async { events(&door, "request")[0]["outcome"] == "success" }).await);
    door.cli(&["audit", "verify"]).done();
    let copy = |name: &str| {
        let file = door.file(name);
        let _ = std::fs::remove_file(&file);
        door.sql(&format!("VACUUM INTO '{}'", file.display()));
        file
    };
    for (number, tampering) in [
        "UPDATE audit_entries SET entry = replace(entry, '/x/3', '/x/4') WHERE seq = (SELECT min(seq) FROM audit_entries WHERE entry LIKE '%/x/3%')",
        "DELETE FROM audit_entries WHERE seq = (SELECT max(seq) - 3 FROM audit_entries)",
        "DELETE FROM audit_entries WHERE seq = (SELECT max(seq) FROM audit_entries)",
        "UPDATE audit_entries SET seq = -seq WHERE seq IN (7, 8); UPDATE audit_entries SET seq = 15 + seq WHERE seq < 0",
    ]
    .iter()
    .enumerate()
    {
        let file = copy(&format!("tampered-{number}.db"));
        let status = std::process::Command::new("sqlite3").arg(&file).arg(tampering).status().unwrap();
        assert!(status.success(), "{tampering}");
        let url = format!("sqlite://{}", file.display());
        let verdict = door.cli(&["--database", &url, "audit", "verify"]);
        assert_eq!(verdict.code, 1, "not found: {tampering}: {}{}", verdict.out, verdict.err);
    }
}

#[tokio::test]
async fn the_log_is_also_written_to_a_file_line_by_line() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").config("audit: {file: \"{folder}/audit.jsonl\"}").start().await;
    door.admin().await.ask(Method::POST, "/x").send().await.unwrap();
    let read = || std::fs::read_to_string(door.file("audit.jsonl")).unwrap_or_default();
    assert!(eventually(Duration::from_secs(5), || async { read().contains("\"request\"") }).await, "{}", read());
    for line in read().lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        assert!(event["chain_hash"].is_string() || event["seq"].is_number(), "{line}");
    }
}

#[tokio::test]
async fn export_gives_every_event_and_defuses_formulas() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    door.stranger().api(Method::POST, "auth/login", &credentials("=cmd|calc", "wrong password")).await;
    let lines = door.cli(&["audit", "export", "--format", "jsonl"]).done();
    assert_eq!(lines.lines().count(), door.audit().len());
    let csv = door.cli(&["audit", "export", "--format", "csv"]).done();
    assert!(!csv.lines().any(|line| line.split(',').any(|cell| cell.trim_matches('"').starts_with('='))), "{csv}");
}
