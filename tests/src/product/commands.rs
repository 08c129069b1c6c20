//! The binary as a command line.

use serde_json::Value;
use std::process::Command;
use std::time::Duration;

use crate::harness::dagster::Dagster;
use crate::harness::door::PASSWORD;
use crate::harness::port::free_port;
use crate::harness::{Door, Echo, binary, cli, eventually};

async fn door() -> (Echo, Door) {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "dagster").start().await;
    (echo, door)
}

#[tokio::test]
async fn users_are_managed_from_the_command_line() {
    let (_echo, door) = door().await;
    let password = format!("{PASSWORD}\n");
    door.cli_with(
        &["user", "add", "ada", "--role", "operator", "--email", "ada@example.com", "--password-stdin"],
        &password,
    )
    .done();
    door.sign_in("ada").await;
    assert_eq!(door.cli_with(&["user", "add", "ada", "--password-stdin"], &password).code, 4, "there is one");
    assert_eq!(door.cli(&["user", "show", "nobody"]).code, 3);
    assert_eq!(door.cli(&["user", "frobnicate"]).code, 2);
    assert_eq!(door.cli_with(&["user", "add", "bob", "--password-stdin"], "short\n").code, 4);
    assert_eq!(door.cli(&["user", "disable", crate::harness::door::ADMIN]).code, 4, "the last administrator stays");
    let shown = door.cli(&["user", "show", "ada", "--output", "json"]).json();
    assert_eq!(shown["role"], "operator");
    assert_eq!(shown["email"], "ada@example.com");
    let table = door.cli(&["user", "list"]).done();
    assert!(table.contains("ada") && table.contains("operator"), "{table}");
    let csv = door.cli(&["user", "list", "--output", "csv"]).done();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    door.cli(&["user", "delete", "ada"]).done();
    assert_eq!(door.cli(&["user", "show", "ada"]).code, 3);
}

#[tokio::test]
async fn explain_tells_the_decision_without_touching_the_tool() {
    let (echo, door) = door().await;
    door.user("bob", "viewer").await;
    let body = door.file("body.json");
    std::fs::write(
        &body,
        r#"{"query":"mutation { launchRun(executionParams: {selector: {repositoryLocationName: \"etl\"}}) { __typename } }"}"#,
    )
    .unwrap();
    let body = body.display().to_string();
    let explained =
        door.explain(&["--as", "bob", "POST", "/graphql", "--body", &body, "-H", "Content-Type: application/json"]);
    assert_eq!(explained["decision"], "deny");
    assert_eq!(explained["action"], "run");
    assert_eq!(explained["required_role"], "operator");
    assert!(explained["reason"].as_str().unwrap().contains("Launching runs"), "{explained}");
    assert!(explained["resources"].to_string().contains("location:etl"), "{explained}");
    assert_eq!(door.explain(&["--as", "bob", "GET", "/runs"])["decision"], "allow");
    assert_eq!(door.explain(&["--as", "bob", "GET", "/a/../b"])["decision"], "refuse");
    assert_eq!(door.cli(&["explain", "--as", "nobody", "GET", "/"]).code, 3);
    assert_eq!(echo.seen().len(), 0);
}

#[tokio::test]
async fn the_profile_names_everything_that_the_pinned_dagster_offers() {
    let dagster = Dagster::shared();
    let (_echo, door) = door().await;
    let printed = door.cli(&["profile", "check", "dagster", "--against", &dagster.url]);
    assert_eq!(printed.code, 0, "{}{}", printed.out, printed.err);
}

#[tokio::test]
async fn every_mistake_in_the_configuration_is_reported_at_once_with_its_place() {
    let (_echo, door) = door().await;
    let file = door.file("bad.yaml");
    std::fs::write(
        &file,
        "listen: nowhere\nsesions: {idle: 8h}\nsessions: {idle: soon}\napps:\n  a: {profile: nonesuch}\n",
    )
    .unwrap();
    let printed = door.cli(&["--config", &file.display().to_string(), "config", "check"]);
    assert_eq!(printed.code, 2);
    let said = format!("{}{}", printed.out, printed.err);
    for word in ["nowhere", "sesions", "soon", "nonesuch"] {
        assert!(said.contains(word), "{word} is not reported in:\n{said}");
    }
    for place in ["1:", "2:", "3:"] {
        assert!(said.contains(place), "line {place} is not named in:\n{said}");
    }
}

#[tokio::test]
async fn secrets_are_not_shown_and_not_taken_as_arguments() {
    let (_echo, door) = door().await;
    let printed = door.cli(&["user", "add", "ada", "--password", PASSWORD]);
    assert_eq!(printed.code, 2);
    let shown = door.cli(&["config", "show"]).done();
    assert!(!shown.contains(PASSWORD), "{shown}");
}

#[tokio::test]
async fn doctor_finds_nothing_wrong_with_a_healthy_door() {
    let (_echo, door) = door().await;
    let printed = door.cli(&["doctor"]);
    assert_eq!(printed.code, 0, "{}{}", printed.out, printed.err);
}

/// As where the port was said on the command line alone.
#[tokio::test]
async fn doctor_looks_at_the_doorward_that_runs_wherever_it_listens() {
    let (echo, door) = door().await;
    let file = door.file("elsewhere.yaml");
    let (database, other) = (door.file("doorward.db"), free_port());
    let config = format!("listen: 127.0.0.1:{other}\ndatabase: sqlite://{}\n", database.display());
    std::fs::write(&file, config).unwrap();
    let doctor = || door.cli(&["--config", &file.display().to_string(), "doctor"]);
    let printed = doctor();
    let is_ready = format!("the Doorward at 127.0.0.1:{} is ready", door.port);
    assert!(printed.code == 0 && printed.out.contains(&is_ready), "{}{}", printed.out, printed.err);
    drop(echo);
    let is_told = || async { doctor().out.contains(&format!("the Doorward at 127.0.0.1:{} is not ready", door.port)) };
    assert!(eventually(Duration::from_secs(30), is_told).await, "{}", doctor().out);
    assert_eq!(doctor().code, 1);
}

#[test]
fn what_needs_no_database_works_anywhere() {
    let run = |arguments: &[&str]| {
        cli::run(Command::new(binary::doorward()).args(arguments).env_clear().env("HOME", "/nonexistent"), "")
    };
    let openapi = run(&["openapi"]).json();
    assert!(openapi["paths"].as_object().unwrap().len() > 10);
    let schema: Value = run(&["config", "schema"]).json();
    assert!(schema["properties"]["apps"].is_object(), "{schema}");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&["completions", shell]).done();
        assert!(script.contains("doorward"));
        for own in ["__reference", "__keep", "__become"] {
            assert!(!script.contains(own), "{shell} offers {own}");
        }
    }
    assert!(run(&["profile", "list"]).done().contains("dagster"));
    assert!(run(&["--help"]).done().contains("serve"));
    assert_eq!(run(&["frobnicate"]).code, 2);
    assert_eq!(run(&["serve", "--config", "/nonexistent/doorward.yaml"]).code, 2);
}

#[tokio::test]
async fn grants_are_shown_with_their_reason_and_what_they_leave_open_is_said() {
    let (_echo, door) = door().await;
    door.user("ada", "viewer").await;
    door.cli(&["group", "add", "data"]).done();
    let on_group =
        ["grant", "add", "--group", "data", "--role", "viewer", "--app", "tool", "--reason", "the migration"];
    door.cli(&on_group).done();
    let on_ada = ["grant", "add", "ada", "--role", "operator", "--app", "tool", "--resource", "job:nightly"];
    let told = door.cli(&[&on_ada[..], &["--reason", "on call"]].concat());
    assert!(told.code == 0 && !told.err.contains("names of everything"), "a viewer of all reads lists: {}", told.err);
    door.cli(&["group", "add", "night"]).done();
    let told = door.cli(&[&["grant", "add", "--group", "night"], &on_ada[3..]].concat());
    assert!(told.err.contains("names of everything") && told.err.contains("filter_answers"), "{}", told.err);
    assert!(door.cli(&["user", "show", "ada"]).done().contains("on call"));
    assert!(door.cli(&["group", "show", "data"]).done().contains("the migration"));
    let whole = door.cli(&["grant", "add", "ada", "--role", "developer", "--app", "tool"]);
    assert!(whole.code == 0 && !whole.err.contains("filter_answers"), "{}", whole.err);
    let plural = door.cli(&["grant", "add", "ada", "--role", "viewer", "--app", "tool", "--resource", "assets:a"]);
    assert!(plural.code == 3 && plural.err.contains("has no things of the kind `assets`"), "{}", plural.err);
    let unknown = door.cli(&["grant", "add", "ada", "--role", "chief"]);
    assert!(unknown.code == 2 && unknown.err.contains("roles are viewer"), "{}", unknown.err);
}

#[tokio::test]
async fn a_key_that_its_owner_holds_back_is_said_when_it_is_made() {
    let (_echo, door) = door().await;
    door.user("ada", "viewer").await;
    let make = |name: &str, more: &[&str]| door.cli(&[&["key", "create", name, "--owner", "ada"][..], more].concat());
    let capped = make("a", &["--role", "operator"]);
    assert!(capped.err.contains("ada holds the role viewer on everything"), "{}", capped.err);
    let on_job = make("b", &["--role", "developer", "--app", "tool", "--resource", "job:nightly"]);
    assert!(on_job.err.contains("ada holds the role viewer on job:nightly of tool"), "{}", on_job.err);
    assert!(!make("c", &["--role", "viewer"]).err.contains("ada holds"));
    assert_eq!(capped.out.lines().count(), 1, "the key alone: {}", capped.out);
}

#[tokio::test]
async fn doctor_understands_a_configuration_for_a_wrapped_tool() {
    let (_echo, door) = door().await;
    let file = door.file("wrapped.yaml");
    std::fs::write(&file, "apps:\n  dagster: {filter_answers: true}\n").unwrap();
    let printed = door.cli(&["--config", &file.display().to_string(), "doctor"]);
    assert!(printed.out.contains("`doorward dagster` brings its own"), "{}{}", printed.out, printed.err);
    assert!(printed.out.contains("database") && !printed.out.contains("needs `profile`"), "{}", printed.out);
    // Two tools are not wrapped at once: one of them is to be served.
    std::fs::write(&file, "apps:\n  dagster: {}\n  other: {profile: generic, path: /other}\n").unwrap();
    let printed = door.cli(&["--config", &file.display().to_string(), "doctor"]);
    assert!(printed.code == 1 && printed.out.contains("app `other` needs `upstream`"), "{}", printed.out);
}
