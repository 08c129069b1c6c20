//! What passes through, and what does not.

use flate2::{Compression, write::GzEncoder};
use futures_util::{StreamExt, stream};
use reqwest::{Body, Method, header};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::person::{head, text};
use crate::harness::{Door, Echo, Person, raw};

async fn guarded() -> (Echo, Door, Person) {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let dev = door.user("dana", "developer").await;
    (echo, door, dev)
}

#[tokio::test]
async fn the_tool_is_told_who_asks_and_nobody_else_can_say_it() {
    let (echo, door, dev) = guarded().await;
    let mut forged = String::new();
    for name in [
        "Remote-User",
        "remote-user",
        "REMOTE_USER",
        "Remote_User",
        "Remote-Name",
        "Remote-Email",
        "Remote-Groups",
        "X-Forwarded-User",
        "x_forwarded_user",
        "X-Forwarded_Email",
        "X-Forwarded-Groups",
        "X_Forwarded_Groups",
        "Doorward-Role",
        "doorward_role",
        "Doorward-Token",
        "X-Remote-User",
        "X_Remote_User",
    ] {
        writeln!(forged, "{name}: forged\r").unwrap();
    }
    let answer =
        raw::send(door.port, &raw::request(door.port, "GET /x", &format!("Cookie: {}\r\n{forged}", dev.cookie), b""))
            .await;
    assert_eq!(raw::status(&answer), 200, "{answer}");
    let seen = echo.last();
    assert!(!seen.head.contains("forged"), "{}", seen.head);
    assert_eq!(seen.values("Remote-User"), ["dana"]);
    assert_eq!(seen.values("X-Forwarded-User"), ["dana"]);
    assert_eq!(seen.values("Doorward-Role"), ["developer"]);
    for name in ["Remote-Name", "Remote-Email", "Remote-Groups", "X-Forwarded-Email", "X-Forwarded-Groups"] {
        assert_eq!(seen.values(name).len(), 1, "{name} is always there: {}", seen.head);
    }
}

#[tokio::test]
async fn a_connection_header_cannot_take_the_identity_away() {
    let (echo, door, dev) = guarded().await;
    let headers = format!(
        "Cookie: {}\r\nConnection: Remote-User, X-Forwarded-User, Doorward-Role, Content-Length, Host\r\n",
        dev.cookie
    );
    let answer = raw::send(door.port, &raw::request(door.port, "POST /x", &headers, b"body")).await;
    if raw::status(&answer) == 200 {
        let seen = echo.last();
        assert_eq!(seen.values("Remote-User"), ["dana"]);
        assert_eq!(seen.values("Host").len(), 1);
        assert_eq!(seen.body_length, 4);
    } else {
        assert_eq!(raw::status(&answer), 400, "{answer}");
    }
}

#[tokio::test]
async fn our_cookie_stays_here_and_the_tools_own_passes() {
    let (echo, door, dev) = guarded().await;
    let cookie = format!("a=1; {}; b=2; __Host-doorward=x", dev.cookie);
    let request =
        door.stranger().ask(Method::GET, "/x").header(header::COOKIE, cookie).basic_auth("tool-user", Some("x"));
    let answer = request.send().await.unwrap();
    assert_eq!(head(&answer, "set-cookie"), "tool=1; Path=/", "the tool's cookie comes back");
    let seen = echo.last();
    assert_eq!(seen.values("Cookie"), ["a=1; b=2"]);
    assert_eq!(seen.values("Authorization").len(), 1, "the tool's own credentials pass");
}

#[tokio::test]
async fn a_forwarded_address_is_believed_only_from_a_trusted_proxy() {
    let (echo, _door, dev) = guarded().await;
    dev.ask(Method::GET, "/x")
        .header("X-Forwarded-For", "203.0.113.7")
        .header("X-Forwarded-Proto", "https")
        .send()
        .await
        .unwrap();
    let seen = echo.last();
    assert_eq!(seen.values("X-Forwarded-For"), ["127.0.0.1"]);
    assert_eq!(seen.values("X-Forwarded-Proto"), ["http"]);
    let door = Door::guarding(&echo.url(), "generic").config("trusted_proxies: [127.0.0.1/32]").start().await;
    let admin = door.admin().await;
    let request = door.stranger().ask(Method::GET, "/x").header("X-Forwarded-For", "198.51.100.1, 203.0.113.7");
    request.bearer_auth(&admin.bearer).send().await.unwrap();
    assert!(echo.last().values("X-Forwarded-For").join(", ").contains("203.0.113.7"));
}

#[tokio::test]
async fn big_uploads_and_downloads_stream_through_a_small_process() {
    let (echo, door, dev) = guarded().await;
    let size = 200 * 1024 * 1024;
    let answer = dev.get(&format!("/big/{size}")).await;
    let mut came = 0;
    let mut body = answer.bytes_stream();
    while let Some(bytes) = body.next().await {
        came += bytes.unwrap().len();
    }
    assert_eq!(came, size);
    let blocks = (0..size / 65_536).map(|_| Ok::<_, std::io::Error>(vec![b'y'; 65_536]));
    let answer = dev.ask(Method::POST, "/upload").body(Body::wrap_stream(stream::iter(blocks))).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(echo.last().body_length, size);
    let status = std::fs::read_to_string(format!("/proc/{}/status", door.process.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: usize = peak.split_whitespace().next().unwrap().parse().unwrap();
    assert!(peak < 120_000, "{peak} kB resident at most: 200 MB were held");
}

#[tokio::test]
async fn ranges_and_event_streams_pass() {
    let (_echo, _door, dev) = guarded().await;
    let answer = dev.ask(Method::GET, "/range").header("Range", "bytes=10-19").send().await.unwrap();
    assert_eq!(answer.status(), 206);
    assert_eq!(head(&answer, "content-range"), "bytes 10-19/1000");
    assert_eq!(text(answer).await, "0123456789");
    let began = Instant::now();
    let mut stream = dev.get("/drip").await.bytes_stream();
    assert!(stream.next().await.unwrap().unwrap().starts_with(b"data: x"));
    assert!(began.elapsed() < Duration::from_secs(2), "events come when they are sent");
}

#[tokio::test]
async fn a_compressed_upload_to_a_plain_tool_passes_untouched() {
    let (echo, _door, dev) = guarded().await;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(b"hello").unwrap();
    let body = gzip.finish().unwrap();
    let length = body.len();
    let answer = dev.ask(Method::POST, "/x").header(header::CONTENT_ENCODING, "gzip").body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(echo.last().body_length, length);
    assert_eq!(echo.last().values("Content-Encoding"), ["gzip"]);
}

#[tokio::test]
async fn who_sends_a_head_too_slowly_is_closed() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let mut stream = TcpStream::connect(("127.0.0.1", door.port)).await.unwrap();
    let began = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut closed = false;
    let mut buffer = [0_u8; 1024];
    while began.elapsed() < Duration::from_secs(25) {
        let _ = stream.write_all(b"X: y\r\n").await;
        if let Ok(Ok(0) | Err(_)) = tokio::time::timeout(Duration::from_millis(500), stream.read(&mut buffer)).await {
            closed = true;
            break;
        }
    }
    assert!(closed, "a head in slow pieces is still being read after 25 s");
}

#[tokio::test]
async fn heads_too_large_and_requests_that_are_none_are_refused_and_the_door_stands() {
    let (_echo, door, dev) = guarded().await;
    let big = format!("X: {}\r\n", "y".repeat(200_000));
    let many = "X-1: y\r\n".repeat(2000);
    for attempt in [
        raw::request(door.port, "GET /", &big, b""),
        raw::request(door.port, "GET /", &many, b""),
        raw::request(door.port, &format!("GET /{}", "x".repeat(100_000)), "", b""),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n".to_vec(),
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n".to_vec(),
        b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
    ] {
        let answer = raw::send(door.port, &attempt).await;
        let status = raw::status(&answer);
        let start = String::from_utf8_lossy(&attempt[..attempt.len().min(60)]).into_owned();
        assert!(status == 0 || (400..500).contains(&status) || status == 505, "{start:?} got {status}");
    }
    assert_eq!(dev.get("/x").await.status(), 200);
}

#[tokio::test]
async fn apps_are_found_by_host_and_by_path() {
    let (one, other) = (Echo::start(), Echo::start());
    let apps = format!(
        "  first: {{upstream: \"{}\", profile: generic, host: first.example}}\n  second: {{upstream: \"{}\", profile: generic, path: /second}}",
        one.url(),
        other.url()
    );
    let door = Door::serving(&apps).start().await;
    let admin = door.admin().await;
    assert_eq!(
        admin
            .ask(Method::GET, "/x")
            .header("Host", format!("FIRST.example:{}", door.port))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!((one.seen().len(), other.seen().len()), (1, 0));
    assert_eq!(admin.get("/second/y").await.status(), 200);
    assert_eq!((one.seen().len(), other.seen().len()), (1, 1));
    assert_eq!(admin.get("/secondary").await.status(), 404, "a prefix ends at a segment");
    assert_eq!(admin.get("/nothing").await.status(), 404);
    assert_eq!((one.seen().len(), other.seen().len()), (1, 1));
}

#[tokio::test]
async fn a_tool_that_is_away_is_said_in_words_and_only_to_whoever_may_know() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").start().await;
    let admin = door.admin().await;
    let answer = admin.visit("/").await;
    assert!([502, 503].contains(&answer.status().as_u16()), "{}", answer.status());
    let page = text(answer).await;
    assert!(!page.contains("127.0.0.1:9"), "the private address is nobody's business: {page}");
    assert_eq!(door.stranger().get("/").await.status(), 401);
}
