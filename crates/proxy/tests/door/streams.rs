//! Streams of any size, both ways, without buffering.

use doorward_domain::Role;
use std::time::Duration;

use crate::harness::{TestDoor, Tool, body, header, status};

#[tokio::test]
async fn events_arrive_as_they_are_sent() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
        // And says nothing more until the client has gone.
        wire.wire.rest();
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&format!("GET /events HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
    let first = tokio::task::spawn_blocking(move || (wire.until("data: 1\n\n"), wire));
    let (first, _wire) =
        tokio::time::timeout(Duration::from_secs(5), first).await.expect("it arrives at once").unwrap();
    assert!(first.is_some());
}

#[tokio::test]
async fn ranges_pass_both_ways() {
    let tool = Tool::answering(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\nhello",
    );
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/f", "Range: bytes=0-4\nIf-Range: \"x\"\n").await;
    assert_eq!((status(&answer), header(&answer, "content-range"), body(&answer)), (206, "bytes 0-4/10", "hello"));
    assert_eq!((header(&tool.saw(), "range"), header(&tool.saw(), "if-range")), ("bytes=0-4", "\"x\""));
}

/// The most memory this process has held, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

#[tokio::test]
async fn a_gigabyte_up_and_down_takes_no_gigabyte() {
    const SIZE: usize = 1 << 30;
    let tool = Tool::with(|wire| {
        let head = wire.wire.until("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {SIZE}\r\n")), "{head}");
        let mut left = SIZE;
        while left > 0 {
            let piece = left.min(1 << 16);
            wire.wire.take(piece);
            left -= piece;
        }
        wire.say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n"));
        let zeros = vec![0; 1 << 16];
        for _ in 0..SIZE >> 16 {
            wire.wire.say_bytes(&zeros);
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = door.connect();
    let before = peak();
    let passing = tokio::task::spawn_blocking(move || {
        wire.say(&format!("PUT /big HTTP/1.1\r\nHost: door\r\n{}Content-Length: {SIZE}\r\n\r\n", ada.cookie()));
        let zeros = vec![0; 1 << 16];
        for _ in 0..SIZE >> 16 {
            wire.say_bytes(&zeros);
        }
        let head = wire.until("\r\n\r\n").unwrap();
        assert_eq!(status(&head), 200);
        for _ in 0..SIZE >> 16 {
            wire.take(1 << 16);
        }
    });
    passing.await.unwrap();
    let grown = peak() - before;
    // Tests that run beside this one hash passwords in this process; a body that is held would be a gigabyte.
    assert!(grown < 256 << 20, "grew by {} MiB", grown >> 20);
}

#[tokio::test]
async fn a_tool_that_is_not_read_is_not_read_from() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\n\r\n");
        wire.wire.stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let zeros = vec![0; 1 << 16];
        let mut sent = 0_usize;
        while std::io::Write::write_all(&mut wire.wire.stream, &zeros).is_ok() {
            sent += zeros.len();
            assert!(sent < 64 << 20, "somebody holds all this");
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&format!("GET /endless HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
    let wire = tokio::task::spawn_blocking(move || {
        wire.take(1000);
        std::thread::sleep(Duration::from_secs(2));
        wire
    });
    drop(wire.await.unwrap());
}

#[tokio::test]
async fn a_tool_may_answer_before_it_has_the_whole_request() {
    let tool = Tool::with(|wire| {
        wire.wire.until("\r\n\r\n").unwrap();
        wire.say("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = door.connect();
    let answer = tokio::task::spawn_blocking(move || {
        wire.say(&format!("PUT /big HTTP/1.1\r\nHost: door\r\n{}Content-Length: 10000000\r\n\r\nsome", ada.cookie()));
        wire.read_message(false).unwrap()
    });
    let answer = answer.await.unwrap();
    assert_eq!((status(&answer), body(&answer)), (413, "big"));
}

#[tokio::test]
async fn a_client_that_expects_to_be_told_to_continue_is() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = door.connect();
    let answer = tokio::task::spawn_blocking(move || {
        wire.say(&format!(
            "PUT /x HTTP/1.1\r\nHost: door\r\n{}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n",
            ada.cookie()
        ));
        assert_eq!(wire.until("\r\n\r\n").unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
        wire.say("body");
        wire.read_message(false).unwrap()
    });
    assert_eq!(body(&answer.await.unwrap()), "hello");
    assert_eq!((header(&tool.saw(), "expect"), body(&tool.saw())), ("", "body"));
}
