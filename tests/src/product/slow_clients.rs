//! Half requests: many clients that begin something and do not go on.

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
    let is_socket = |path: &std::path::Path| std::fs::read_link(path).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"));
    entries.flatten().filter(|entry| is_socket(&entry.path())).count()
}

#[tokio::test]
async fn three_hundred_silent_sign_ins_are_answered_408_and_gone() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").config("limits: {body_idle: 3s}").start().await;
    let before = sockets(door.process.id());
    let silent = join_all((0..300).map(|_| async { begin(door.port, &half(door.port, LOGIN, 60)).await })).await;
    let began = Instant::now();
    let answers = tokio::time::timeout(Duration::from_secs(30), join_all(silent.into_iter().map(ending))).await.expect("all end");
    for answer in answers {
        assert_eq!(raw::status(&answer), 408, "{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let gone = eventually(Duration::from_secs(5), || async { sockets(door.process.id()) <= before + 2 }).await;
    assert!(gone, "{} sockets are left of {before}", sockets(door.process.id()));
    door.admin().await;
}
