//! The door closes: what has an end may reach it, what has none is ended first.

use doorward_domain::Role;
use std::time::{Duration, Instant};

use crate::harness::{TestDoor, Tool};

/// Far longer than any of these tests takes.
const GRACE: Duration = Duration::from_mins(1);

/// Asks for these paths, closes the door once all answers have begun, and gives what came of each and how long closing took.
async fn closing_during(tool: &Tool, paths: &[&str]) -> (Vec<String>, Duration) {
    let door = TestDoor::before(tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut asked = Vec::new();
    for path in paths {
        let mut wire = door.connect();
        wire.say(&format!("GET {path} HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
        let begun = tokio::task::spawn_blocking(move || (wire.until("start").expect("it begins"), wire));
        asked.push(begun.await.unwrap().1);
    }
    let rests = asked.into_iter().map(|mut wire| tokio::task::spawn_blocking(move || wire.rest()));
    let rests: Vec<_> = rests.collect();
    let began = Instant::now();
    door.door.shutdown(GRACE).await;
    let waited = began.elapsed();
    let mut all = Vec::new();
    for rest in rests {
        all.push(rest.await.unwrap());
    }
    (all, waited)
}

/// Chunks of one byte, this often, until nobody listens or so many are sent; then the end.
fn drip(wire: &mut crate::harness::ToolWire, count: usize, pause: Duration) {
    for _ in 0..count {
        std::thread::sleep(pause);
        if std::io::Write::write_all(&mut wire.wire.stream, b"1\r\nx\r\n").is_err() {
            return;
        }
    }
    wire.say("0\r\n\r\n");
}

#[tokio::test]
async fn streams_without_an_end_go_after_a_moment_and_a_download_is_finished() {
    let tool = Tool::with(|wire| {
        let request = wire.read_request().unwrap();
        let tenth = Duration::from_millis(100);
        if request.contains("/events") || request.contains("/camera") {
            let is_camera = request.contains("/camera");
            let kind =
                if is_camera { "multipart/x-mixed-replace;boundary=b" } else { "Text/Event-Stream; charset=utf-8" };
            wire.say(&format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstart\r\n"
            ));
            drip(wire, 1000, tenth);
        } else {
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 55\r\n\r\nstart");
            std::thread::sleep(Duration::from_secs(3));
            for _ in 0..50 {
                wire.say("x");
                std::thread::sleep(tenth / 5);
            }
        }
    });
    let (answers, waited) = closing_during(&tool, &["/events", "/download", "/camera"]).await;
    assert!(waited < Duration::from_secs(20), "{waited:?}");
    assert_eq!(answers[1].matches('x').count(), 50, "all of the download");
    for endless in [&answers[0], &answers[2]] {
        assert!(endless.matches('x').count() < 100, "{}", endless.len());
    }
}

#[tokio::test]
async fn an_answer_of_no_said_length_ends_when_it_is_silent_and_not_while_it_comes() {
    let tool = Tool::with(|wire| {
        let request = wire.read_request().unwrap();
        wire.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstart\r\n");
        if request.contains("/silent") {
            wire.wire.rest();
        } else {
            drip(wire, 20, Duration::from_millis(250));
        }
    });
    let (answers, waited) = closing_during(&tool, &["/silent", "/slow"]).await;
    assert!(waited < Duration::from_secs(20), "{waited:?}");
    assert_eq!(answers[1].matches("1\r\nx").count(), 20, "{}", answers[1]);
    assert!(answers[1].ends_with("0\r\n\r\n"), "to its end");
}
