//! Sockets whose messages are read, with the Dagster profile.

use doorward_domain::Role;
use doorward_profile::Profile;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::frames::{accept, head, hear, masked, plain, read};
use crate::harness::{Person, TestDoor, Tool, Wire, header, status};
use crate::revocation::{PROMISED, lapsing};

pub const INIT: &str = r#"{"type":"connection_init","payload":{}}"#;
const START: &str = r#"{"type":"start","id":"1","payload":{"query":"subscription S { pipelineRunLogs(runId: \"r\") { __typename } }"}}"#;

/// A tool that answers every message with what it got.
fn echoing() -> Tool {
    Tool::with(|wire| {
        accept(wire);
        loop {
            let (first, is_masked, payload) = read(&mut wire.wire);
            assert!(is_masked, "what a client sends is masked");
            if first == 0x88 {
                return;
            }
            assert_eq!(first, 0x81, "whole text frames");
            let text = String::from_utf8(payload).unwrap();
            let quoted = serde_json::to_string(&text).unwrap();
            let answer = format!(r#"{{"type":"data","id":"1","payload":{{"data":{{"got":{quoted}}}}}}}"#);
            wire.wire.say_bytes(&plain(0x81, answer.as_bytes()));
        }
    })
}

async fn door_before(tool: &Tool) -> TestDoor {
    TestDoor::build().builtin("dagster").before(tool).await
}

/// Runs a conversation on a socket of this person, with further headers, on a thread of its own.
pub async fn converse<T: Send + 'static>(
    door: &TestDoor,
    person: &Person,
    headers: &str,
    talk: impl FnOnce(&mut Wire, String) -> T + Send + 'static,
) -> T {
    let mut wire = door.connect();
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://door\r\n";
    wire.say(&format!("GET /graphql HTTP/1.1\r\nHost: door\r\n{}{upgrade}{headers}\r\n", person.cookie()));
    let talking = tokio::task::spawn_blocking(move || {
        let head = wire.until("\r\n\r\n").unwrap();
        assert_eq!(status(&head), 101, "{head}");
        assert_eq!(header(&head, "sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        talk(&mut wire, head)
    });
    talking.await.unwrap()
}

#[tokio::test]
async fn a_subscription_is_understood_and_said_anew() {
    let tool = echoing();
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let heard =
        converse(&door, &ada, "Sec-WebSocket-Protocol: graphql-ws\r\nSec-WebSocket-Extensions: x\r\n", |wire, head| {
            assert_eq!(header(&head, "sec-websocket-protocol"), "graphql-ws");
            assert_eq!(header(&head, "sec-websocket-extensions"), "");
            wire.say_bytes(&masked(0x81, INIT.as_bytes()));
            let init = hear(wire);
            wire.say_bytes(&masked(0x81, START.as_bytes()));
            (init, hear(wire))
        });
    let (init, start) = heard.await;
    assert!(init.contains("connection_init"), "{init}");
    assert!(start.contains("subscription S { pipelineRunLogs"), "{start}");
    let request = tool.saw();
    assert_eq!(header(&request, "sec-websocket-protocol"), "graphql-ws");
    assert_eq!(header(&request, "sec-websocket-extensions"), "");
    assert_eq!((header(&request, "remote-user"), header(&request, "cookie")), ("", ""));
    assert_ne!(header(&request, "sec-websocket-key"), "dGhlIHNhbXBsZSBub25jZQ==");
}

#[tokio::test]
async fn a_flood_of_messages_holds_up_nobody_else_on_the_worker() {
    for (count, length) in [(250, 4_000), (60, 20_000)] {
        let door = door_before(&echoing()).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        let asks = "version ".repeat(length / "version ".len());
        let message = format!(r#"{{"type":"start","id":"1","payload":{{"query":"{{ {asks} }}"}}}}"#);
        let flood = masked(0x81, message.as_bytes()).repeat(count);
        let answered = Arc::new(AtomicUsize::new(0));
        let answers = Arc::clone(&answered);
        let flooding = converse(&door, &ada, "", move |wire, _| {
            let mut stream = wire.stream.try_clone().unwrap();
            std::thread::spawn(move || stream.write_all(&flood));
            for _ in 0..count {
                assert!(hear(wire).contains("Only subscriptions"));
                answers.fetch_add(1, Ordering::SeqCst);
            }
        });
        let somebody_else = async {
            while answered.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            door.ask("GET /_doorward/x HTTP/1.1\nHost: door\n\n").await;
            answered.load(Ordering::SeqCst)
        };
        let ((), before) = tokio::join!(flooding, somebody_else);
        assert!(before < count / 2, "{before} of {count} messages of {length} bytes came first");
    }
}

#[tokio::test]
async fn a_newer_client_is_translated() {
    let door = door_before(&echoing()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let heard = converse(&door, &ada, "Sec-WebSocket-Protocol: graphql-transport-ws\r\n", |wire, head| {
        assert_eq!(header(&head, "sec-websocket-protocol"), "graphql-transport-ws");
        wire.say_bytes(&masked(0x81, START.replace("\"start\"", "\"subscribe\"").as_bytes()));
        let answer = hear(wire);
        wire.say_bytes(&masked(0x81, br#"{"type":"ping"}"#));
        (answer, hear(wire))
    });
    let (answer, pong) = heard.await;
    assert!(answer.contains(r#""type":"next""#) && answer.contains(r#"\"type\":\"start\""#), "{answer}");
    assert_eq!(pong, r#"{"type":"pong"}"#);
}

#[tokio::test]
async fn nothing_but_subscriptions_reaches_the_tool() {
    let tool = Tool::with(|wire| {
        accept(wire);
        let (first, _, payload) = read(&mut wire.wire);
        assert_eq!(first, 0x88, "{:?}", String::from_utf8_lossy(&payload));
    });
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let heard = converse(&door, &ada, "", |wire, _| {
        let mut heard = Vec::new();
        for query in
            ["mutation { deleteRun(runId: \\\"r\\\") { __typename } }", "{ capturedLogs { __typename } version }", "{"]
        {
            let start = format!(r#"{{"type":"start","id":"7","payload":{{"query":"{query}"}}}}"#);
            wire.say_bytes(&masked(0x81, start.as_bytes()));
            heard.push(hear(wire));
        }
        heard
    });
    for answer in heard.await {
        assert!(answer.contains(r#""type":"error""#) && answer.contains(r#""id":"7""#), "{answer}");
    }
}

#[tokio::test]
async fn fragmented_messages_are_read_and_a_client_that_offers_compression_does_without() {
    let door = door_before(&echoing()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let heard = converse(&door, &ada, offer, |wire, head| {
        assert!(!head.to_ascii_lowercase().contains("sec-websocket-extensions"), "{head}");
        let (one, other) = START.as_bytes().split_at(10);
        wire.say_bytes(&[masked(0x01, one), masked(0x89, b"are you there"), masked(0x80, other)].concat());
        let (pong, _, payload) = read(wire);
        assert_eq!((pong, payload.as_slice()), (0x8a, &b"are you there"[..]));
        hear(wire)
    });
    assert!(heard.await.contains("pipelineRunLogs"));
}

#[tokio::test]
async fn the_end_of_the_session_closes_both_sides_within_a_second() {
    let (told, heard) = std::sync::mpsc::channel();
    let tool = Tool::with(move |wire| {
        accept(wire);
        told.send(hear(&mut wire.wire)).unwrap();
    });
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let wire = converse(&door, &ada, "", |wire, _| Wire::of(wire.stream.try_clone().unwrap()));
    let mut wire = wire.await;
    let ended = Instant::now();
    door.end_sessions(&ada).await;
    let close_reason = tokio::task::spawn_blocking(move || hear(&mut wire)).await.unwrap();
    assert_eq!(close_reason, "close 4401");
    assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
    assert_eq!(heard.recv_timeout(Duration::from_secs(1)).unwrap(), "close 1001");
}

/// A socket of this person with a subscription under way.
async fn subscribed(door: &TestDoor, person: &Person) -> Wire {
    let wire = converse(door, person, "", |wire, _| {
        wire.say_bytes(&masked(0x81, START.as_bytes()));
        assert!(hear(wire).contains("pipelineRunLogs"));
        Wire::of(wire.stream.try_clone().unwrap())
    });
    wire.await
}

/// Whether the socket closes with 4401 as soon as promised.
async fn is_closed(mut wire: Wire) -> bool {
    let began = Instant::now();
    let heard = tokio::task::spawn_blocking(move || hear(&mut wire)).await.unwrap();
    assert_eq!(heard, "close 4401");
    began.elapsed() < PROMISED
}

/// Whether the socket still answers after more time than an end takes.
async fn goes_on(mut wire: Wire) -> bool {
    let talking = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(1500) {
            wire.say_bytes(&masked(0x81, START.as_bytes()));
            if !hear(&mut wire).contains("pipelineRunLogs") {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    });
    talking.await.unwrap()
}

#[tokio::test]
async fn a_subscription_goes_on_when_rules_and_grants_change_and_it_would_be_let_in_again() {
    let door = door_before(&echoing()).await;
    let ada = door.sign_in("ada", Role::Operator).await;
    let wire = subscribed(&door, &ada).await;
    let rule = serde_json::from_value(serde_json::json!({"match": "* /**", "action": "admin"})).unwrap();
    let stricter = || Profile::builtin("dagster").unwrap().with_rules(std::slice::from_ref(&rule)).unwrap();
    door.replace_profile(stricter());
    door.replace_profile(stricter().with_graphql_tokens(2_000));
    door.grant(&ada, Role::Viewer, Some(Duration::from_millis(400))).await;
    door.take_role(&ada, Some(Role::Viewer)).await;
    assert!(goes_on(wire).await);
}

#[tokio::test]
async fn a_subscription_ends_when_the_rules_for_operations_change() {
    let door = door_before(&echoing()).await;
    let ada = door.sign_in("ada", Role::Operator).await;
    let wire = subscribed(&door, &ada).await;
    let (was, is) = ("pipelineRunLogs: {action: view", "pipelineRunLogs: {action: admin");
    let text = Profile::builtin_text("dagster").unwrap();
    assert!(text.contains(was));
    door.replace_profile(Profile::from_yaml(&text.replace(was, is)).unwrap());
    assert!(is_closed(wire).await);
}

#[tokio::test]
async fn a_subscription_ends_when_the_grant_behind_it_lapses() {
    let door = door_before(&echoing()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    door.take_role(&ada, None).await;
    let lasts = Duration::from_secs(2);
    let (before, lapses) = lapsing(&door, &ada, Role::Operator, lasts).await;
    let mut wire = subscribed(&door, &ada).await;
    let heard = tokio::task::spawn_blocking(move || hear(&mut wire)).await.unwrap();
    let ended = Instant::now();
    assert_eq!(heard, "close 4401");
    assert!(ended >= before + lasts, "{:?} before it lapsed", (before + lasts) - ended);
    assert!(ended < lapses + PROMISED, "{:?} after it had lapsed", ended - lapses);
}

#[tokio::test]
async fn frames_that_break_the_rules_close_the_socket() {
    let door = door_before(&echoing()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let large = [&head(0x81, 0x80, 1 << 40)[..], &[0; 4]].concat();
    for (what, frame, close_reason) in [
        ("not masked", plain(0x81, INIT.as_bytes()), "close 1002"),
        ("binary", masked(0x82, b"x"), "close 1003"),
        ("not UTF-8", masked(0x81, b"\xff"), "close 1007"),
        ("too large", large, "close 1009"),
        ("compressed unasked", masked(0xc1, b"x"), "close 1002"),
        ("a continuation of nothing", masked(0x80, b"x"), "close 1002"),
        ("not JSON", masked(0x81, b"hello"), "close 4400"),
        ("duplicate keys", masked(0x81, br#"{"type":"ka","type":"connection_init"}"#), "close 4400"),
    ] {
        let heard = converse(&door, &ada, "", move |wire, _| {
            wire.say_bytes(&frame);
            hear(wire)
        });
        assert_eq!(heard.await, close_reason, "{what}");
    }
}

#[tokio::test]
async fn a_close_is_answered_and_passed_on() {
    let tool = Tool::with(|wire| {
        accept(wire);
        wire.wire.say_bytes(&plain(0x88, &1011_u16.to_be_bytes()));
        assert_eq!(hear(&mut wire.wire), "close 1001");
    });
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    assert_eq!(converse(&door, &ada, "", |wire, _| hear(wire)).await, "close 1011");
    let door = door_before(&echoing()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let heard = converse(&door, &ada, "", |wire, _| {
        wire.say_bytes(&masked(0x88, &1000_u16.to_be_bytes()));
        (hear(wire), wire.rest())
    });
    assert_eq!(heard.await, ("close 1000".to_owned(), String::new()));
}

#[tokio::test]
async fn a_client_that_does_not_listen_holds_no_memory_and_is_pinged() {
    let tool = Tool::with(|wire| {
        accept(wire);
        wire.wire.stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let message = plain(0x81, format!(r#"{{"type":"ka","x":"{}"}}"#, "y".repeat(60_000)).as_bytes());
        let mut sent = 0;
        while std::io::Write::write_all(&mut wire.wire.stream, &message).is_ok() {
            sent += message.len();
            assert!(sent < 64 << 20, "somebody holds all this");
        }
    });
    let door = door_before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    converse(&door, &ada, "", |_, _| std::thread::sleep(Duration::from_secs(2))).await;

    let door = TestDoor::build().builtin("dagster").limits(|limits| limits.socket_ping = Duration::from_millis(300));
    let door = door.before(&echoing()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let heard = converse(&door, &ada, "", |wire, _| [hear(wire), hear(wire), hear(wire)]).await;
    assert_eq!(heard, ["frame 89 []", "frame 89 []", "close 1001"]);
}

#[tokio::test]
async fn a_tool_that_does_not_open_a_socket_is_a_502() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
    ] {
        let door = door_before(&Tool::answering(answer)).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        let upgrade = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n";
        assert_eq!(status(&door.context(&ada, "/graphql", upgrade).await), 502);
        let no_version = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n";
        assert_eq!(status(&door.context(&ada, "/graphql", no_version).await), 400);
    }
}
