//! Messages of a read WebSocket that come by half: they end in time, and few long ones are held at once.

use doorward_domain::Role;
use doorward_proxy::Limits;
use std::time::{Duration, Instant};

use crate::frames::{accept, hear, masked, read};
use crate::harness::{Person, TestDoor, Tool, Wire, status};

async fn door_with(change: impl FnOnce(&mut Limits)) -> TestDoor {
    let tool = Tool::with(|wire| {
        accept(wire);
        while wire.wire.fill() {}
    });
    TestDoor::build().builtin("dagster").limits(change).before(&tool).await
}

/// A socket of this person.
async fn open(door: &TestDoor, person: &Person) -> Wire {
    let mut wire = door.connect();
    wire.say(&format!(
        "GET /graphql HTTP/1.1\r\nHost: door\r\n{}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://door\r\nSec-WebSocket-Protocol: graphql-ws\r\n\r\n",
        person.cookie()
    ));
    let opening = tokio::task::spawn_blocking(move || {
        let head = wire.until("\r\n\r\n").unwrap();
        assert_eq!(status(&head), 101, "{head}");
        wire
    });
    opening.await.unwrap()
}

/// Sends pongs until nobody listens any more.
fn keeps_saying_pong(wire: &Wire) {
    let mut stream = wire.stream.try_clone().unwrap();
    std::thread::spawn(move || {
        while std::io::Write::write_all(&mut stream, &masked(0x8a, b"")).is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}

#[tokio::test]
async fn a_message_that_never_ends_is_not_waited_for_whatever_comes_in_between() {
    let slow = |limits: &mut Limits| {
        (limits.body_idle, limits.body_timeout) = (Duration::from_secs(1), Duration::from_secs(2));
    };
    let door = door_with(slow).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let frame = masked(0x81, &[b' '; 1000]);
    // A fragment that nothing follows, half a frame, and half a frame that goes on byte by byte.
    for (begin, trickles) in
        [(masked(0x01, &[b' '; 1000]), false), (frame[..500].to_vec(), false), (frame[..100].to_vec(), true)]
    {
        let mut wire = open(&door, &ada).await;
        wire.say_bytes(&begin);
        if trickles {
            let mut stream = wire.stream.try_clone().unwrap();
            std::thread::spawn(move || {
                while std::io::Write::write_all(&mut stream, b" ").is_ok() {
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
        } else if begin[0] == 0x01 {
            keeps_saying_pong(&wire);
        }
        let began = Instant::now();
        let heard = tokio::task::spawn_blocking(move || hear(&mut wire)).await.unwrap();
        assert_eq!(heard, "close 1008");
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_socket_that_is_silent_between_messages_stays() {
    let slow = |limits: &mut Limits| {
        (limits.body_idle, limits.body_timeout) = (Duration::from_secs(1), Duration::from_secs(1));
    };
    let door = door_with(slow).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = open(&door, &ada).await;
    for _ in 0..3 {
        wire.say_bytes(&masked(0x81, br#"{"type":"connection_init","payload":{}}"#));
        tokio::time::sleep(Duration::from_millis(1300)).await;
    }
    wire.say_bytes(&masked(0x89, b"there?"));
    let (first, _, payload) = tokio::task::spawn_blocking(move || read(&mut wire)).await.unwrap();
    assert_eq!((first, payload.as_slice()), (0x8a, &b"there?"[..]));
}

#[tokio::test]
async fn few_long_messages_of_one_person_are_held_at_once() {
    let door = door_with(|_| {}).await;
    let (ada, bob) = (door.sign_in("ada", Role::Viewer).await, door.sign_in("bob", Role::Viewer).await);
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut wire = open(&door, &ada).await;
        wire.say_bytes(&masked(0x01, &vec![b' '; 200_000]));
        wire.say_bytes(&masked(0x89, b"there?"));
        held.push(tokio::task::spawn_blocking(move || (read(&mut wire).0, wire)).await.unwrap());
    }
    assert!(held.iter().all(|(first, _)| *first == 0x8a));
    let long = masked(0x01, &vec![b' '; 200_000]);
    let mut fifth = open(&door, &ada).await;
    fifth.say_bytes(&long);
    assert_eq!(tokio::task::spawn_blocking(move || hear(&mut fifth)).await.unwrap(), "close 1013");
    // Short ones need no room, and another person has some.
    for (person, message) in [(&ada, masked(0x01, &[b' '; 10_000])), (&bob, long.clone())] {
        let mut wire = open(&door, person).await;
        wire.say_bytes(&message);
        wire.say_bytes(&masked(0x89, b"there?"));
        assert_eq!(tokio::task::spawn_blocking(move || read(&mut wire).0).await.unwrap(), 0x8a);
    }
    // What ends gives its room back.
    drop(held.pop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut wire = open(&door, &ada).await;
    wire.say_bytes(&long);
    wire.say_bytes(&masked(0x89, b"there?"));
    assert_eq!(tokio::task::spawn_blocking(move || read(&mut wire).0).await.unwrap(), 0x8a);
}
