//! Whoever holds one location of Dagster tries everything on another one: by every transport, place, document and message, with a session, by
//! a group, with keys of every form, and with a role on all of it but for a denial.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward_domain::{Effect, Member, Role, Scope, Subject, UserId};
use doorward_service::Actor;
use doorward_service::admin::keys::NewKey;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

use crate::attacks::{self, Attempt};
use crate::frames::{accept_with, hear, masked};
use crate::harness::{TestDoor, Tool, ToolWire, header, status};
use crate::things::{OK, ask, give, is_denied, person, subject};
use crate::told::{about, as_answer, is_question, knowing, told};

/// Whoever may do anything with `a` and nothing with `b`: what they are called, and the header lines they come with.
async fn holders(door: &TestDoor) -> Vec<(&'static str, String)> {
    let ada = person(door, "ada").await;
    give(door, subject(&ada), Effect::Allow(Role::Admin), Some("location:a")).await;

    let (gil, groups) = (person(door, "gil").await, &door.services.groups);
    let inner = groups.create(&Actor::System, "inner", "").await.unwrap().id;
    let outer = groups.create(&Actor::System, "outer", "").await.unwrap().id;
    groups.join(&Actor::System, inner, Member::User(gil.user.id)).await.unwrap();
    groups.join(&Actor::System, outer, Member::Group(inner)).await.unwrap();
    give(door, Subject::Group(outer), Effect::Allow(Role::Admin), Some("location:a*")).await;

    let dan = door.sign_in("dan", Role::Admin).await;
    give(door, subject(&dan), Effect::Deny, Some("location:b")).await;

    let ci = key(door, "ci", Some("location:a"), None).await;
    let own = key(door, "own", None, Some(ada.user.id)).await;
    let denied = key(door, "denied", None, Some(dan.user.id)).await;
    vec![
        ("a session", ada.cookie()),
        ("a group", gil.cookie()),
        ("a denial", dan.cookie()),
        ("a key", format!("Doorward-Key: {ci}\r\n")),
        ("a key as bearer", format!("Authorization: Bearer {ci}\r\n")),
        ("a key as password", format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("ci:{ci}")))),
        ("an own key", format!("Doorward-Key: {own}\r\n")),
        ("an own key of a denied one", format!("Doorward-Key: {denied}\r\n")),
    ]
}

/// A key with the strongest role on these things, or on everything.
pub async fn key(door: &TestDoor, name: &str, resource: Option<&str>, owner: Option<UserId>) -> String {
    let scope = resource
        .map_or(Scope::Everything, |pattern| Scope::Resources("tool".parse().unwrap(), pattern.parse().unwrap()));
    let (name, role) = (name.to_owned(), Role::Admin);
    let new = NewKey { name, role, scope, owner, expires_at: None, allowed_addresses: Vec::new() };
    door.services.keys.create(&Actor::System, new).await.unwrap().0.expose().to_owned()
}

/// A launch in a location, labelled with a name.
fn launch(location: &str, name: &str, directives: &str) -> String {
    format!(
        r#"launchRun(executionParams: {{selector: {{repositoryLocationName: "{location}", repositoryName: "r", jobName: "j"}}, executionMetadata: {{tags: [{{key: "attack", value: "{name}"}}]}}}}) {directives} {{ __typename }}"#
    )
}

pub async fn send(door: &TestDoor, credential: &str, attempt: &Attempt) -> String {
    let Attempt { line, headers, body, .. } = attempt;
    let length = if headers.contains("Transfer-Encoding") {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let head = format!("{line} HTTP/1.1\r\nHost: door\r\nConnection: close\r\n{credential}{headers}{length}\r\n");
    let (mut wire, bytes) = (door.connect(), [head.as_bytes(), body].concat());
    tokio::task::spawn_blocking(move || {
        wire.say_bytes(&bytes);
        wire.rest()
    })
    .await
    .unwrap()
}

/// Whether the tool was made to run what has this name. A page that is opened with it in its address runs nothing.
pub fn ran(tool: &Tool, name: &str) -> bool {
    let is_page = |request: &str| request.starts_with("GET ") && header(request, "accept") == "text/html";
    tool.seen().iter().any(|request| request.contains(name) && !is_page(request))
}

#[tokio::test]
async fn no_transport_place_or_document_leads_to_another_location() {
    let tool = Tool::answering(OK);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    for (number, (holder, credential)) in holders(&door).await.into_iter().enumerate() {
        let others = |name: &str, directives: &str| launch("b", name, directives);
        let label = format!("b{number}");
        let attempts = [attacks::transports, attacks::places, attacks::documents].map(|all| all(&label, &others));
        for attempt in attempts.concat() {
            let answer = send(&door, &credential, &attempt).await;
            assert!(!ran(&tool, &attempt.name), "{} got through with {holder}: {answer}", attempt.name);
        }
        let own = |name: &str, directives: &str| launch("a", name, directives);
        for attempt in attacks::documents(&format!("a{number}"), &own) {
            let answer = send(&door, &credential, &attempt).await;
            assert!(ran(&tool, &attempt.name), "the attack is none: {} with {holder}: {answer}", attempt.name);
        }
    }
}

/// Everything that names the location otherwise than by a launch.
fn of_location(location: &str) -> Vec<Value> {
    let repository = json!({"repositoryLocationName": location, "repositoryName": "r"});
    let with = |more: Value| {
        let mut all = repository.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let one = |field: &str, argument: &str, type_of: &str, value: Value| json!({"query": format!("mutation M($v: {type_of}) {{ {field}({argument}: $v) {{ __typename }} }}"), "variables": {"v": value}});
    vec![
        one("reloadRepositoryLocation", "repositoryLocationName", "String!", json!(location)),
        one("shutdownRepositoryLocation", "repositoryLocationName", "String!", json!(location)),
        one("startSchedule", "scheduleSelector", "ScheduleSelector!", with(json!({"scheduleName": "s"}))),
        one("scheduleDryRun", "selectorData", "ScheduleSelector!", with(json!({"scheduleName": "s"}))),
        one("startSensor", "sensorSelector", "SensorSelector!", with(json!({"sensorName": "s"}))),
        one("setSensorCursor", "sensorSelector", "SensorSelector!", with(json!({"sensorName": "s"}))),
        json!({
            "query": "mutation($r: RepositorySelector!) { addDynamicPartition(repositorySelector: $r, partitionsDefName: \"d\", partitionKey: \"k\") { __typename } }",
            "variables": {"r": repository},
        }),
        json!({
            "query": "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) { __typename } }",
            "variables": {"p": {"selector": {"partitionSetName": "p", "repositorySelector": repository}, "partitionNames": ["x"]}},
        }),
        json!({"query": format!("{{ workspaceLocationEntryOrError(name: \"{location}\") {{ __typename }} }}")}),
        json!({
            "query": "query($r: RepositorySelector!) { repositoryOrError(repositorySelector: $r) { __typename } }",
            "variables": {"r": repository},
        }),
        json!({
            "query": "query($p: PipelineSelector!) { a: pipelineOrError(params: $p) { __typename } b: isPipelineConfigValid(pipeline: $p, mode: \"default\") { __typename } }",
            "variables": {"p": with(json!({"pipelineName": "j"}))},
        }),
    ]
}

#[tokio::test]
async fn nothing_that_names_another_location_or_its_runs_passes() {
    let tool = knowing();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let forwarded = || tool.seen().iter().filter(|request| !is_question(request)).count();
    for (holder, credential) in holders(&door).await {
        let before = forwarded();
        for others in of_location("b").into_iter().chain(about("b1")) {
            let answer = ask(&door, &credential, &others).await;
            assert!(is_denied(&answer), "{others} with {holder}: {answer}");
        }
        for path in ["/logs/b1/compute_logs/x/out", "/download_debug/b1", "/logs/b1/compute_logs/x/err?x=/logs/a1/"] {
            let answer = door.ask(&format!("GET {path} HTTP/1.1\nHost: door\n{credential}\n")).await;
            assert_eq!(status(&answer), 403, "{path} with {holder}");
        }
        assert_eq!(forwarded(), before, "something reached the tool with {holder}");
        let own = of_location("a").into_iter().chain(about("a1"));
        for request in own {
            let answer = ask(&door, &credential, &request).await;
            assert!(!is_denied(&answer), "the attack is none: {request} with {holder}: {answer}");
        }
    }
}

/// A tool that knows its runs and notes what it is told over sockets.
fn listening(heard: &Arc<Mutex<Vec<String>>>) -> Tool {
    let heard = Arc::clone(heard);
    Tool::with(move |wire: &mut ToolWire| {
        let mut first = [0; 1024];
        let seen = wire.wire.stream.peek(&mut first).unwrap_or(0);
        let opening = String::from_utf8_lossy(&first[..seen]).to_ascii_lowercase();
        if opening.contains("upgrade: websocket") {
            let is_modern = opening.contains("graphql-transport-ws");
            let protocol = if is_modern { "graphql-transport-ws" } else { "graphql-ws" };
            accept_with(wire, &format!("Sec-WebSocket-Protocol: {protocol}\r\n"));
            loop {
                let message = hear(&mut wire.wire);
                if message.starts_with("close") {
                    return;
                }
                heard.lock().unwrap().push(message);
            }
        }
        while let Some(request) = wire.read_request() {
            wire.say(&as_answer(&told(&request)));
        }
    })
}

/// Operations on a location that a socket could carry.
fn spoken(location: &str) -> Vec<String> {
    vec![
        format!("subscription {{ pipelineRunLogs(runId: \"{location}1\") {{ __typename }} }}"),
        format!(
            "subscription {{ capturedLogs(logKey: [\"{location}1\", \"compute_logs\", \"{location}\"]) {{ stdout }} }}"
        ),
        format!(
            "query {{ workspaceLocationEntryOrError(name: \"{location}\") {{ __typename }} }} subscription S {{ pipelineRunLogs(runId: \"{location}2\") {{ __typename }} }}"
        ),
        format!("query {{ workspaceLocationEntryOrError(name: \"{location}\") {{ __typename }} }}"),
        format!("mutation {{ terminateRun(runId: \"{location}3\") {{ __typename }} }}"),
        format!("mutation {{ {} }}", launch(location, "socket", "")),
    ]
}

#[tokio::test]
async fn no_message_on_a_socket_leads_to_another_location() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let tool = listening(&heard);
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    for (holder, credential) in holders(&door).await {
        for (protocol, start) in [("graphql-ws", "start"), ("graphql-transport-ws", "subscribe")] {
            let mut wire = door.connect();
            wire.say(&format!(
                "GET /graphql HTTP/1.1\r\nHost: door\r\n{credential}Connection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://door\r\n\
                 Sec-WebSocket-Protocol: {protocol}\r\n\r\n"
            ));
            let messages = std::iter::once(json!({"type": "connection_init", "payload": {}}))
                .chain(spoken("b").into_iter().enumerate().map(|(id, query)| {
                    json!({"type": start, "id": format!("b{id}"), "payload": {"query": query, "operationName": "S"}})
                }))
                .chain(spoken("b").into_iter().enumerate().map(|(id, query)| {
                    json!({"type": start, "id": format!("B{id}"), "payload": {"query": query}})
                }))
                .chain([json!({"type": start, "id": "last", "payload": {"query": spoken("a")[0]}})])
                .map(|message| message.to_string());
            let messages: Vec<String> = messages.collect();
            tokio::task::spawn_blocking(move || {
                assert_eq!(status(&wire.until("\r\n\r\n").unwrap()), 101);
                for message in messages {
                    // In two frames: whoever reads them one by one sees no operation.
                    let (first, rest) = message.as_bytes().split_at(message.len() / 2);
                    wire.say_bytes(&[masked(0x01, first), masked(0x80, rest)].concat());
                }
                std::thread::sleep(std::time::Duration::from_millis(300));
                wire
            })
            .await
            .unwrap();
            let came = std::mem::take(&mut *heard.lock().unwrap());
            assert!(came.iter().any(|message| message.contains("\"last\"")), "the attack is none: {holder}: {came:?}");
            let others = came.iter().find(|message| message.contains("b1") || message.contains("\"b"));
            assert_eq!(others, None, "{holder} by {protocol}");
        }
    }
}
