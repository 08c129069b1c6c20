//! Sockets whose messages nobody here reads: the handshake is checked, the bytes pass, and both sides are told of the end.

use doorward_domain::{AuditOutcome, Role};
use std::time::{Duration, Instant};

use crate::frames::{accept_with, head, hear, masked, plain, read};
use crate::harness::{Person, TestDoor, Tool, Wire, header, status};
use crate::sent::{meanwhile, slow};

const UPGRADE: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A tool that sends every frame back, with these headers in its 101.
fn echoing(headers: &'static str) -> Tool {
    Tool::with(move |wire| {
        accept_with(wire, headers);
        loop {
            let (first, _, payload) = read(&mut wire.wire);
            if first == 0x88 {
                return wire.wire.say_bytes(&plain(0x88, &payload));
            }
            wire.wire.say_bytes(&plain(first, &payload));
        }
    })
}

fn ask(door: &TestDoor, person: &Person, headers: &str) -> Wire {
    let mut wire = door.connect();
    wire.say(&format!("GET /socket?x=1 HTTP/1.1\r\nHost: door\r\n{}{UPGRADE}{headers}\r\n", person.cookie()));
    wire
}

/// Opens a socket and does this with it, on a thread of its own.
async fn converse<T: Send + 'static>(mut wire: Wire, talk: impl FnOnce(&mut Wire, String) -> T + Send + 'static) -> T {
    let talking = tokio::task::spawn_blocking(move || {
        let head = wire.until("\r\n\r\n").unwrap();
        assert_eq!(status(&head), 101, "{head}");
        talk(&mut wire, head)
    });
    talking.await.unwrap()
}

#[tokio::test]
async fn the_handshake_reaches_the_tool_and_its_answer_is_one_every_client_takes() {
    let tool =
        echoing("Sec-WebSocket-Protocol: v1.kernel\r\nSec-WebSocket-Extensions: permessage-deflate\r\nX-Own: 1\r\n");
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let offer = "Origin: http://door\r\nSec-WebSocket-Protocol: v1.kernel, other\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";
    let (head, echo) = converse(ask(&door, &ada, offer), |wire, head| {
        wire.say_bytes(&masked(0xc2, b"\x00\xffbytes"));
        let (first, is_masked, payload) = read(wire);
        assert!(!is_masked);
        (head, (first, payload))
    })
    .await;
    for (name, value) in [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("sec-websocket-protocol", "v1.kernel"),
        ("sec-websocket-extensions", "permessage-deflate"),
        ("x-own", "1"),
        ("content-length", ""),
        ("transfer-encoding", ""),
    ] {
        assert_eq!(header(&head, name), value, "{name} in {head}");
    }
    assert_eq!(echo, (0xc2, b"\x00\xffbytes".to_vec()), "an extension's bits pass unread");
    let request = tool.saw();
    assert_eq!(header(&request, "sec-websocket-key"), "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!((header(&request, "connection"), header(&request, "upgrade")), ("Upgrade", "websocket"));
    assert_eq!((header(&request, "remote-user"), header(&request, "cookie")), ("ada", ""));
}

#[tokio::test]
async fn opening_one_is_a_change_and_in_the_audit_log() {
    let door = TestDoor::before(&echoing("")).await;
    let viewer = door.sign_in("vera", Role::Viewer).await;
    let refused = tokio::task::spawn_blocking({
        let mut wire = ask(&door, &viewer, "");
        move || wire.read_message(false).unwrap()
    });
    assert_eq!(status(&refused.await.unwrap()), 403);
    let ada = door.sign_in("ada", Role::Developer).await;
    // A program that holds the cookie sends no `Origin`.
    let _open = converse(ask(&door, &ada, ""), |wire, _| Wire::of(wire.stream.try_clone().unwrap())).await;
    let events = door.requests_written(2).await;
    let seen: Vec<_> = events
        .iter()
        .map(|event| (event.event.actor.as_str(), event.event.target.as_deref(), event.event.outcome))
        .collect();
    assert_eq!(
        seen,
        [("vera", Some("WEBSOCKET /**"), AuditOutcome::Denied), ("ada", Some("WEBSOCKET /**"), AuditOutcome::Success)]
    );
}

#[tokio::test]
async fn another_sites_page_opens_none() {
    let door = TestDoor::before(&echoing("")).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = ask(&door, &ada, "Origin: http://evil.example\r\n");
    let answer = tokio::task::spawn_blocking(move || wire.read_message(false).unwrap()).await.unwrap();
    assert_eq!(status(&answer), 403);
}

#[tokio::test]
async fn an_answer_to_another_offer_is_a_502_and_a_failure() {
    for answer in [
        "Sec-WebSocket-Protocol: unasked\r\n",
        "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        "Sec-WebSocket-Accept: second\r\n",
    ] {
        let door = TestDoor::before(&echoing(answer)).await;
        let ada = door.sign_in("ada", Role::Developer).await;
        let mut wire = ask(&door, &ada, "");
        let answered = tokio::task::spawn_blocking(move || wire.read_message(false).unwrap()).await.unwrap();
        assert_eq!(status(&answered), 502, "{answer}");
        let event = door.concluded_request().await.event;
        assert_eq!((event.outcome, &event.details["status"]), (AuditOutcome::Failure, &101.into()), "{event:?}");
        let why = event.details["failure"].as_str().unwrap();
        assert!(
            why.ends_with("its WebSocket handshake is wrong") && event.details.get("interrupted").is_none(),
            "{why}"
        );
    }
}

/// Whoever asks for a socket and gets none was not served, whatever the status says.
#[tokio::test]
async fn an_answer_that_opens_no_socket_is_a_failure_and_the_tools_own() {
    for answer in ["200 OK", "302 Found", "404 Not Found"] {
        let told: &'static str = format!("HTTP/1.1 {answer}\r\nContent-Length: 2\r\n\r\nno").leak();
        let door = TestDoor::before(&Tool::answering(told)).await;
        let ada = door.sign_in("ada", Role::Developer).await;
        let mut wire = ask(&door, &ada, "");
        let answered = tokio::task::spawn_blocking(move || wire.read_message(false).unwrap()).await.unwrap();
        assert!(answered.starts_with(&format!("HTTP/1.1 {answer}")), "{answered}");
        let event = door.concluded_request().await.event;
        assert_eq!(event.outcome, AuditOutcome::Failure, "{event:?}");
        assert_eq!(event.details["failure"], "the app did not open a WebSocket", "{event:?}");
    }
}

#[tokio::test]
async fn it_is_a_failure_too_where_nobody_hears_of_it() {
    let (tool, was_sent, go_on) = slow("{}");
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let _wire = ask(&door, &ada, "");
    meanwhile(&was_sent, &go_on, door.end_sessions(&ada)).await;
    let event = door.concluded_request().await.event;
    assert_eq!(
        (event.outcome, &event.details["reason"]),
        (AuditOutcome::Failure, &"answer_withheld".into()),
        "{event:?}"
    );
    assert_eq!(event.details["failure"], "the app did not open a WebSocket", "{event:?}");
}

#[tokio::test]
async fn a_handshake_that_is_not_one_is_a_400_and_a_refusal_by_the_tool_is_its_own() {
    let tool = Tool::answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    for broken in [
        "Upgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n",
        "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n",
        "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 8\n",
    ] {
        assert_eq!(status(&door.context(&ada, "/", broken).await), 400, "{broken}");
    }
    assert_eq!(tool.seen().len(), 0);
    assert_eq!(status(&door.context(&ada, "/", &UPGRADE.replace('\r', "")).await), 403);
}

#[tokio::test]
async fn the_end_of_the_session_is_said_between_two_frames() {
    let (begun, begins) = std::sync::mpsc::channel();
    let tool = Tool::with(move |wire| {
        accept_with(wire, "");
        // Half a frame, and the rest only when the session has ended.
        wire.wire.say_bytes(&[head(0x82, 0, 10), b"hello".to_vec()].concat());
        begun.send(()).unwrap();
        std::thread::sleep(Duration::from_millis(700));
        wire.wire.say_bytes(b"world");
        wire.wire.rest();
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let wire = ask(&door, &ada, "");
    let talking = tokio::spawn(converse(wire, |wire, _| (read(wire).2, hear(wire), wire.rest())));
    tokio::task::spawn_blocking(move || begins.recv().unwrap()).await.unwrap();
    let ended = Instant::now();
    door.end_sessions(&ada).await;
    let said = talking.await.unwrap();
    assert_eq!(said, (b"helloworld".to_vec(), "close 4401".to_owned(), String::new()));
    assert!(ended.elapsed() < Duration::from_secs(4), "{:?}", ended.elapsed());
}

#[tokio::test]
async fn a_door_that_closes_says_1001_to_both() {
    let (told, heard) = std::sync::mpsc::channel();
    let tool = Tool::with(move |wire| {
        accept_with(wire, "");
        told.send(hear(&mut wire.wire)).unwrap();
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let wire = converse(ask(&door, &ada, ""), |wire, _| Wire::of(wire.stream.try_clone().unwrap())).await;
    let mut wire = wire;
    let hearing = tokio::task::spawn_blocking(move || hear(&mut wire));
    let began = Instant::now();
    door.door.shutdown(Duration::from_secs(10)).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(hearing.await.unwrap(), "close 1001");
    assert_eq!(heard.recv_timeout(Duration::from_secs(2)).unwrap(), "close 1001");
}

#[tokio::test]
async fn what_comes_with_the_handshake_passes_and_the_end_of_the_session_ends_it_within_a_second() {
    let door = TestDoor::before(&echoing("")).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = ask(&door, &ada, "");
    wire.say_bytes(&masked(0x81, b"early"));
    let talking = converse(wire, |wire, _| {
        let early = hear(wire);
        wire.say_bytes(&masked(0x81, b"more"));
        (early, hear(wire), Wire::of(wire.stream.try_clone().unwrap()))
    });
    let (early, more, mut wire) = talking.await;
    assert_eq!((early.as_str(), more.as_str()), ("early", "more"));
    let ended = Instant::now();
    door.end_sessions(&ada).await;
    let close_reason = tokio::task::spawn_blocking(move || hear(&mut wire)).await.unwrap();
    assert_eq!(close_reason, "close 4401");
    assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
}
