//! Ending a session ends what runs on it, within a second.

use std::time::{Duration, Instant};

use doorward_domain::Role;

use crate::harness::{TestDoor, Tool, status};

#[tokio::test]
async fn an_ended_session_no_longer_opens_the_door() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    assert_eq!(status(&door.visit(&ada, "/", "").await), 200);
    door.end_sessions(&ada).await;
    assert_eq!(status(&door.visit(&ada, "/", "").await), 401);
}

#[tokio::test]
async fn a_stream_is_cut_within_a_second_of_its_sessions_end() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        // One that never pauses must end as well as one that is silent.
        loop {
            wire.say("data: tick\n\n");
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&format!("GET /events HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
    let mut wire = tokio::task::spawn_blocking(move || {
        wire.until("data: tick").unwrap();
        wire
    })
    .await
    .unwrap();
    let ended = Instant::now();
    door.end_sessions(&ada).await;
    tokio::task::spawn_blocking(move || wire.rest()).await.unwrap();
    assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
    assert_eq!(door.services.counters.revoked.total(), 1);
}

#[tokio::test]
async fn a_silent_stream_is_cut_too() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        wire.wire.rest();
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&format!("GET /events HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
    let mut wire = tokio::task::spawn_blocking(move || {
        wire.until("hello").unwrap();
        wire
    })
    .await
    .unwrap();
    let ended = Instant::now();
    door.end_sessions(&ada).await;
    let rest = tokio::task::spawn_blocking(move || wire.rest()).await.unwrap();
    assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
    assert!(!rest.contains("0\r\n\r\n"), "cut, not ended: {rest:?}");
}
