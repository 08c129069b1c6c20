//! Starting, stopping, re-reading.

use reqwest::Method;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Door, Echo, Tool, eventually};

/// A tool that answers after a second.
fn slow_tool() -> Tool {
    Tool::start(|mut stream| async move {
        let mut buffer = [0_u8; 4096];
        while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow").await;
        }
    })
}

#[tokio::test]
async fn term_finishes_what_is_in_flight_and_exits_with_0() {
    let tool = slow_tool();
    let mut door = Door::guarding(&tool.url(), "generic").start().await;
    let admin = door.admin().await;
    let asking = tokio::spawn(async move { admin.get("/").await.text().await.unwrap() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    door.process.signal("TERM");
    assert_eq!(asking.await.unwrap(), "slow", "a request in flight is finished");
    let status = door.process.end_within(Duration::from_secs(12)).await.expect("it ends within the grace");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
    assert!(TcpStream::connect(("127.0.0.1", door.port)).await.is_err());
}

/// Answers `/download` with ten bytes in five seconds.
fn slow_download() -> Tool {
    Tool::start(|mut stream| async move {
        let mut buffer = [0_u8; 4096];
        while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").await;
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(500)).await;
                let _ = stream.write_all(b"x").await;
            }
        }
    })
}

#[tokio::test]
async fn an_event_stream_does_not_hold_the_end_up_and_a_download_is_finished() {
    let (echo, tool) = (Echo::start(), slow_download());
    let apps = format!(
        "  events: {{upstream: \"{}\", profile: generic}}\n  files: {{upstream: \"{}\", profile: generic, path: /files}}",
        echo.url(),
        tool.url()
    );
    let mut door = Door::serving(&apps).config("shutdown_grace: 2m").start().await;
    let admin = door.admin().await;
    let mut events = admin.get("/drip/1").await;
    assert!(events.chunk().await.unwrap().is_some(), "it has begun");
    let mut download = admin.get("/files/download").await;
    let received = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&received);
    let downloading = tokio::spawn(async move {
        while let Some(some) = download.chunk().await.expect("what ends is finished") {
            counted.fetch_add(some.len(), Relaxed);
        }
    });
    door.process.signal("TERM");
    let before = received.load(Relaxed);
    while let Ok(Some(_)) = events.chunk().await {}
    // Two seconds, by the clock of the download, which sends a byte each half second and is as slow as the machine.
    let meanwhile = received.load(Relaxed) - before;
    assert!((2..=6).contains(&meanwhile), "the stream went on for {meanwhile} halves of a second");
    downloading.await.unwrap();
    assert_eq!(received.load(Relaxed), 10);
    let status = door.process.end_within(Duration::from_secs(8)).await.expect("nothing else is waited for");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
}

#[tokio::test]
async fn idle_connections_do_not_hold_the_end_up() {
    let echo = Echo::start();
    let mut door = Door::guarding(&echo.url(), "generic").start().await;
    let admin = door.admin().await;
    admin.get("/").await;
    let _silent = TcpStream::connect(("127.0.0.1", door.port)).await.unwrap();
    door.process.signal("INT");
    let status = door.process.end_within(Duration::from_secs(5)).await.expect("nothing is in flight");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
}

#[tokio::test]
async fn hup_takes_a_valid_configuration_and_keeps_sessions() {
    let (old, new) = (Echo::start(), Echo::start());
    let door = Door::guarding(&old.url(), "generic").start().await;
    let admin = door.admin().await;
    assert_eq!(admin.get("/").await.status(), 200);
    door.rewrite_config(&old.url(), &new.url());
    door.process.signal("HUP");
    let moved = eventually(Duration::from_secs(5), || async {
        admin.get("/").await;
        !new.seen().is_empty()
    });
    assert!(moved.await, "{}", door.process.output());
}

#[tokio::test]
async fn hup_drops_no_request_however_often_it_comes() {
    let (old, new) = (Echo::start(), Echo::start());
    let door = Door::guarding(&old.url(), "generic").start().await;
    let admin = door.admin().await;
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let at_work = futures_util::future::join_all((0..8).map(|_| async {
        let mut answered = 0;
        while !is_over.load(Relaxed) {
            assert_eq!(admin.get("/").await.status(), 200);
            answered += 1;
        }
        answered
    }));
    let reloading = async {
        for round in 0..30 {
            let (from, to) = if round % 2 == 0 { (&old, &new) } else { (&new, &old) };
            door.rewrite_config(&from.url(), &to.url());
            door.process.signal("HUP");
            let before = to.seen().len();
            let moved = eventually(Duration::from_secs(10), || async { to.seen().len() > before });
            assert!(moved.await, "{}", door.process.output());
        }
        is_over.store(true, Relaxed);
    };
    let (answered, ()) = tokio::join!(at_work, reloading);
    assert!(answered.iter().all(|answered| *answered > 30), "{answered:?}");
}

#[tokio::test]
async fn hup_refuses_an_invalid_configuration_in_words_and_keeps_the_old_one() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let admin = door.admin().await;
    door.rewrite_config("profile: generic", "profil: generic");
    door.process.signal("HUP");
    let said = eventually(Duration::from_secs(5), || async { door.process.output().contains("profil") });
    assert!(said.await, "{}", door.process.output());
    assert_eq!(admin.get("/").await.status(), 200);
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let admin = door.admin().await;
    let door = door.killed_and_started_again().await;
    assert_eq!(admin.get("/").await.status(), 200);
    drop(door);
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_in_words() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let printed = door.cli(&["serve"]);
    assert_ne!(printed.code, 0);
    assert!(printed.err.contains(&door.port.to_string()), "{}", printed.err);
}

#[tokio::test]
async fn probes_say_what_they_should_and_no_more() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").start().await;
    assert_eq!(door.stranger().get("/_doorward/health").await.status(), 200);
    let ready = door.stranger().get("/_doorward/ready").await;
    assert!([200, 503].contains(&ready.status().as_u16()));
    assert!([401, 403].contains(&door.stranger().get("/_doorward/metrics").await.status().as_u16()));
    let admin = door.admin().await;
    let metrics = admin.get("/_doorward/metrics").await.text().await.unwrap();
    assert!(metrics.contains("# EOF"), "OpenMetrics ends with a mark:\n{metrics}");
    let me = admin.api_done(Method::GET, "auth/me", &Value::Null).await;
    assert!(me["csrf_token"].is_string());
}
