//! Bodies that come slowly, or only by half: nobody is waited for without end, and nobody stands in another's way.

use doorward_domain::Role;
use doorward_proxy::Limits;
use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::harness::{Person, TestDoor, Tool, Wire, body, header, status};

const MIB: usize = 1 << 20;

/// What came until the connection was closed, and how long that took.
async fn ending(mut wire: Wire) -> (String, Duration) {
    let start = Instant::now();
    let rest = tokio::task::spawn_blocking(move || wire.rest()).await.unwrap();
    (rest, start.elapsed())
}

/// A POST whose body is yet to come.
fn head(path: &str, person: Option<&Person>, framing: &str) -> String {
    let cookie = person.map(Person::cookie).unwrap_or_default();
    format!("POST {path} HTTP/1.1\r\nHost: door\r\n{cookie}Content-Type: application/json\r\n{framing}\r\n\r\n")
}

/// Sends this much again and again, until nobody listens any more.
fn trickle(wire: &Wire, piece: Vec<u8>, pause: Duration) {
    let mut stream = wire.stream.try_clone().unwrap();
    std::thread::spawn(move || {
        while stream.write_all(&piece).is_ok() {
            std::thread::sleep(pause);
        }
    });
}

async fn door_with(tool: &Tool, profile: &str, change: impl FnOnce(&mut Limits)) -> (TestDoor, Person) {
    let door = TestDoor::build().builtin(profile).limits(change).before(tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    (door, ada)
}

fn taking_all() -> Tool {
    Tool::with(|wire| {
        wire.wire.rest();
    })
}

#[tokio::test]
async fn half_a_body_to_the_desk_is_a_408_and_the_connection_ends() {
    let (door, _) = door_with(&Tool::hello(), "generic", |limits| limits.body_idle = Duration::from_secs(1)).await;
    for framing in ["Content-Length: 60", "Transfer-Encoding: chunked", "Expect: 100-continue\r\nContent-Length: 60"] {
        let mut wire = door.connect();
        wire.say(&head("/_doorward/api/v1/auth/login", None, framing));
        let (said, waited) = ending(wire).await;
        let said = said.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n");
        assert_eq!((status(said), header(said, "connection")), (408, "close"), "{framing}: {said}");
        assert!(body(said).contains("body_timeout"), "{said}");
        assert!(waited < Duration::from_secs(10), "{waited:?}");
    }
}

#[tokio::test]
async fn a_trickle_is_not_waited_for_longer_than_the_total_whoever_reads_the_body() {
    let change = |limits: &mut Limits| limits.body_timeout = Duration::from_secs(1);
    let (streamed, ada) = door_with(&taking_all(), "generic", change).await;
    let (collected, bob) = door_with(&Tool::hello(), "dagster", change).await;
    for (door, path, person) in [
        (&streamed, "/_doorward/api/v1/auth/login", None),
        (&streamed, "/x", Some(&ada)),
        (&collected, "/graphql", Some(&bob)),
    ] {
        let mut wire = door.connect();
        wire.say(&head(path, person, "Content-Length: 100000"));
        trickle(&wire, b"x".to_vec(), Duration::from_millis(50));
        let (said, waited) = ending(wire).await;
        assert_eq!((status(&said), header(&said, "connection")), (408, "close"), "{path}: {said}");
        assert!(waited < Duration::from_secs(10), "{path}: {waited:?}");
    }
}

#[tokio::test]
async fn an_upload_that_keeps_moving_may_take_longer_than_the_total() {
    let tool = Tool::with(|wire| {
        wire.wire.until("\r\n\r\n");
        wire.wire.take(80 << 10);
        wire.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let (door, ada) = door_with(&tool, "generic", |limits| limits.body_timeout = Duration::from_millis(500)).await;
    let mut wire = door.connect();
    let sending = tokio::task::spawn_blocking(move || {
        wire.say(&head("/x", Some(&ada), &format!("Content-Length: {}", 80 << 10)));
        for _ in 0..20 {
            wire.say_bytes(&[b'x'; 4 << 10]);
            std::thread::sleep(Duration::from_millis(100));
        }
        wire.read_message(false)
    });
    assert_eq!(body(&sending.await.unwrap().unwrap()), "ok");
}

#[tokio::test]
async fn a_tool_that_takes_its_time_does_not_make_the_client_slow() {
    const SIZE: usize = 64 * MIB;
    let tool = Tool::with(|wire| {
        wire.wire.until("\r\n\r\n");
        std::thread::sleep(Duration::from_secs(3));
        for _ in 0..SIZE / MIB {
            wire.wire.take(MIB);
        }
        wire.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let change = |limits: &mut Limits| {
        (limits.body_timeout, limits.body_rate) = (Duration::from_secs(1), 0);
    };
    let (door, ada) = door_with(&tool, "generic", change).await;
    let mut wire = door.connect();
    let sending = tokio::task::spawn_blocking(move || {
        wire.say(&head("/x", Some(&ada), &format!("Content-Length: {SIZE}")));
        let piece = vec![b'x'; MIB];
        for _ in 0..SIZE / MIB {
            wire.say_bytes(&piece);
        }
        wire.read_message(false)
    });
    assert_eq!(body(&sending.await.unwrap().unwrap()), "ok");
}

/// How many of them were answered 408.
fn told_to_go(slow: &[Wire]) -> usize {
    let is_told = |wire: &&Wire| {
        wire.stream.set_nonblocking(true).unwrap();
        let mut start = [0; 12];
        wire.stream.peek(&mut start).is_ok() && start == *b"HTTP/1.1 408"
    };
    slow.iter().filter(is_told).count()
}

#[tokio::test]
async fn slow_senders_of_large_bodies_do_not_stop_anothers() {
    let tool = Tool::answering("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    let (door, ada) = door_with(&tool, "dagster", |_| {}).await;
    let mut slow = Vec::new();
    for framing in [format!("Content-Length: {}", 16 * MIB), "Transfer-Encoding: chunked".to_owned()] {
        let mut wire = door.connect();
        wire.say(&head("/graphql", Some(&ada), &framing));
        let start = if framing.starts_with('T') { "10000\r\n" } else { "" };
        wire.say(&format!("{start}{}", " ".repeat(64 << 10)));
        let more = if start.is_empty() { " ".repeat(16) } else { "\r\n1\r\n ".to_owned() };
        trickle(&wire, more.into_bytes(), Duration::from_millis(200));
        slow.push(wire);
    }
    let bob = door.sign_in("bob", Role::Developer).await;
    let query = format!("{{\"query\":\"{{version}}\",\"variables\":{{\"a\":\"{}\"}}}}", "x".repeat(2 * MIB));
    let mut late = 0;
    // Whether the slow ones already hold their room, nobody outside can see: another comes until it needed some of it.
    for _ in 0..20 {
        let mut another = door.connect();
        another.say(&head("/graphql", Some(&bob), &format!("Content-Length: {}", query.len())));
        let query = query.clone();
        let asking = tokio::task::spawn_blocking(move || {
            another.say(&query);
            another.read_message(false)
        });
        let answer = tokio::time::timeout(Duration::from_secs(20), asking).await.expect("it has its turn").unwrap();
        assert_eq!(body(&answer.unwrap()), "{}");
        late = told_to_go(&slow);
        if late > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(late, 1, "one of them had to go, and it was told");
}

#[tokio::test]
async fn a_body_too_long_for_the_desk_is_refused_before_it_is_sent() {
    let (door, _) = door_with(&Tool::hello(), "generic", |_| {}).await;
    let mut wire = door.connect();
    wire.say(&head("/_doorward/api/v1/auth/login", None, &format!("Content-Length: {}", MIB + 1)));
    let (said, _) = ending(wire).await;
    assert_eq!((status(&said), header(&said, "connection")), (413, "close"), "{said}");
    assert!(body(&said).contains("body_too_large"), "{said}");
}
