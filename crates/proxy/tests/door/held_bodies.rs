//! Large bodies are held while they come and until the tool has them, and no person holds all the room.

use doorward_domain::Role;
use std::time::{Duration, Instant};

use crate::harness::{Person, TestDoor, Tool, Wire, body, header, status};

const MIB: usize = 1 << 20;
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// A query of about this many bytes.
fn query(bytes: usize) -> String {
    format!("{{\"query\":\"{{version}}\",\"variables\":{{\"a\":\"{}\"}}}}", "x".repeat(bytes))
}

/// Sends a query of about this many bytes; the answer and how long it took come later.
fn send(door: &TestDoor, person: &Person, bytes: usize) -> tokio::task::JoinHandle<(String, Duration)> {
    let (mut wire, cookie): (Wire, _) = (door.connect(), person.cookie());
    wire.stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    tokio::task::spawn_blocking(move || {
        let (began, query) = (Instant::now(), query(bytes));
        wire.say(&format!(
            "POST /graphql HTTP/1.1\r\nHost: door\r\n{cookie}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            query.len()
        ));
        wire.say(&query);
        (wire.read_message(false).unwrap_or_default(), began.elapsed())
    })
}

async fn is_answered(answer: tokio::task::JoinHandle<(String, Duration)>) {
    let (answer, _) = tokio::time::timeout(Duration::from_secs(8), answer).await.expect("in time").unwrap();
    assert_eq!(body(&answer), "{}", "{answer}");
}

#[tokio::test]
async fn a_tool_that_answers_slowly_holds_no_room() {
    // Nobody lets it go on: it has all of the large ones, and answers none.
    let tool = Tool::with(|wire| {
        while let Some(request) = wire.read_request() {
            if request.len() > 4 * MIB {
                wire.wire.rest();
                return;
            }
            wire.say(OK);
        }
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let (ada, bob) = (door.sign_in("ada", Role::Viewer).await, door.sign_in("bob", Role::Viewer).await);
    let slow = [send(&door, &ada, 15 * MIB), send(&door, &ada, 15 * MIB)];
    let began = Instant::now();
    while tool.seen().len() < 2 {
        assert!(began.elapsed() < Duration::from_secs(30), "the tool has both");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    is_answered(send(&door, &bob, 20_000)).await;
    is_answered(send(&door, &bob, 3 * MIB)).await;
    is_answered(send(&door, &ada, 3 * MIB)).await;
    for slow in slow {
        slow.abort();
    }
}

#[tokio::test]
async fn one_person_holds_half_of_the_room_and_waits_ten_seconds_for_more() {
    // It does not take large ones, so that they are held.
    let tool = Tool::with(|wire| {
        while let Some(head) = wire.wire.until("\r\n\r\n") {
            let length: usize = header(&head, "content-length").parse().unwrap();
            if length > 4 * MIB {
                std::thread::sleep(Duration::from_mins(1));
                return;
            }
            wire.wire.take(length);
            wire.say(OK);
        }
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let (ada, bob) = (door.sign_in("ada", Role::Viewer).await, door.sign_in("bob", Role::Viewer).await);
    let held = send(&door, &ada, 15 * MIB);
    tokio::time::sleep(Duration::from_secs(6)).await;
    let second = send(&door, &ada, 15 * MIB);
    is_answered(send(&door, &bob, 20_000)).await;
    is_answered(send(&door, &bob, 3 * MIB)).await;
    is_answered(send(&door, &ada, 200_000)).await;
    let (answer, waited) = second.await.unwrap();
    assert_eq!((status(&answer), header(&answer, "connection")), (503, "close"), "{answer}");
    assert!(!header(&answer, "retry-after").is_empty() && answer.contains("busy"), "{answer}");
    assert!(waited > Duration::from_secs(9) && waited < Duration::from_secs(20), "{waited:?}");
    held.abort();
}

/// A short document that asks for very many flags, each time at places of its own.
fn fanning_out(number: usize) -> String {
    let places: Vec<_> =
        (0..48).map(|n| format!(r#"p{n}:runOrError(runId:\"r\"){{...F o{n}:hasDeletePermission}}"#)).collect();
    let flags: Vec<_> = (0..40).map(|n| format!("f{n}:hasDeletePermission ")).collect();
    format!(r#"{{"query":"query Q{number}{{{}}}fragment F on Run{{{}}}"}}"#, places.concat(), flags.concat())
}

#[tokio::test]
async fn short_documents_that_mean_a_lot_take_room_for_as_long_as_the_tool_takes() {
    let tool = Tool::with(|wire| {
        while let Some(request) = wire.read_request() {
            if request.contains("hasDeletePermission") {
                wire.wire.rest();
                return;
            }
            wire.say(OK);
        }
    });
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let (ada, bob) = (door.sign_in("ada", Role::Viewer).await, door.sign_in("bob", Role::Viewer).await);
    let mut open = Vec::new();
    for number in 0..300 {
        let (mut wire, query) = (door.connect(), fanning_out(number));
        wire.say(&format!(
            "POST /graphql HTTP/1.1\r\nHost: door\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{query}",
            ada.cookie(),
            query.len()
        ));
        open.push(wire);
    }
    // Each takes some fifty kilobytes, and eight megabytes are one person's.
    let is_answered_already = |wire: &&Wire| {
        wire.stream.set_nonblocking(true).unwrap();
        wire.stream.peek(&mut [0]).is_ok()
    };
    let counts = || (tool.seen().len(), open.iter().filter(is_answered_already).count());
    for _ in 0..200 {
        let (with_tool, turned_away) = counts();
        if with_tool + turned_away == 300 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (with_tool, turned_away) = counts();
    assert!((100..200).contains(&with_tool), "the tool has {with_tool}");
    assert!(turned_away > 80, "{turned_away} of 300 were told to come again");
    is_answered(send(&door, &bob, 20_000)).await;
    is_answered(send(&door, &ada, 100)).await;
}
