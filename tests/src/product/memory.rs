//! Small requests take little memory, and large ones are few at once. What the process really takes is read from the kernel.

use flate2::{Compression, write::GzEncoder};
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::person::{head, text};
use crate::harness::{Door, Echo, Person, eventually};

/// What may be taken beyond rest, in kilobytes.
const MOST: u64 = 64 << 10;

/// A line of `/proc/PID/status`, in kilobytes.
fn taken(door: &Door, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", door.process.id())).expect("the process lives");
    let found =
        status.lines().find_map(|own| own.strip_prefix(line)).unwrap_or_else(|| panic!("no {line} in {status}"));
    found.trim_matches([':', ' ', '\t']).trim_end_matches(" kB").parse().expect("a number")
}

/// What is taken now.
pub(super) fn rest(door: &Door) -> u64 {
    taken(door, "VmRSS")
}

/// Nothing since the start took more than `rest` and what is allowed beside it.
pub(super) fn stayed_small(door: &Door, rest: u64) {
    let most = taken(door, "VmHWM");
    assert!(most < rest + MOST, "{} MB above rest", (most - rest) >> 10);
}

async fn viewer_before(echo: &Echo) -> (Door, Person) {
    let door = Door::guarding(&echo.url(), "dagster").start().await;
    let viewer = door.user("vera", "viewer").await;
    (door, viewer)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn gzip_quickly(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

async fn post(person: &Person, body: Vec<u8>, is_packed: bool) -> (StatusCode, String) {
    let request = person.ask(Method::POST, "/graphql").header(header::CONTENT_TYPE, "application/json").body(body);
    let request = if is_packed { request.header(header::CONTENT_ENCODING, "gzip") } else { request };
    let answer = request.send().await.expect("an answer");
    (answer.status(), text(answer).await)
}

/// Five levels of fragments that each spread the next one several times around permission flags: 488 bytes that mean many thousands.
fn fanning_out(number: usize) -> String {
    let level = |name: usize| {
        format!("fragment F{name} on X{{a{{...F{m}}}b{{...F{m}}}c{{...F{m}}}d{{...F{m}}}e{{...F{m}}}}}", m = name + 1)
    };
    let mut text = format!("query Q{number}{{...F0}}");
    for name in 0..5 {
        text.push_str(&level(name));
    }
    text.push_str("fragment F5 on X{canBulkTerminate}");
    let missing = 488_usize.saturating_sub(text.len());
    let _ = write!(text, "{}", "#".repeat(missing));
    text
}

#[tokio::test]
async fn documents_that_fan_out_through_fragments_take_little_memory() {
    let echo = Echo::start();
    let (door, viewer) = viewer_before(&echo).await;
    let rest = rest(&door);
    for number in 0..60 {
        let (status, said) = post(&viewer, json!({"query": fanning_out(number)}).to_string().into_bytes(), false).await;
        assert!(status == 400 && said.contains("graphql_too_large"), "{status} {said}");
    }
    // As far as they are followed, and no further: kept they are not.
    let narrower = |n: usize| {
        fanning_out(n)
            .replace("e{...F5}", "")
            .replace("d{...F5}", "")
            .replace("fragment F0 on X{a{...F1}b{...F1}c{...F1}d{...F1}e{...F1}}", "fragment F0 on X{a{...F1}}")
    };
    for number in 0..600 {
        // What comes again may be recognised by its bytes; what that keeps is no more.
        for _ in 0..3 {
            let body = json!({"query": narrower(number)}).to_string().into_bytes();
            let (status, said) = post(&viewer, body, false).await;
            assert_eq!(status, 200, "{said}");
        }
    }
    stayed_small(&door, rest);
}

#[tokio::test]
async fn one_and_eight_bodies_that_inflate_hugely_take_little_memory() {
    let echo = Echo::start();
    let (door, viewer) = viewer_before(&echo).await;
    let rest = rest(&door);
    let bomb =
        gzip(format!("{{\"query\":\"{{version}}\",\"variables\":{{\"a\":[{}1]}}}}", "1,".repeat(7 << 20)).as_bytes());
    assert!(bomb.len() < 20 << 10, "{}", bomb.len());
    let (status, said) = post(&viewer, bomb.clone(), true).await;
    assert!(status == 400 && said.contains("too_large"), "{status} {said}");
    for _ in 0..4 {
        let together = (0..8).map(|_| post(&viewer, bomb.clone(), true));
        for (status, said) in futures_util::future::join_all(together).await {
            assert!(status == 400 && said.contains("too_large"), "{status} {said}");
        }
    }
    stayed_small(&door, rest);
    assert_eq!(echo.seen().len(), 0);
}

/// A request of about this many bytes that shrinks to half, as honest text does at best.
fn honest(bytes: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut text = String::with_capacity(bytes + 64);
    text.push_str("{\"query\":\"{version}\",\"variables\":{\"a\":\"");
    while text.len() < bytes {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let _ = write!(text, "{state:016x}");
    }
    text.push_str("\"}}");
    text.into_bytes()
}

/// How it ended. Who waits for room for too long is told to come again, and may be cut off while still sending.
async fn status_of(person: &Person, body: &[u8], is_packed: bool) -> u16 {
    let request = person.ask(Method::POST, "/graphql").header(header::CONTENT_TYPE, "application/json");
    let request = if is_packed { request.header(header::CONTENT_ENCODING, "gzip") } else { request };
    request.body(body.to_vec()).send().await.map_or(503, |answer| answer.status().as_u16())
}

#[tokio::test]
async fn honest_bodies_of_many_people_at_once_take_little_memory() {
    let echo = Echo::start();
    let (door, _) = viewer_before(&echo).await;
    let mut people = Vec::new();
    for number in 0..8 {
        people.push(door.user(&format!("v{number}"), "viewer").await);
    }
    let rest = rest(&door);
    for (bytes, each) in [(15 << 20, 2), (4 << 20, 8)] {
        let plain = honest(bytes);
        for (body, is_packed) in [(gzip_quickly(&plain), true), (plain, false)] {
            let together = people.iter().flat_map(|person| (0..each).map(|_| status_of(person, &body, is_packed)));
            for status in futures_util::future::join_all(together).await {
                assert!(matches!(status, 200 | 503), "{status}");
            }
        }
    }
    stayed_small(&door, rest);
}

#[tokio::test]
async fn what_was_read_or_hashed_goes_back_to_the_system() {
    let echo = Echo::start();
    let (door, viewer) = viewer_before(&echo).await;
    let rest = rest(&door);
    for _ in 0..4 {
        post(&viewer, honest(15 << 20), false).await;
        door.sign_in("vera").await;
    }
    let is_back = eventually(Duration::from_secs(5), || async { taken(&door, "VmRSS") < rest + (8 << 10) });
    assert!(is_back.await, "{} MB stay", taken(&door, "VmRSS").saturating_sub(rest) >> 10);
}

#[tokio::test]
async fn a_body_of_sixteen_megabytes_takes_little_memory_and_stops_nobody() {
    let echo = Echo::start();
    // On one processor there is one worker: whatever it is kept from, somebody waits for.
    let one = ["taskset", "--cpu-list", "0"].map(str::to_owned);
    let door = Door::guarding(&echo.url(), "dagster").under(&one).start().await;
    let viewer = door.user("vera", "viewer").await;
    let rest = rest(&door);
    let mut calm = Duration::ZERO;
    for _ in 0..50 {
        let began = Instant::now();
        assert_eq!(viewer.get("/server_info").await.status(), 200);
        calm = calm.max(began.elapsed());
    }
    let limit = (calm * 4).max(Duration::from_millis(300));
    let escaped =
        format!("{{\"query\":\"{{version}}\",\"variables\":{{\"a\":\"{}\"}}}}", "\\u0041".repeat((16 << 20) / 6 - 20));
    let many = format!("{{\"query\":\"{{version}}\",\"variables\":{{\"a\":[{}1]}}}}", "1,".repeat((8 << 20) - 40));
    let document = format!("{{\"query\":\"{{{}}}\"}}", "version ".repeat((2 << 20) - 40));
    for body in [escaped, many, document] {
        assert!(body.len() > 15 << 20 && body.len() <= 16 << 20, "{}", body.len());
        let mut longest = Duration::ZERO;
        let large = post(&viewer, body.into_bytes(), false);
        let mut large = std::pin::pin!(large);
        loop {
            let began = Instant::now();
            tokio::select! {
                (status, _) = &mut large => {
                    assert!(matches!(status.as_u16(), 200 | 400), "{status}");
                    break;
                }
                answer = viewer.get("/server_info") => assert_eq!(answer.status(), 200),
            }
            longest = longest.max(began.elapsed());
        }
        println!("somebody else waited {longest:?}, at rest {calm:?}");
        assert!(longest < limit, "somebody else waited {longest:?}, at rest {calm:?}");
    }
    stayed_small(&door, rest);
}

#[tokio::test]
async fn eight_long_documents_in_addresses_stop_nobody() {
    let echo = Echo::start();
    let (_door, viewer) = viewer_before(&echo).await;
    let ask = |number: usize| {
        let fields = (0..5500).map(|field| format!("a{number}{field}:v")).collect::<Vec<_>>().join("+");
        let viewer = viewer.clone();
        async move { viewer.get(&format!("/graphql?query=%7B{fields}%7D")).await.status() }
    };
    let started = Instant::now();
    let long = futures_util::future::join_all((0..8).map(ask));
    let mut long = std::pin::pin!(long);
    let mut longest = Duration::ZERO;
    loop {
        let began = Instant::now();
        tokio::select! {
            answers = &mut long => {
                assert_eq!(answers, [StatusCode::OK; 8]);
                break;
            }
            answer = viewer.get("/server_info") => assert_eq!(answer.status(), 200),
        }
        longest = longest.max(began.elapsed());
    }
    let all = started.elapsed();
    // Were they read where others are served, one of them would be more than a tenth of all eight.
    assert!(longest * 10 < all, "somebody else waited {longest:?} of {all:?}");
}

#[tokio::test]
async fn the_body_of_somebody_without_any_role_is_not_read() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "dagster").start().await;
    door.admin()
        .await
        .api_done(Method::POST, "users", &json!({"username": "norah", "password": crate::harness::door::PASSWORD}))
        .await;
    let nobody_here = door.sign_in("norah").await;
    // Not JSON at all: were it read, the answer would be 400.
    let request = nobody_here.ask(Method::POST, "/graphql").header(header::CONTENT_TYPE, "application/json");
    let answer = request.body("]").send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
    assert!(head(&answer, "doorward-decision").starts_with("deny;"));
    let said: serde_json::Value = serde_json::from_str(&text(answer).await).expect("problem details");
    assert!(said["errors"][0]["message"].as_str().is_some_and(|message| message.contains("norah")), "{said}");
    assert_eq!(echo.seen().len(), 0);
}

/// Refusals of every kind: operations that need more, documents and bodies that cannot be understood, pages and methods.
async fn refused(viewer: &Person, number: usize) -> StatusCode {
    let long = format!("{number}-{}", "r".repeat(8 << 10));
    let one = |n: usize| format!("a{n}: terminateRun(runId: \"{number}-{n}-{}\") {{__typename}}", "r".repeat(200));
    let many = (0..50).map(one).collect::<Vec<_>>().join(" ");
    let json = |query: String| json!({"query": query}).to_string().into_bytes();
    let body = match number % 6 {
        0 => json(format!("mutation {{ terminateRun(runId: \"{long}\") {{ __typename }} }}")),
        1 => json(format!("mutation {{ {many} }}")),
        2 => json(format!("mutation {{ unheardOf{number}(a: \"{long}\") }}")),
        3 => format!("{{\"query\": \"{long}\", \"query\": 1}}").into_bytes(),
        4 => json(format!("{{ {long} ")),
        _ => {
            let request = viewer.ask(Method::DELETE, &format!("/unheard/of/{long}"));
            return request.send().await.expect("an answer").status();
        }
    };
    post(viewer, body, false).await.0
}

#[tokio::test]
async fn a_flood_of_refusals_takes_little_memory() {
    let echo = Echo::start();
    let (door, viewer) = viewer_before(&echo).await;
    let rest = rest(&door);
    let (count, until) = (AtomicUsize::new(0), Instant::now() + Duration::from_secs(8));
    let flood = (0..32).map(|_| async {
        while Instant::now() < until {
            let status = refused(&viewer, count.fetch_add(1, Ordering::Relaxed)).await;
            assert!(matches!(status.as_u16(), 200 | 400 | 403), "{status}");
        }
    });
    futures_util::future::join_all(flood).await;
    let count = count.into_inner();
    assert!(count > 200, "only {count} refusals were no flood");
    assert_eq!(echo.seen().len(), 0);
    stayed_small(&door, rest);
}

#[tokio::test]
async fn a_thousand_half_requests_take_little_memory() {
    let echo = Echo::start();
    let (door, viewer) = viewer_before(&echo).await;
    let rest = rest(&door);
    let begin = |path: &'static str, cookie: String, framing: &'static str| async move {
        let mut stream = TcpStream::connect(("127.0.0.1", door.port)).await.expect("a connection");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{cookie}Content-Type: application/json\r\n",
            door.port
        );
        let start = if framing.starts_with('T') { "fffff\r\n" } else { "" };
        let request = format!("{head}{framing}\r\n\r\n{start}{}", " ".repeat(200 << 10));
        // What the door does not take stays in the kernel; what does not fit there is not sent.
        let _ = tokio::time::timeout(Duration::from_millis(500), stream.write_all(request.as_bytes())).await;
        stream
    };
    let cookie = format!("Cookie: {}\r\n", viewer.cookie);
    let mut halves = Vec::new();
    for round in 0..250 {
        let framing = if round % 2 == 0 { "Content-Length: 1000000" } else { "Transfer-Encoding: chunked" };
        let four = [("/graphql", cookie.clone()), ("/_doorward/api/v1/auth/login", String::new())];
        halves.extend(four.iter().cycle().take(4).map(|(path, cookie)| begin(path, cookie.clone(), framing)));
    }
    let halves = futures_util::future::join_all(halves).await;
    assert_eq!(halves.len(), 1000);
    let is_served = || async { viewer.get("/server_info").await.status() == 200 };
    assert!(eventually(Duration::from_secs(10), is_served).await, "somebody else is served");
    stayed_small(&door, rest);
}
