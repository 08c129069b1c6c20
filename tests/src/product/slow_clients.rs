//! Half requests and idle connections: many clients that begin something and do not go on.

use futures_util::future::join_all;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Door, Echo, eventually, raw};

const LOGIN: &str = "POST /_doorward/api/v1/auth/login";

/// Connects and sends this much of a request.
async fn begin(port: u16, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    stream.write_all(bytes).await.expect("somebody listens");
    stream
}

/// A request that says it has a body of so many bytes, and none of it.
fn half(port: u16, start: &str, length: usize) -> Vec<u8> {
    format!("{start} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n")
        .into_bytes()
}

/// What comes until the other side closes.
async fn ending(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// How many sockets a process has open.
fn sockets(id: u32) -> usize {
    let entries = std::fs::read_dir(format!("/proc/{id}/fd")).expect("the process lives");
    let is_socket =
        |path: &std::path::Path| std::fs::read_link(path).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"));
    entries.flatten().filter(|entry| is_socket(&entry.path())).count()
}

#[tokio::test]
async fn three_hundred_silent_sign_ins_are_answered_408_and_gone() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").config("limits: {body_idle: 3s}").start().await;
    let before = sockets(door.process.id());
    let silent = join_all((0..300).map(|_| async { begin(door.port, &half(door.port, LOGIN, 60)).await })).await;
    let began = Instant::now();
    let answers =
        tokio::time::timeout(Duration::from_secs(30), join_all(silent.into_iter().map(ending))).await.expect("all end");
    for answer in answers {
        assert_eq!(raw::status(&answer), 408, "{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let gone = eventually(Duration::from_secs(5), || async { sockets(door.process.id()) <= before + 2 }).await;
    assert!(gone, "{} sockets are left of {before}", sockets(door.process.id()));
    door.admin().await;
}

/// Hundreds of connections that were opened and left, half of them in the middle of a request.
async fn crowd(port: u16) -> Vec<TcpStream> {
    let idle = (0..200).map(|_| begin(port, b""));
    let login = half(port, LOGIN, 60);
    let halves = (0..200).map(|number| begin(port, if number % 2 == 0 { &login } else { b"GET / HTTP/1.1\r\nHost:" }));
    let mut all = join_all(idle).await;
    all.extend(join_all(halves).await);
    all
}

fn lines_with(door: &Door, words: &str) -> usize {
    door.process.output().lines().filter(|line| line.contains(words)).count()
}

#[tokio::test]
async fn a_person_is_served_while_hundreds_hold_connections_and_descriptors_are_few() {
    let echo = Echo::start();
    let few = ["prlimit".to_owned(), "--nofile=256:256".to_owned()];
    let door = Door::guarding(&echo.url(), "generic").under(&few).start().await;
    let before = door.admin().await;
    let mut crowd_there = crowd(door.port).await;
    for _ in 0..5 {
        let serving = async {
            assert_eq!(before.get("/").await.status(), 200, "who was signed in before");
            assert_eq!(door.admin().await.get("/").await.status(), 200, "who comes now");
        };
        tokio::time::timeout(Duration::from_secs(20), serving).await.expect("in time");
        crowd_there.extend(join_all((0..50).map(|_| begin(door.port, b"POST /"))).await);
    }
    assert!(sockets(door.process.id()) < 256);
    let is_told = || async { lines_with(&door, "closed to make room") > 0 };
    assert!(eventually(Duration::from_secs(15), is_told).await, "{}", door.process.output());
    assert!(lines_with(&door, "closed to make room") < 20, "{}", door.process.output());
    assert_eq!(lines_with(&door, "could not be accepted"), 0, "{}", door.process.output());
}

#[tokio::test]
async fn a_door_without_a_descriptor_left_goes_on_and_says_so_once() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let admin = door.admin().await;
    let idle = join_all((0..100).map(|_| begin(door.port, b""))).await;
    let limit = |soft: &str| {
        let pid = door.process.id().to_string();
        let done = std::process::Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={soft}:")]).status();
        assert!(done.is_ok_and(|status| status.success()));
    };
    limit("40");
    for _ in 0..5 {
        let asking = door.stranger();
        let answer =
            tokio::time::timeout(Duration::from_secs(20), asking.get("/_doorward/health")).await.expect("in time");
        assert_eq!(answer.status(), 200);
    }
    let is_told = || async { lines_with(&door, "could not be accepted") > 0 };
    assert!(eventually(Duration::from_secs(15), is_told).await, "{}", door.process.output());
    assert!(lines_with(&door, "could not be accepted") <= 3, "{}", door.process.output());
    limit("4096");
    assert_eq!(admin.get("/").await.status(), 200);
    drop(idle);
}

#[tokio::test]
async fn the_soft_limit_is_raised_for_the_door_and_not_for_its_tool() {
    let limits = ["prlimit".to_owned(), "--nofile=300:500".to_owned()];
    let tool = "echo the tool may open $(ulimit -Sn) and at most $(ulimit -Hn); exec sleep 60";
    let plan = Door::command(&["run", "--profile", "generic", "--", "sh", "-c", tool]);
    let door = plan.under(&limits).start().await;
    let is_told = || async { lines_with(&door, "the tool may open 300 and at most 500") > 0 };
    assert!(eventually(Duration::from_secs(10), is_told).await, "{}", door.process.output());
    let said = std::fs::read_to_string(format!("/proc/{}/limits", door.process.id())).expect("the process lives");
    let line = said.lines().find(|line| line.starts_with("Max open files")).expect("it is there");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>()[3..5], ["500", "500"], "{line}");
    let told = door.cli(&["doctor"]).out;
    assert!(told.contains("may open 500, enough for"), "of the one that runs: {told}");
    assert!(!told.contains("a Doorward started here"), "where one runs, it is that one that counts: {told}");
}
