//! From the start to the first page: who is let in, what is said, and what a tool is not told.

use super::{TOOL, Wrapped};
use crate::support::{Desk, Running, ask, free_port, get};

#[test]
fn a_wrapped_tool_is_reached_through_the_door_only_by_who_signed_in() {
    let wrapped = Wrapped::start(TOOL);
    let nobody = get(wrapped.port, "/", "Sec-Fetch-Mode: navigate\r\nAccept: text/html\r\n").expect("an answer");
    assert!(nobody.starts_with("HTTP/1.1 302") && nobody.contains("/_doorward/login"), "{nobody}");
    let token = wrapped.sign_in("root");
    let answer = wrapped.visit_when_up(&token);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Directory listing"), "{answer}");
}

#[test]
fn while_the_tool_starts_people_are_told_to_wait() {
    let wrapped = Wrapped::start("sleep 2; exec python3 -m http.server --bind 127.0.0.1 $PORT");
    let token = wrapped.sign_in("root");
    let early = wrapped.visit(&token);
    assert!(early.starts_with("HTTP/1.1 503") && early.to_lowercase().contains("retry-after:"), "{early}");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn the_setup_link_is_printed_once_and_not_logged() {
    let desk = Desk::new();
    let port = free_port();
    let mut door = Running::start(desk.command().args([
        "run",
        "--profile",
        "generic",
        "--listen",
        &port.to_string(),
        "--",
        "sleep",
        "1000",
    ]));
    let link = door.line_with("/_doorward/setup?token=");
    let path = link.split_once(&format!("127.0.0.1:{port}")).expect("this address").1;
    assert!(get(port, path, "").expect("an answer").starts_with("HTTP/1.1 200"));
    let without = get(port, "/_doorward/api/v1/auth/me", "").expect("an answer");
    assert!(without.starts_with("HTTP/1.1 503") && without.contains("setup_required"), "{without}");
    let token = path.trim().split_once("token=").expect("a token").1;
    let body = format!(r#"{{"token": "{token}", "username": "boss", "password": "correct horse battery"}}"#);
    let head = format!(
        "POST /_doorward/api/v1/auth/setup HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json"
    );
    let made = ask(port, &format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    assert!(made.as_ref().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")), "{made:?}");
    let said = door.line_with("the first administrator was made");
    assert!(said.contains("boss") && !said.contains(token) && !said.contains("horse"), "{said}");
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
    assert_eq!(door.seen.iter().filter(|line| line.contains("token=")).count(), 1);
}

#[test]
fn the_last_lines_say_where_and_how_once_the_tool_answers() {
    let desk = Desk::new();
    let port = free_port();
    let mut command = desk.command();
    command.args(["run", "--profile", "generic", "--listen", &port.to_string(), "--", "sh", "-c"]);
    let mut door = Running::start(command.arg(format!("sleep 1; {TOOL}")));
    let link = door.line_with("/_doorward/setup?token=").trim().to_owned();
    door.line_with(&format!("generic answers at http://127.0.0.1:{port}/"));
    door.seen.clear();
    assert_eq!(
        door.line_with("  set up "),
        format!("  set up      {link}"),
        "the link that works, below the tool's own lines"
    );
}

#[test]
fn our_own_secrets_are_not_in_the_tools_environment() {
    let script = "env | sed s/^/env:/; echo done; exec sleep 1000";
    let mut wrapped = Wrapped::start_with(
        script,
        &[("DOORWARD_ADMIN_USER", "boss"), ("DOORWARD_ADMIN_PASSWORD", "correct horse battery")],
    );
    wrapped.door.line_with("| done");
    assert!(wrapped.door.seen.iter().any(|line| line.contains("env:PORT=")));
    assert!(
        !wrapped.door.seen.iter().any(|line| line.contains("DOORWARD_") || line.contains("horse")),
        "{:?}",
        wrapped.door.seen
    );
}

#[test]
fn a_port_in_use_is_told_and_starts_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let port = taken.local_addr().expect("an address").port();
    let desk = Desk::new();
    desk.add("root", "admin");
    let done = desk.run(&format!("run --profile generic --listen {port} -- touch started"));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("another program listens there already"), "{}", done.err);
    assert!(!desk.folder.path().join("started").exists());
}

/// The same again in a second terminal, or with the address for probes taken.
#[test]
fn a_start_that_fails_leaves_the_setup_link_of_another_alone() {
    let desk = Desk::new();
    let (port, probes) = (free_port(), free_port());
    desk.write("doorward.yaml", &format!("admin_listen: {probes}\n"));
    let words = |port: u16| format!("run --profile generic --listen {port} -- sleep 1000");
    let mut door = Running::start(desk.command().args(words(port).split(' ')));
    let told = door.line_with("/_doorward/setup?token=");
    let link = &told[told.find("/_doorward/setup?token=").expect("a link")..];
    for again in [port, free_port()] {
        let done = desk.run(&words(again));
        assert!(done.code == 1 && done.err.contains("cannot listen on"), "{done:?}");
        let page = get(port, link.trim(), "").expect("an answer");
        assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    }
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
}

/// A service that says nothing of where programs are.
#[test]
fn without_a_path_programs_are_where_the_c_library_looks() {
    let desk = Desk::new();
    let mut command = desk.command();
    command.env_remove("PATH");
    command.args(["run", "--profile", "generic", "--listen", &free_port().to_string(), "--", "sleep", "1000"]);
    let mut door = Running::start(&mut command);
    door.line_with("/_doorward/setup?token=");
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
}
