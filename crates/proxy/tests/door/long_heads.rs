//! Long heads of requests take room: one network has its share, also of streams that go on, and keeps no other out.

use doorward_domain::Role;
use std::io::{Read as _, Write as _};
use std::time::Duration;
use tokio::net::TcpSocket;

use crate::harness::{TestDoor, Tool, Wire, body, status};

const KIB: usize = 1 << 10;

/// A connection from this address of this machine.
async fn from(door: &TestDoor, last: u8) -> Wire {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, last], 0).into()).unwrap();
    let stream = socket.connect(door.door.local_addrs()[0]).await.unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    Wire::of(stream)
}

/// Headers of so many bytes.
fn long(bytes: usize) -> String {
    let headers: Vec<_> = (0..bytes / KIB).map(|n| format!("X-{n:04}: {}\r\n", "a".repeat(KIB - 10))).collect();
    headers.concat()
}

/// How many of these were told to come again.
fn refused(wires: &[Wire]) -> usize {
    let is_refused = |wire: &&Wire| {
        wire.stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let mut start = [0; 12];
        (&wire.stream).read(&mut start).is_ok_and(|read| &start[..read] == b"HTTP/1.1 503")
    };
    wires.iter().filter(is_refused).count()
}

#[tokio::test]
async fn half_heads_of_one_network_take_its_share_and_no_more() {
    let door = TestDoor::before(&Tool::hello()).await;
    let half = format!("GET / HTTP/1.1\r\nHost: door\r\n{}", long(62 * KIB));
    let mut open = Vec::new();
    for _ in 0..400 {
        let wire = from(&door, 66).await;
        let _ = (&wire.stream).write_all(half.as_bytes());
        open.push(wire);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    // Sixteen megabytes for 64 kB each.
    let refused = refused(&open);
    assert!((140..=160).contains(&refused), "{refused} of 400");
    let ada = door.sign_in("ada", Role::Viewer).await;
    for (last, headers, expected) in [(1, long(40 * KIB), 200), (66, String::new(), 200), (66, long(12 * KIB), 503)] {
        let mut wire = from(&door, last).await;
        let cookie = ada.cookie();
        let asking = tokio::task::spawn_blocking(move || {
            wire.say(&format!("GET / HTTP/1.1\r\nHost: door\r\n{cookie}{headers}\r\n"));
            wire.read_message(false).unwrap_or_default()
        });
        let answer = asking.await.unwrap();
        assert_eq!(status(&answer), expected, "from {last}: {answer}");
    }
    drop(open);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut wire = from(&door, 66).await;
    let cookie = ada.cookie();
    let asking = tokio::task::spawn_blocking(move || {
        wire.say(&format!("GET / HTTP/1.1\r\nHost: door\r\n{cookie}{}\r\n", long(40 * KIB)));
        wire.read_message(false).unwrap_or_default()
    });
    assert_eq!(body(&asking.await.unwrap()), "hello", "what is gone holds nothing");
}

#[tokio::test]
async fn streams_with_long_heads_take_room_for_as_long_as_they_go_on() {
    let tool = Tool::with(|wire| {
        while let Some(request) = wire.read_request() {
            if request.starts_with("GET /events") {
                wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                wire.wire.rest();
                return;
            }
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let (head, mut open) = (long(60 * KIB), Vec::new());
    for n in 0..320 {
        let mut wire = from(&door, 66).await;
        let request = format!("GET /events HTTP/1.1\r\nHost: door\r\n{}{head}\r\n", ada.cookie());
        let opening = tokio::task::spawn_blocking(move || {
            let _ = (&wire.stream).write_all(request.as_bytes());
            let is_open = wire.until("data: 1").is_some();
            (wire, is_open)
        });
        let (wire, is_open) = opening.await.unwrap();
        assert_eq!(is_open, n < 256, "{n}");
        open.push(wire);
    }
}
