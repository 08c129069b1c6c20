//! Live updates over WebSocket.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

use crate::harness::dagster::{Dagster, LAUNCH, limit_mutation, maintenance_job};
use crate::harness::socket::{Came, Socket};
use crate::harness::{Door, Person};

const PATIENCE: Duration = Duration::from_secs(10);

async fn viewer() -> (Dagster, Door, Person) {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let vera = door.user("vera", "viewer").await;
    (dagster, door, vera)
}

/// A subscription to the log of a run that exists.
async fn run_log(dagster: &Dagster) -> Value {
    let launched =
        dagster.graphql(LAUNCH, json!({"params": {"selector": maintenance_job(), "runConfigData": "{}"}})).await;
    let run = launched["data"]["launchRun"]["run"]["runId"].as_str().unwrap_or_else(|| panic!("{launched}"));
    let query = "subscription Log($run: ID!) { pipelineRunLogs(runId: $run, cursor: null) { __typename } }";
    json!({"operationName": "Log", "query": query, "variables": {"run": run}})
}

async fn open(door: &Door, person: &Person, protocol: &str) -> Socket {
    let mut socket = Socket::open(door.port, person, protocol, "").await;
    assert_eq!(socket.status(), 101, "{}", socket.head);
    assert!(socket.head.to_lowercase().contains(&format!("sec-websocket-protocol: {protocol}")), "{}", socket.head);
    socket.send(&json!({"type": "connection_init", "payload": {}})).await;
    socket.next_of("connection_ack", PATIENCE).await;
    socket
}

#[tokio::test]
async fn a_viewer_follows_a_run_as_dagsters_pages_do() {
    let (dagster, door, vera) = viewer().await;
    let mut socket = open(&door, &vera, "graphql-ws").await;
    socket.send(&json!({"type": "start", "id": "1", "payload": run_log(&dagster).await})).await;
    let data = socket.next_of("data", PATIENCE).await;
    assert_eq!(
        data["payload"]["data"]["pipelineRunLogs"]["__typename"], "PipelineRunLogsSubscriptionSuccess",
        "{data}"
    );
    socket.send(&json!({"type": "stop", "id": "1"})).await;
}

#[tokio::test]
async fn a_viewer_follows_a_run_with_the_newer_protocol_too() {
    let (dagster, door, vera) = viewer().await;
    let mut socket = open(&door, &vera, "graphql-transport-ws").await;
    socket.send(&json!({"type": "subscribe", "id": "1", "payload": run_log(&dagster).await})).await;
    let data = socket.next_of("next", PATIENCE).await;
    assert_eq!(
        data["payload"]["data"]["pipelineRunLogs"]["__typename"], "PipelineRunLogsSubscriptionSuccess",
        "{data}"
    );
    socket.send(&json!({"type": "ping"})).await;
    socket.next_of("pong", PATIENCE).await;
    socket.send(&json!({"type": "complete", "id": "1"})).await;
}

#[tokio::test]
async fn a_fragmented_message_is_read_as_one() {
    let (dagster, door, vera) = viewer().await;
    let mut socket = open(&door, &vera, "graphql-ws").await;
    let message = json!({"type": "start", "id": "1", "payload": run_log(&dagster).await}).to_string();
    let (one, other) = message.as_bytes().split_at(message.len() / 2);
    socket.frame(0x01, one).await;
    socket.frame(0x89, b"ping in between").await;
    socket.frame(0x80, other).await;
    socket.next_of("data", PATIENCE).await;
}

#[tokio::test]
async fn queries_and_mutations_do_not_pass_through_a_socket() {
    let (dagster, door, _) = viewer().await;
    let admin = door.admin().await;
    let key = format!("socket-{}", door.port);
    let documents = [
        limit_mutation(&key),
        "{ version }".to_owned(),
        "{ capturedLogs(logKey: [\"x\"]) { __typename } version instance { info } }".to_owned(),
        format!(
            "subscription A {{ locationStateChangeEvents {{ __typename }} }} {}",
            limit_mutation(&key).replace("mutation", "mutation B")
        ),
    ];
    for (protocol, start) in [("graphql-ws", "start"), ("graphql-transport-ws", "subscribe")] {
        for document in &documents {
            let mut socket = open(&door, &admin, protocol).await;
            let name = if document.contains("mutation B") { json!("B") } else { Value::Null };
            let payload = json!({"query": document, "operationName": name, "operation_name": name});
            socket.send(&json!({"type": start, "id": "1", "payload": payload})).await;
            match socket.next(PATIENCE).await {
                Came::Text(message) => assert_eq!(message["type"], "error", "{document}: {message}"),
                Came::Close(_) | Came::End => {}
                Came::Nothing => panic!("{document}: silence"),
            }
        }
    }
    assert!(!dagster.executed(&key).await);
}

#[tokio::test]
async fn messages_that_cannot_be_read_reach_nobody_and_stop_nothing() {
    let (dagster, door, vera) = viewer().await;
    let frames: Vec<(u8, Vec<u8>)> = vec![
        (0x81, b"not json".to_vec()),
        (0x81, b"[]".to_vec()),
        (0x81, b"{\"type\":\"start\",\"type\":\"stop\",\"id\":\"1\"}".to_vec()),
        (0x81, b"{\"type\":\"start\",\"id\":\"1\",\"payload\":{}}".to_vec()),
        (0x81, vec![0xff, 0xfe]),
        (0x82, b"{}".to_vec()),
        (0x83, b"{}".to_vec()),
        (0xc1, b"{}".to_vec()),
        (0x89, vec![b'x'; 126]),
        (0x80, b"no beginning".to_vec()),
        (0x81, vec![b'['; 100_000]),
    ];
    for (first, payload) in frames {
        let mut socket = open(&door, &vera, "graphql-ws").await;
        socket.frame(first, &payload).await;
        let came = socket.next(PATIENCE).await;
        assert!(!matches!(came, Came::Nothing), "{first:x}: silence");
    }
    let mut socket = open(&door, &vera, "graphql-ws").await;
    socket.send(&json!({"type": "start", "id": "1", "payload": run_log(&dagster).await})).await;
    socket.next_of("data", PATIENCE).await;
}

#[tokio::test]
async fn an_open_socket_is_closed_with_4401_within_a_second_of_losing_the_right() {
    let (_dagster, door, vera) = viewer().await;
    let endings: [(&str, &[&str]); 2] =
        [("sessions ended", &["user", "end-sessions", "vera"]), ("disabled", &["user", "disable", "vera"])];
    let mut person = vera;
    for (what, command) in endings {
        let mut socket = open(&door, &person, "graphql-ws").await;
        door.cli(command).done();
        let began = Instant::now();
        let came = socket.next(PATIENCE).await;
        assert_eq!(came, Came::Close(4401), "{what}");
        assert!(began.elapsed() < Duration::from_millis(1200), "{what}: only after {:?}", began.elapsed());
        if what != "disabled" {
            person = door.sign_in("vera").await;
        }
    }
}

#[tokio::test]
async fn signing_out_closes_the_socket() {
    let (_dagster, door, vera) = viewer().await;
    let mut socket = open(&door, &vera, "graphql-transport-ws").await;
    vera.api_done(reqwest::Method::POST, "auth/logout", &Value::Null).await;
    assert_eq!(socket.next(PATIENCE).await, Came::Close(4401));
}

#[tokio::test]
async fn permission_flags_in_what_is_followed_are_the_viewers() {
    let (dagster, door, vera) = viewer().await;
    let mut asked = run_log(&dagster).await;
    asked["query"] = "subscription Log($run: ID!) { pipelineRunLogs(runId: $run, cursor: null) { \
        ... on PipelineRunLogsSubscriptionSuccess { run { id hasReExecutePermission hasTerminatePermission } } } }"
        .into();
    let flags = async |person: &Person, protocol: &str, begin: &str, kind: &str| {
        let mut socket = open(&door, person, protocol).await;
        socket.send(&json!({"type": begin, "id": "1", "payload": asked})).await;
        let data = socket.next_of(kind, PATIENCE).await;
        let run = &data["payload"]["data"]["pipelineRunLogs"]["run"];
        (run["hasReExecutePermission"].clone(), run["hasTerminatePermission"].clone())
    };
    let (no, yes) = (json!(false), json!(true));
    assert_eq!(flags(&vera, "graphql-ws", "start", "data").await, (no.clone(), no.clone()));
    assert_eq!(flags(&vera, "graphql-transport-ws", "subscribe", "next").await, (no.clone(), no));
    let otto = door.user("otto", "operator").await;
    assert_eq!(flags(&otto, "graphql-ws", "start", "data").await, (yes.clone(), yes));
}
