//! Whoever is slow, large or many is bounded.

use doorward_domain::Role;
use std::time::{Duration, Instant};

use crate::harness::{TestDoor, Tool, Wire, body, status};

/// What came until the connection was closed, and how long that waited.
async fn ending(mut wire: Wire) -> (String, Duration) {
    let start = Instant::now();
    let rest = tokio::task::spawn_blocking(move || wire.rest()).await.unwrap();
    (rest, start.elapsed())
}

#[tokio::test]
async fn a_head_that_never_ends_is_not_waited_for() {
    let door =
        TestDoor::build().limits(|limits| limits.header_timeout = Duration::from_secs(1)).before(&Tool::hello()).await;
    let mut silent = door.connect();
    silent.say("");
    let mut trickling = door.connect();
    trickling.say("GET / HTTP/1.1\r\nHost: door\r\n");
    let mut trickle = trickling.stream.try_clone().unwrap();
    std::thread::spawn(move || {
        while std::io::Write::write_all(&mut trickle, b"X: y\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    for wire in [silent, trickling] {
        let waited = ending(wire).await.1;
        assert!(waited < Duration::from_secs(4), "{waited:?}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let door =
        TestDoor::build().limits(|limits| limits.keep_alive = Duration::from_secs(1)).before(&Tool::hello()).await;
    let mut wire = door.connect();
    wire.say("GET / HTTP/1.1\r\nHost: door\r\n\r\n");
    let (said, waited) = ending(wire).await;
    assert_eq!(status(&said), 401);
    assert!(waited > Duration::from_millis(700) && waited < Duration::from_secs(4), "{waited:?}");
}

#[tokio::test]
async fn a_body_that_stops_coming_is_a_408() {
    let tool = Tool::with(|wire| {
        wire.wire.rest();
    });
    let door = TestDoor::build().limits(|limits| limits.body_idle = Duration::from_secs(1)).before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = door.connect();
    wire.say(&format!("PUT /x HTTP/1.1\r\nHost: door\r\n{}Content-Length: 10\r\n\r\nhalf", ada.cookie()));
    let (said, waited) = ending(wire).await;
    assert_eq!(status(&said), 408, "{said}");
    assert!(waited < Duration::from_secs(5), "{waited:?}");
}

#[tokio::test]
async fn a_tool_that_stops_answering_is_a_504() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.wire.rest();
    });
    let door = TestDoor::build().limits(|limits| limits.answer_idle = Duration::from_secs(1)).before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    assert_eq!(status(&door.context(&ada, "/", "").await), 504);
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_dropped() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\n\r\n");
        let zeros = vec![0; 1 << 16];
        while std::io::Write::write_all(&mut wire.wire.stream, &zeros).is_ok() {}
    });
    let door =
        TestDoor::build().limits(|limits| limits.response_write_timeout = Duration::from_secs(1)).before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&format!("GET /endless HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let waited = ending(wire).await.1;
    assert!(waited < Duration::from_secs(5), "{waited:?}");
}

#[tokio::test]
async fn heads_are_bounded() {
    let door = TestDoor::before(&Tool::hello()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let long = format!("X: {}\n", "y".repeat(70_000));
    let many = "X: y\n".repeat(120);
    for headers in [long, many] {
        assert_eq!(status(&door.context(&ada, "/", &headers).await), 431);
    }
    assert_eq!(status(&door.context(&ada, "/", &format!("X: {}\n", "y".repeat(30_000))).await), 200);
}

#[tokio::test]
async fn more_requests_at_once_than_allowed_connections_wait_their_turn() {
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let gone = std::sync::Mutex::new(gone);
    let tool = Tool::with(move |wire| {
        if wire.read_request().is_some_and(|request| request.contains("/held")) {
            let _ = gone.lock().unwrap().recv();
        }
        wire.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    });
    let door = TestDoor::build().limits(|limits| limits.max_connections = 2).before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let ask = |path: &str| {
        let mut wire = door.connect();
        wire.say(&format!("GET {path} HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
        wire
    };
    let held = [ask("/held"), ask("/held")];
    while tool.seen().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut third = ask("/");
    third.stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut probe = [0];
    assert!(third.stream.peek(&mut probe).is_err(), "nobody answers yet");
    drop(go);
    third.stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let answer = tokio::task::spawn_blocking(move || third.read_message(false).unwrap()).await.unwrap();
    assert_eq!(body(&answer), "hello");
    drop(held);
}

#[tokio::test]
async fn idle_connections_make_way_when_there_are_too_many() {
    let door = TestDoor::build().limits(|limits| limits.max_connections = 8).before(&Tool::hello()).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut person = door.connect();
    let get = format!("GET / HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie());
    person.say(&get);
    let served = tokio::task::spawn_blocking(move || (person.read_message(false).unwrap(), person));
    let (answer, mut person) = served.await.unwrap();
    assert_eq!(status(&answer), 200);
    let idle: Vec<_> = (0..40).map(|_| door.connect()).collect();
    let mut half: Vec<_> = (0..40).map(|_| door.connect()).collect();
    for wire in &mut half {
        wire.say("POST /_doorward/api/v1/auth/login HTTP/1.1\r\nHost: door\r\nContent-Length: 9\r\n\r\n");
    }
    // Somebody who comes now is served at once, and whoever was signed in before has not been cut off.
    let newcomer = tokio::time::timeout(Duration::from_secs(5), door.context(&ada, "/", "")).await.expect("in time");
    assert_eq!(body(&newcomer), "hello");
    person.say(&get);
    let served = tokio::task::spawn_blocking(move || person.read_message(false));
    assert_eq!(served.await.unwrap().map(|answer| status(&answer)), Some(200));
    drop((idle, half));
}

#[tokio::test]
async fn closing_lets_requests_finish_and_then_cuts() {
    let tool = Tool::with(|wire| {
        let request = wire.read_request().unwrap();
        std::thread::sleep(Duration::from_millis(if request.contains("/slow") { 700 } else { 20_000 }));
        wire.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let ask = |path: &str| {
        let mut wire = door.connect();
        wire.say(&format!("GET {path} HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
        ending(wire)
    };
    let (slow, endless) = (tokio::spawn(ask("/slow")), tokio::spawn(ask("/endless")));
    let idle = door.connect();
    let address = door.door.local_addrs()[0];
    while tool.seen().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let closing = Instant::now();
    door.door.shutdown(Duration::from_secs(2)).await;
    assert!(closing.elapsed() < Duration::from_secs(4), "{:?}", closing.elapsed());
    assert!(slow.await.unwrap().0.ends_with("done"));
    assert_eq!(endless.await.unwrap().0, "");
    assert_eq!(ending(idle).await.0, "");
    assert!(std::net::TcpStream::connect(address).is_err(), "nobody listens any more");
}
