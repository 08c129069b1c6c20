//! The door closes: what has an end may reach it, what has none is ended first.

use doorward_domain::Role;
use std::time::{Duration, Instant};

use crate::harness::{TestDoor, Tool};

/// Far longer than any of these tests takes.
const GRACE: Duration = Duration::from_mins(1);

/// What has no end is ended when so much time has passed.
const MOMENT: Duration = Duration::from_secs(2);

/// What came of an answer, and how long after the door began to close.
type Ended = (String, Duration);

/// Asks for these paths, closes the door once all answers have begun, and gives what came of each and how long closing took.
async fn closing_during(tool: &Tool, paths: &[&str]) -> (Vec<Ended>, Duration) {
    let door = TestDoor::before(tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut asked = Vec::new();
    for path in paths {
        let mut wire = door.connect();
        wire.say(&format!("GET {path} HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
        let begun = tokio::task::spawn_blocking(move || (wire.until("start").expect("it begins"), wire));
        asked.push(begun.await.unwrap().1);
    }
    let began = Instant::now();
    let rests = asked.into_iter().map(|mut wire| tokio::task::spawn_blocking(move || (wire.rest(), began.elapsed())));
    let rests: Vec<_> = rests.collect();
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
    let (download, downloaded) = &answers[1];
    assert_eq!(download.matches('x').count(), 50, "all of the download");
    for (endless, ended) in [&answers[0], &answers[2]] {
        // By the clock of the tool, which sends ten a second and is as slow as the machine.
        let sent = endless.matches('x').count();
        assert!(sent < 30, "it went on for {sent} tenths of a second");
        assert!(*ended >= MOMENT && ended < downloaded, "{ended:?}, and the download {downloaded:?}");
    }
    assert!(waited < *downloaded + MOMENT, "{waited:?}: it waits for what ends, {downloaded:?}, and nothing else");
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
    let [(_, silent), (slow, slowly)] = &answers[..] else { panic!("two answers") };
    assert!(*silent >= MOMENT && silent < slowly, "{silent:?}, and what comes slowly {slowly:?}");
    assert!(waited < *slowly + MOMENT, "{waited:?}: it waits for what comes, {slowly:?}, and nothing else");
    assert_eq!(slow.matches("1\r\nx").count(), 20, "{slow}");
    assert!(slow.ends_with("0\r\n\r\n"), "to its end");
}
