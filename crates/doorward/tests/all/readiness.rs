//! Whether `ready`, the launchpad, the metrics and the log say the truth about tools that others run.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Desk, Running, ask, free_port, get};

/// What is promised.
const SOON: Duration = Duration::from_secs(5);

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(50);

fn ready(port: u16) -> String {
    get(port, "/_doorward/ready", "").expect("an answer")
}

/// Waits until `ready` says this of the app `tool`. What this very process was kept from running meanwhile is the machine's, and not counted.
fn until(port: u16, word: &str) {
    let (began, mut kept) = (Instant::now(), Duration::ZERO);
    let expected = format!("\"tool\":\"{word}\"");
    while !ready(port).contains(&expected) {
        let waited = began.elapsed().saturating_sub(kept);
        assert!(waited < SOON, "not {word} after {waited:?} (and {kept:?} of the machine's): {}", ready(port));
        let slept = Instant::now();
        std::thread::sleep(PAUSE);
        kept += slept.elapsed().saturating_sub(PAUSE);
    }
    let status = if word == "up" { "HTTP/1.1 200" } else { "HTTP/1.1 503" };
    assert!(ready(port).starts_with(status), "{}", ready(port));
}

fn door(desk: &Desk, profile: &str, tool: u16) -> (Running, u16, u16) {
    desk.add("root", "admin");
    let (port, probes) = (free_port(), free_port());
    let app = format!("apps: {{tool: {{upstream: 'http://127.0.0.1:{tool}', profile: {profile}}}}}");
    desk.write("doorward.yaml", &format!("listen: {port}\nadmin_listen: {probes}\n{app}\n"));
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with(" at http");
    (door, port, probes)
}

fn web_server(desk: &Desk, port: u16) -> Running {
    desk.write("server_info", "{}");
    let mut server = Command::new("python3");
    server.args(["-m", "http.server", "--bind", "127.0.0.1", &port.to_string()]).current_dir(desk.folder.path());
    let server = Running::start(&mut server);
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "the web server does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

fn sign_in(port: u16) -> String {
    let body = r#"{"username": "root", "password": "correct horse battery"}"#;
    let head = format!(
        "POST /_doorward/api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json"
    );
    let answer = ask(port, &format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let answer = answer.expect("an answer");
    let token = answer.split_once("\"token\":\"").and_then(|(_, rest)| rest.split('"').next());
    token.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn a_dead_tool_is_down_and_back_within_seconds_and_said_once() {
    for profile in ["generic", "dagster"] {
        let desk = Desk::new();
        let tool = free_port();
        let (mut door, port, probes) = door(&desk, profile, tool);
        until(port, "down");
        let page =
            get(port, "/_doorward/apps", &format!("Authorization: Bearer {}\r\n", sign_in(port))).expect("an answer");
        assert!(page.contains("Not answering") && page.contains("tool does not answer"), "{page}");
        let metrics = || get(probes, "/_doorward/metrics", "").expect("an answer");
        assert!(metrics().contains("doorward_app_up{app=\"tool\"} 0"), "{}", metrics());

        let server = web_server(&desk, tool);
        until(port, "up");
        assert!(metrics().contains("doorward_app_up{app=\"tool\"} 1"), "{}", metrics());
        drop(server);
        until(port, "down");
        std::thread::sleep(Duration::from_secs(3));
        door.signal("-TERM");
        assert_eq!(door.end(), 0);
        door.rest();
        let said = |part: &str| door.seen.iter().filter(|line| line.contains(part)).count();
        assert_eq!((said("does not answer"), said("answers again")), (2, 1), "{profile}: {:?}", door.seen);
    }
}

#[test]
fn a_request_that_finds_nothing_there_counts_at_once() {
    let desk = Desk::new();
    let tool = free_port();
    let server = web_server(&desk, tool);
    let (_door, port, _) = door(&desk, "generic", tool);
    let token = format!("Authorization: Bearer {}\r\n", sign_in(port));
    until(port, "up");
    drop(server);
    let failed = get(port, "/", &token).expect("an answer");
    assert!(failed.starts_with("HTTP/1.1 502"), "{failed}");
    assert!(ready(port).contains("\"tool\":\"down\""), "{}", ready(port));
    let _server = web_server(&desk, tool);
    let worked = get(port, "/", &token).expect("an answer");
    assert!(worked.starts_with("HTTP/1.1 200"), "a tool that others run is tried although it was down: {worked}");
    until(port, "up");
}

#[test]
fn what_is_known_of_a_tool_stays_known_when_the_configuration_is_read_again() {
    let desk = Desk::new();
    let (mut door, port, _) = door(&desk, "generic", free_port());
    until(port, "down");
    door.signal("-HUP");
    door.line_with("is in force");
    assert!(ready(port).contains("\"tool\":\"down\""), "{}", ready(port));
}

#[test]
fn a_tool_that_takes_connections_and_answers_nothing_is_down() {
    let desk = Desk::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let (_door, port, _) = door(&desk, "dagster", silent.local_addr().expect("an address").port());
    until(port, "down");
}

#[test]
fn a_wrapped_tool_that_no_longer_listens_is_down() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let port = free_port();
    let script = "timeout 4 python3 -m http.server --bind 127.0.0.1 $PORT; exec sleep 1000";
    let line =
        ["run", "--profile", "generic", "--name", "tool", "--listen", &port.to_string(), "--", "sh", "-c", script];
    let mut door = Running::start(desk.command().args(line));
    door.line_with("tool answers");
    until(port, "down");
    door.line_with("runs, but does not answer");
}
