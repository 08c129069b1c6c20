//! The first administrator: named by the environment, or by whoever sees what Doorward prints.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::door::{ADMIN, PASSWORD, credentials};
use crate::harness::person::{head, json_of};
use crate::harness::{Door, Echo};

/// The token of the setup link that was printed.
fn printed_token(door: &Door) -> String {
    let output = door.process.output();
    let (_, rest) =
        output.split_once("/_doorward/setup?token=").unwrap_or_else(|| panic!("no setup link in:\n{output}"));
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

#[tokio::test]
async fn name_and_password_from_the_environment_make_the_administrator() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").start().await;
    let me = door.admin().await.api_done(Method::GET, "auth/me", &Value::Null).await;
    assert_eq!(me["user"]["username"], ADMIN);
    assert_eq!(me["user"]["role"], "admin");
    assert!(!door.process.output().contains(PASSWORD), "a password that was given must not be printed");
}

#[tokio::test]
async fn a_name_alone_gets_a_password_that_is_printed_once() {
    let plan = Door::guarding("http://127.0.0.1:9", "generic").without_admin().env("DOORWARD_ADMIN_USER", "ada");
    let door = plan.start().await;
    let output = door.process.output();
    let (_, rest) = output.split_once(" password ").unwrap_or_else(|| panic!("none printed:\n{output}"));
    let password = rest.split_whitespace().next().unwrap();
    assert!(password.len() >= 16, "a generated password is long: {password:?}");
    let answer = door.stranger().api(Method::POST, "auth/login", &credentials("ada", password)).await;
    assert_eq!(answer.status(), 200);
    let again = door.killed_and_started_again().await;
    assert!(!again.process.output().contains(password), "it is printed once");
}

#[tokio::test]
async fn with_no_name_the_printed_link_makes_the_administrator_and_nothing_else_does() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").without_admin().start().await;
    let stranger = door.stranger();

    let status = json_of(stranger.api(Method::GET, "auth/status", &Value::Null).await).await;
    assert_eq!(status["setup_required"], true);
    let api = stranger.api(Method::GET, "users", &Value::Null).await;
    assert_eq!(api.status(), 503);
    assert_eq!(json_of(api).await["code"], "setup_required");
    let page = stranger.visit("/").await;
    assert!(page.status() == 302 || page.status() == 303, "pages lead to the setup page, not {}", page.status());
    assert!(head(&page, "location").contains("/_doorward/setup"));
    assert!(!head(&page, "location").contains("token="), "the token is for whoever reads the output");

    let token = printed_token(&door);
    let form = |token: &str| json!({"token": token, "username": "ada", "password": PASSWORD});
    for wrong in ["", "x", &token[1..], &format!("{token}x")] {
        let answer = stranger.api(Method::POST, "auth/setup", &form(wrong)).await;
        assert!(answer.status().is_client_error(), "{wrong:?} gave {}", answer.status());
    }
    let made = stranger.api(Method::POST, "auth/setup", &form(&token)).await;
    assert!(made.status().is_success(), "{}", json_of(made).await);
    let again = stranger.api(Method::POST, "auth/setup", &form(&token)).await;
    assert!(again.status().is_client_error(), "the link works once");
    door.sign_in("ada").await;
    assert_eq!(echo.seen().len(), 0, "nothing reaches the tool before there is an administrator");
}

#[tokio::test]
async fn a_setup_link_printed_earlier_stops_working() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").without_admin().start().await;
    let old = printed_token(&door);
    let door = door.killed_and_started_again().await;
    assert_ne!(printed_token(&door), old);
    let form = json!({"token": old, "username": "ada", "password": PASSWORD});
    assert!(door.stranger().api(Method::POST, "auth/setup", &form).await.status().is_client_error());
}

#[tokio::test]
async fn init_db_makes_an_administrator_and_shows_the_password() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").without_admin().start().await;
    let printed = door.cli(&["init-db", "--with-admin"]).done();
    let password = printed
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)))
        .find(|word| word.len() >= 16 && !word.contains('/') && word.chars().any(|c| c.is_ascii_digit()))
        .unwrap_or_else(|| panic!("no password in:\n{printed}"));
    let answer = door.stranger().api(Method::POST, "auth/login", &credentials("admin", password)).await;
    assert_eq!(answer.status(), 200, "in {printed}");
}

/// Runs as somebody without rights where the tests run as root, who may read everything.
fn unprivileged(program: &std::path::Path) -> std::process::Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root {
        return std::process::Command::new(program);
    }
    let mut command = std::process::Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(program);
    command
}

#[tokio::test]
async fn a_wrapped_tool_cannot_read_the_bootstrap_password_of_doorward() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    // Another user must reach both.
    std::fs::copy(crate::harness::binary::doorward(), file("doorward")).unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let script = "cat /proc/[0-9]*/environ > seen 2> refused; mv seen all; exec sleep 60";
    let database = format!("sqlite://{}", file("doorward.db").display());
    let mut doorward = unprivileged(&file("doorward"))
        .args([
            "--database",
            &database,
            "run",
            "--profile",
            "generic",
            "--listen",
            "127.0.0.1:0",
            "--",
            "sh",
            "-c",
            script,
        ])
        .env("DOORWARD_ADMIN_USER", ADMIN)
        .env("DOORWARD_ADMIN_PASSWORD", PASSWORD)
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let is_done = || async { file("all").exists() };
    let done = crate::harness::eventually(std::time::Duration::from_mins(1), is_done).await;
    doorward.kill().unwrap();
    doorward.wait().unwrap();
    assert!(done, "the tool was never started");
    let seen = String::from_utf8_lossy(&std::fs::read(file("all")).unwrap()).into_owned();
    assert!(seen.contains("PORT="), "it could read its own environment: {seen:?}");
    assert!(!seen.contains(PASSWORD) && !seen.contains("DOORWARD_"), "it read what is not its own");
}
