//! Many connections at once: neither one network nor one person keeps the others out.

use doorward_domain::Role;
use std::time::Duration;
use tokio::net::TcpSocket;

use crate::harness::{Person, TestDoor, Tool, Wire, body, header, status};
use crate::holders::key;

/// A connection from this address of this machine.
async fn from(door: &TestDoor, address: [u8; 4]) -> Wire {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    let stream = socket.connect(door.door.local_addrs()[0]).await.unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    Wire::of(stream)
}

/// What is answered to this within five seconds.
async fn answer_in_time(mut wire: Wire, request: String) -> String {
    let asking = tokio::task::spawn_blocking(move || {
        wire.say(&request);
        wire.read_message(false).unwrap_or_default()
    });
    tokio::time::timeout(Duration::from_secs(5), asking).await.expect("in time").unwrap()
}

fn get(path: &str, person: &Person) -> String {
    get_with(path, &person.cookie())
}

fn get_with(path: &str, credential: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: door\r\n{credential}\r\n")
}

/// A tool that sends events without an end to whoever asks for them, and answers everything else.
fn streaming() -> Tool {
    Tool::with(|wire| {
        while let Some(request) = wire.read_request() {
            if request.starts_with("GET /events") {
                wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                wire.wire.rest();
                return;
            }
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }
    })
}

/// So many streams of this person, all open.
async fn streams(door: &TestDoor, person: &Person, count: usize) -> Vec<Wire> {
    streams_with(door, &person.cookie(), count).await
}

async fn streams_with(door: &TestDoor, credential: &str, count: usize) -> Vec<Wire> {
    let mut open = Vec::new();
    for _ in 0..count {
        let (mut wire, request) = (door.connect(), get_with("/events", credential));
        let opening = tokio::task::spawn_blocking(move || {
            wire.say(&request);
            wire.until("data: 1").map(|_| wire)
        });
        let opened = tokio::time::timeout(Duration::from_secs(5), opening).await.expect("in time").unwrap();
        open.push(opened.expect("it opens"));
    }
    open
}

#[tokio::test]
async fn a_network_whose_bodies_wait_for_room_keeps_no_other_out() {
    let door = TestDoor::build().limits(|limits| limits.max_connections = 64).before(&Tool::hello()).await;
    let mut half = Vec::new();
    for _ in 0..120 {
        let mut wire = from(&door, [127, 0, 0, 66]).await;
        wire.say(&format!(
            "POST /_doorward/api/v1/auth/login HTTP/1.1\r\nHost: door\r\nContent-Length: 1000000\r\n\r\n{}",
            " ".repeat(20_000)
        ));
        half.push(wire);
    }
    for _ in 0..3 {
        let request = "GET /_doorward/login HTTP/1.1\r\nHost: door\r\n\r\n".to_owned();
        assert_eq!(status(&answer_in_time(from(&door, [127, 0, 0, 1]).await, request).await), 200);
    }
    // The newest of that network are there still, within its share.
    let open = half.iter().filter(|wire| is_open(wire)).count();
    assert!((1..=16).contains(&open), "{open}");
}

/// Whether the other side has not closed it.
fn is_open(wire: &Wire) -> bool {
    wire.stream.set_nonblocking(true).unwrap();
    let outcome = wire.stream.peek(&mut [0]);
    matches!(outcome, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

#[tokio::test]
async fn one_person_with_streams_without_an_end_keeps_nobody_out() {
    let door = TestDoor::build().limits(|limits| limits.max_connections = 32).before(&streaming()).await;
    let vic = door.sign_in("vic", Role::Viewer).await;
    let bob = door.sign_in("bob", Role::Viewer).await;
    let open = streams(&door, &vic, 48).await;
    for _ in 0..3 {
        assert_eq!(body(&answer_in_time(door.connect(), get("/", &bob)).await), "hello");
    }
    let still: Vec<_> = open.iter().map(is_open).collect();
    assert!(still.iter().filter(|open| **open).count() >= 16, "a share is nobody else's: {still:?}");
    assert!(!still[0] && still[47], "the oldest goes first: {still:?}");
}

#[tokio::test]
async fn one_person_with_many_keys_is_one_person() {
    let door = TestDoor::build().limits(|limits| limits.max_connections = 32).before(&streaming()).await;
    let vic = door.sign_in("vic", Role::Viewer).await;
    let bob = door.sign_in("bob", Role::Viewer).await;
    let mut open = Vec::new();
    for number in 0..12 {
        let key = key(&door, &format!("own{number}"), None, Some(vic.user.id)).await;
        open.extend(streams_with(&door, &format!("Doorward-Key: {key}\r\n"), 4).await);
    }
    for _ in 0..3 {
        assert_eq!(body(&answer_in_time(door.connect(), get("/", &bob)).await), "hello");
    }
    let still = open.iter().filter(|wire| is_open(wire)).count();
    assert!((16..32).contains(&still), "a share is nobody else's: {still}");
}

#[tokio::test]
async fn the_desk_answers_when_many_persons_have_taken_everything_else() {
    let door = TestDoor::build().limits(|limits| limits.max_connections = 64).before(&streaming()).await;
    let mut open = Vec::new();
    for (name, count) in [("ada", 16), ("bob", 16), ("vic", 16), ("zoe", 15)] {
        let person = door.sign_in(name, Role::Viewer).await;
        open.extend(streams(&door, &person, count).await);
    }
    let eve = door.sign_in("eve", Role::Viewer).await;
    for _ in 0..3 {
        let request = "GET /_doorward/login HTTP/1.1\r\nHost: door\r\n\r\n".to_owned();
        assert_eq!(status(&answer_in_time(door.connect(), request).await), 200);
        let answer = answer_in_time(door.connect(), get("/", &eve)).await;
        assert_eq!((status(&answer), header(&answer, "connection")), (503, "close"), "{answer}");
        assert!(!header(&answer, "retry-after").is_empty() && answer.contains("busy"), "{answer}");
    }
    assert!(open.iter().all(is_open), "nobody had too many");
    drop(open.pop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(body(&answer_in_time(door.connect(), get("/", &eve)).await), "hello");
}

#[tokio::test]
async fn one_person_who_opens_streams_without_an_end_closes_nobody_who_is_about_to_ask() {
    let door = TestDoor::build().limits(|limits| limits.max_connections = 64).before(&streaming()).await;
    let vic = door.sign_in("vic", Role::Viewer).await;
    let bob = door.sign_in("bob", Role::Viewer).await;
    let mut open = streams(&door, &vic, 70).await;
    for _ in 0..5 {
        let waits = door.connect();
        open.extend(streams(&door, &vic, 3).await);
        assert_eq!(body(&answer_in_time(waits, get("/", &bob)).await), "hello");
    }
}

#[tokio::test]
async fn two_who_have_half_each_keep_nobody_out_and_get_no_more() {
    let door = TestDoor::build().limits(|limits| limits.max_connections = 64).before(&streaming()).await;
    let vic = door.sign_in("vic", Role::Viewer).await;
    let eve = door.sign_in("eve", Role::Viewer).await;
    let bob = door.sign_in("bob", Role::Viewer).await;
    let vics = streams(&door, &vic, 32).await;
    let eves = streams(&door, &eve, 31).await;
    let answer = answer_in_time(door.connect(), get("/events", &vic)).await;
    assert_eq!((status(&answer), header(&answer, "connection")), (503, "close"), "{answer}");
    assert!(vics.iter().chain(&eves).all(is_open), "and it cost nobody a place");
    for _ in 0..3 {
        assert_eq!(body(&answer_in_time(door.connect(), get("/", &bob)).await), "hello");
    }
    assert!(!is_open(&vics[0]) && is_open(&vics[31]) && eves.iter().all(is_open));
}
