//! Lines that are logged while a request is answered say which request.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::support::{Desk, Running, ask, free_port, get, sql};

/// A tool that hangs up on whoever asks it for anything but the front page.
fn rude_tool() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or_default();
            if head.get(..read).unwrap_or_default().starts_with(b"GET / ") {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
            }
        }
    });
    port
}

fn door(desk: &Desk, format: &str) -> (Running, u16) {
    desk.add("root", "admin");
    let port = free_port();
    let app = format!("apps: {{wiki: {{upstream: 'http://127.0.0.1:{}', profile: generic}}}}", rude_tool());
    desk.write("doorward.yaml", &format!("listen: {port}\nlog: {{format: {format}}}\n{app}\n"));
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with(" at http");
    (door, port)
}

fn sign_in(port: u16) -> String {
    sign_in_as("root", port)
}

fn sign_in_as(name: &str, port: u16) -> String {
    let body = format!(r#"{{"username": "{name}", "password": "correct horse battery"}}"#);
    let head = format!(
        "POST /_doorward/api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json"
    );
    let answer = ask(port, &format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let answer = answer.expect("an answer");
    let token = answer.split_once("\"token\":\"").and_then(|(_, rest)| rest.split('"').next());
    token.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Asks for something that the tool does not answer: the id in our answer, and the line that tells of it.
fn failed_request(format: &str, headers: &str) -> (String, String) {
    let desk = Desk::new();
    let (mut door, port) = door(&desk, format);
    let credential = format!("Authorization: Bearer {}\r\n{headers}", sign_in(port));
    let answer = get(port, "/page?secret=1", &credential).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    (decision(&answer), door.line_with("the app did not answer"))
}

/// The id of the decision that an answer names.
fn decision(answer: &str) -> String {
    let head = answer.to_lowercase();
    let id = head.split_once("id=").and_then(|(_, rest)| rest.split([';', '\r']).next());
    id.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn a_line_about_a_socket_names_its_decision() {
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let (id, line) = failed_request("text", upgrade);
    assert!(line.contains(&format!("request{{decision={id} app=\"wiki\"}}")), "{line}");
}

#[test]
fn a_line_about_the_desk_names_its_decision() {
    let desk = Desk::new();
    let (mut door, port) = door(&desk, "text");
    let credential = format!("Authorization: Bearer {}\r\n", sign_in(port));
    sql(&desk, "ALTER TABLE users RENAME TO elsewhere");
    let answer = get(port, "/_doorward/api/v1/users?search=secret", &credential).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let line = door.line_with("the desk failed a request");
    assert!(line.contains(&format!("request{{decision={}}}", decision(&answer))), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[test]
fn a_line_of_text_names_the_decision_and_the_app_of_its_request() {
    let (id, line) = failed_request("text", "");
    assert!(line.contains(&format!("request{{decision={id} app=\"wiki\"}}: the app did not answer")), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[test]
fn a_line_of_json_names_the_decision_and_the_app_of_its_request() {
    let (id, line) = failed_request("json", "");
    let line: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
    assert_eq!((&line["span"]["decision"], &line["span"]["app"]), (&id.into(), &"wiki".into()), "{line}");
    assert_eq!((&line["level"], &line["message"]), (&"WARN".into(), &"the app did not answer".into()));
}

#[test]
fn a_line_about_a_request_of_any_kind_names_its_decision() {
    let desk = Desk::new();
    let (mut door, port) = door(&desk, "text");
    desk.add("vera", "viewer");
    let [root, vera] = ["root", "vera"].map(|name| format!("Authorization: Bearer {}\r\n", sign_in_as(name, port)));
    let mut names_it = |kind: &str, credential: &str, sentence: &str| {
        let length = if kind.starts_with("POST") { "Content-Length: 0\r\n" } else { "" };
        let head = format!("{kind} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{length}");
        let answer = ask(port, &format!("{head}{credential}\r\n")).expect("an answer");
        let line = door.line_with(&format!("request{{decision={}", decision(&answer)));
        assert!(line.contains(sentence), "{kind}: {line}\n{answer}");
    };
    for kind in ["GET /page", "HEAD /page", "POST /form", "DELETE /thing", "OPTIONS /thing"] {
        names_it(kind, &root, "the app did not answer");
    }
    names_it(
        "GET /page",
        &format!("{root}Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n"),
        "the app did not answer",
    );
    // Nothing that they are refused can be written down.
    sql(&desk, "ALTER TABLE audit_entries RENAME TO elsewhere");
    for kind in ["POST /form", "GET /_doorward/api/v1/users", "POST /_doorward/api/v1/users"] {
        names_it(kind, &vera, "a refusal could not be written");
    }
}
