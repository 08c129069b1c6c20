//! Requests understood by rules that look into their JSON bodies.

use doorward_domain::{Effect, Role, Scope, Subject};
use doorward_profile::Profile;
use doorward_service::Actor;
use doorward_service::admin::grants::NewGrant;
use std::io::Write as _;

use crate::harness::{Person, TestDoor, Tool, body, crlf, header, status};

const JOBS: &str = r#"
profile: jobs
kinds: {job: {}}
rules:
  - {match: "GET /**", action: view, targets: shell}
  - {match: "POST|DELETE /api/jobs", action: run, name: change, called: Changing jobs, resource: "job:{/job}"}
  - {match: "POST /api/jobs", when: {json: {/op: list}}, action: view, name: list, called: Listing jobs, targets: shell, changes_state: false}
"#;
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

async fn door_before(tool: &Tool) -> TestDoor {
    TestDoor::build().profile(JOBS).before(tool).await
}

fn post(person: &Person, headers: &str, body: &str) -> String {
    request("POST /api/jobs", person, headers, body)
}

fn request(start: &str, person: &Person, headers: &str, body: &str) -> String {
    let (cookie, length) = (person.cookie(), body.len());
    format!(
        "{start} HTTP/1.1\nHost: door\n{cookie}Content-Type: application/json; charset=utf-8\n{headers}Content-Length: {length}\n\n{body}"
    )
}

fn verdict(answer: &str) -> String {
    let decision = header(answer, "doorward-decision");
    let (word, reason) = (decision.split(';').next().unwrap(), decision.split("reason=").nth(1).unwrap_or_default());
    format!("{} {word} {reason}", status(answer))
}

#[tokio::test]
async fn what_was_read_is_sent_as_the_client_wrote_it() {
    let tool = Tool::answering(OK);
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Operator).await;
    let text = r#" {"job" : "\u0061", "n": 1.50e400} "#;
    let headers = "X-Signature: 1\nContent-Language: x\nRange: bytes=0-1\n";
    let answer = door.ask(&request("POST /api/jobs?page=1", &ada, headers, text)).await;
    assert_eq!((status(&answer), body(&answer)), (200, "{}"));
    let seen = tool.saw();
    assert!(seen.starts_with("POST /api/jobs?page=1 HTTP/1.1\r\n"), "{seen}");
    assert_eq!(body(&seen), text);
    assert_eq!((header(&seen, "content-type"), header(&seen, "x-signature")), ("application/json", "1"));
    assert_eq!(
        (header(&seen, "content-language"), header(&seen, "range"), header(&seen, "remote-user")),
        ("", "", "ada")
    );
    let event = door.concluded_request().await.event;
    assert_eq!((event.outcome.as_str(), event.target.as_deref()), ("success", Some("POST /api/jobs")));
    assert_eq!(event.details["resources"][0], "job:a");
}

#[tokio::test]
async fn a_viewer_lists_and_changes_nothing_however_it_is_written() {
    let tool = Tool::answering(OK);
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    for (text, expected) in [
        (r#"{"op": "list"}"#, "200  "),
        (r#"{"\u006fp": "l\u0069st", "job": "b"}"#, "200  "),
        (r#"{"op": "delete", "job": "a"}"#, "403 deny forbidden"),
        (r#"{"op": "List", "job": "a"}"#, "403 deny forbidden"),
        ("{}", "403 deny forbidden"),
        (r#"{"op": "list", "op": "delete"}"#, "400 refuse duplicate_key"),
        (r#"{"op": "list", "\u006fp": "delete"}"#, "400 refuse duplicate_key"),
        (r#"{"op": "list", "OP": "delete"}"#, "400 refuse ambiguous_key"),
        (r#"{"op": ["list"]}"#, "400 refuse wrong_type"),
        ("\u{feff}{\"op\": \"list\"}", "400 refuse bad_json"),
        ("", "400 refuse bad_json"),
    ] {
        assert_eq!(verdict(&door.ask(&post(&ada, "", text)).await), expected, "{text}");
    }
    let chunked = format!(
        "POST /api/jobs HTTP/1.1\nHost: door\n{}Content-Type: application/json\nTransfer-Encoding: chunked\n\n8\n{{\"op\": \"\n6\nlist\"}}\n0\n\n",
        ada.cookie()
    );
    assert_eq!(verdict(&door.ask(&chunked).await), "200  ");
    assert_eq!(body(tool.seen().last().unwrap()), r#"{"op": "list"}"#);
    assert_eq!(tool.seen().len(), 3);
    for headers in
        ["Content-Type: application/json\n", "X-HTTP-Method-Override: DELETE\n", "Connection: content-type\n"]
    {
        let answer = door.ask(&post(&ada, headers, r#"{"op": "list"}"#)).await;
        assert_eq!(status(&answer), 400, "{headers}: {answer}");
    }
    assert_eq!(tool.seen().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_what_any_program_gets() {
    let tool = Tool::answering(OK);
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.ask(&post(&ada, "", r#"{"job": "a"}"#)).await;
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    let said: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!((&said["required_role"], &said["code"]), (&"operator".into(), &"forbidden".into()));
    assert!(said["detail"].as_str().unwrap().contains("Changing jobs"), "{said}");
    let event = &door.requests_written(1).await[0].event;
    assert_eq!((event.outcome.as_str(), &event.details["resources"][0]), ("denied", &"job:a".into()));
    // Nobody's body is not waited for.
    let nobody = "POST /api/jobs HTTP/1.1\nHost: door\nContent-Type: application/json\nContent-Length: 9\n\n{";
    let answer = door.ask(nobody).await;
    assert_eq!(status(&answer), 401, "{answer}");
    let said: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
    assert!(said.get("errors").is_none(), "{said}");
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn whoever_holds_one_job_reaches_no_other() {
    let tool = Tool::answering(OK);
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    door.take_role(&ada, None).await;
    let scope = Scope::Resources("tool".parse().unwrap(), "job:a".parse().unwrap());
    let (subject, effect) = (Subject::User(ada.user.id), Effect::Allow(Role::Operator));
    let new = NewGrant { subject, effect, scope, until: None, reason: String::new() };
    door.services.grants.put(&Actor::System, new).await.unwrap();
    for own in [r#"{"job": "a"}"#, r#"{"job": ["a"]}"#, r#"{"job": "\u0061"}"#, r#"{"op": "list", "job": "b"}"#] {
        assert_eq!(verdict(&door.ask(&post(&ada, "", own)).await), "200  ", "{own}");
    }
    for other in [
        r#"{"job": "b"}"#,
        r#"{"job": ["a", "b"]}"#,
        r#"{"job": ["b", "a"]}"#,
        r#"{"job": ["a", null]}"#,
        r#"{"job": {"a": "a"}}"#,
        r#"{"job": [["a"]]}"#,
        r#"{"job": null}"#,
        r#"{"job": "A"}"#,
        r#"{"job": "a "}"#,
        r#"{"job": ""}"#,
        r#"{"x": {"job": "a"}}"#,
        "{}",
    ] {
        assert_eq!(verdict(&door.ask(&post(&ada, "", other)).await), "403 deny forbidden", "{other}");
    }
    for unclear in [r#"{"job": "a", "Job": "b"}"#, r#"{"job": "a", "job": "b"}"#, r#"{"job": "a\u0000b"}"#, r#"["a"]"#]
    {
        assert_eq!(status(&door.ask(&post(&ada, "", unclear)).await), 400, "{unclear}");
    }
    let twice = request("POST /api/jobs?job=b", &ada, "", r#"{"job": "a"}"#);
    assert_eq!(verdict(&door.ask(&twice).await), "400 refuse ambiguous_request");
    assert_eq!(tool.seen().len(), 4);
}

#[tokio::test]
async fn compressed_and_large_bodies_are_read_like_any_other() {
    let tool = Tool::answering(OK);
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Operator).await;
    let text = format!(r#"{{"job": "a", "x": "{}"}}"#, "y".repeat(200_000));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let coded = gzip.finish().unwrap();
    let head = format!(
        "POST /api/jobs HTTP/1.1\r\nHost: door\r\n{}Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        ada.cookie(),
        coded.len()
    );
    let mut wire = door.connect();
    wire.say_bytes(&[head.as_bytes(), &coded].concat());
    let answer = tokio::task::spawn_blocking(move || wire.read_message(false)).await.unwrap().unwrap();
    assert_eq!(status(&answer), 200, "{answer}");
    assert_eq!(body(&tool.saw()), text);
    assert_eq!(header(&tool.saw(), "content-encoding"), "");
    let small = Profile::from_yaml(&format!("{JOBS}json: {{limits: {{body: 100}}}}\n")).unwrap();
    door.replace_profile(small);
    let answer = door.ask(&post(&ada, "", &text)).await;
    assert_eq!(status(&answer), 413, "{answer}");
}

#[tokio::test]
async fn a_body_that_a_tool_may_leave_unread_is_the_last_on_its_connection() {
    let tool = Tool::answering(OK);
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Operator).await;
    for start in ["DELETE /api/jobs", "POST /api/jobs"] {
        assert_eq!(status(&door.ask(&request(start, &ada, "", r#"{"job": "a"}"#)).await), 200);
    }
    let connections: Vec<String> = tool.seen().iter().map(|seen| header(seen, "connection").to_owned()).collect();
    assert_eq!(connections, ["close", ""]);
}

#[tokio::test]
async fn a_body_is_judged_by_the_rules_of_the_moment_it_has_come() {
    let tool = Tool::answering(OK);
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Operator).await;
    for (more, expected) in
        [("json: {limits: {depth: 63}}\n", 200), ("  - {match: \"POST /api/others\", action: admin}\n", 400)]
    {
        door.replace_profile(Profile::from_yaml(JOBS).unwrap());
        let text = crlf(&post(&ada, "", r#"{"job": "a"}"#));
        let (start, rest) = text.split_at(text.len() - 3);
        let mut wire = door.connect();
        wire.say(start);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        door.replace_profile(Profile::from_yaml(&format!("{JOBS}{more}")).unwrap());
        wire.say(rest);
        let answer = tokio::task::spawn_blocking(move || wire.read_message(false)).await.unwrap().unwrap();
        assert_eq!(status(&answer), expected, "{more}: {answer}");
    }
}
