//! Whoever sends random session tokens asks the database a bounded number of times, and slows nobody elsewhere.

use reqwest::Method;
use std::time::Instant;

use crate::harness::person::{Person, head, json_of, text};
use crate::harness::socket::Socket;
use crate::harness::{Door, Echo, raw};

/// More than a network may ask about at once.
const FLOOD: u32 = 600;
/// What it may, and for each second more.
const AT_ONCE: u64 = 120;
const PER_SECOND: u64 = 10;

/// Somebody with a token that nobody was ever given.
fn somebody(door: &Door, n: u32) -> Person {
    let mut person = door.stranger();
    person.cookie = format!("doorward-{}=dws_{n:0>43}", door.port);
    person
}

/// Sends so many different tokens: how many were told to wait.
async fn flood(door: &Door, count: u32) -> u32 {
    let mut told_to_wait = 0;
    let stranger = door.stranger();
    for n in 0..count {
        let cookie = somebody(door, n).cookie;
        let answer = stranger.ask(Method::GET, "/x").header("Cookie", cookie).send().await.unwrap();
        told_to_wait += u32::from(answer.status() == 429);
    }
    told_to_wait
}

/// What the metrics say of a counter.
async fn counted(admin: &Person, name: &str) -> u64 {
    let metrics = text(admin.get("/_doorward/metrics").await).await;
    let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("{name}_total "))).map(str::to_owned);
    line.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().unwrap()
}

#[tokio::test]
async fn a_flood_of_random_tokens_asks_the_database_a_bounded_number_of_times_and_slows_nobody_elsewhere() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let (admin, bob) = (door.admin().await, door.user("bob", "viewer").await);
    let before = counted(&admin, "doorward_session_lookups").await;
    let began = Instant::now();
    let told_to_wait = flood(&door, FLOOD).await;
    let asked = counted(&admin, "doorward_session_lookups").await - before;
    assert!(
        asked <= AT_ONCE + PER_SECOND * (began.elapsed().as_secs() + 1) + 2,
        "{asked} questions in {:?}",
        began.elapsed()
    );
    assert_eq!(u64::from(told_to_wait), counted(&admin, "doorward_session_lookups_refused").await);
    assert!(told_to_wait > 0);
    // Nobody has seen him yet, and he is behind another address.
    let visit = format!(
        "GET /x HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nCookie: {}\r\n\r\n",
        door.port, bob.cookie
    );
    let answer = raw::send_from([127, 0, 0, 2], door.port, visit.as_bytes()).await;
    assert_eq!(raw::status(&answer), 200, "{answer}");
    // And the administrator, behind the flood's own address, is in memory.
    assert_eq!(admin.get("/x").await.status(), 200);
}

#[tokio::test]
async fn who_must_wait_is_told_so_at_the_door_the_desk_and_before_a_socket() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "dagster").start().await;
    flood(&door, 200).await;
    // The budget grows while these ask, so each asks until it is told.
    for (n, path) in ["/x", "/_doorward/api/v1/auth/me", "/_doorward/account"].into_iter().enumerate() {
        let mut refused = None;
        for m in 0..200_u32 {
            let one = somebody(&door, 1_000_000 * (u32::try_from(n).unwrap() + 1) + m);
            let answer = if m % 2 == 0 { one.visit(path).await } else { one.get(path).await };
            if answer.status() == 429 {
                refused = Some((m % 2 == 0, answer));
                break;
            }
        }
        let (is_page, answer) = refused.unwrap_or_else(|| panic!("{path} never says so"));
        assert_eq!(head(&answer, "retry-after"), "1", "{path}");
        // The API answers programs, whoever asks.
        if is_page && !path.contains("/api/") {
            let page = text(answer).await;
            assert!(page.contains("<html") && page.contains("Too many requests"), "{path}: {page}");
        } else {
            assert_eq!(json_of(answer).await["code"], "too_many_requests", "{path}");
        }
    }
    let mut statuses = Vec::new();
    for n in 0..50 {
        statuses.push(Socket::open(door.port, &somebody(&door, 9_000_000 + n), "graphql-ws", "").await.status());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn a_good_session_behind_the_address_of_a_flood_gets_in_when_it_comes_back() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let bob = door.user("bob", "viewer").await;
    // Whoever has just signed in is in memory; after a start nobody is.
    let door = door.killed_and_started_again().await;
    let mut statuses = Vec::new();
    for round in 0..5 {
        for n in 0..200 {
            somebody(&door, 1000 * round + n).get("/x").await;
        }
        statuses.push(bob.get("/x").await.status().as_u16());
        if statuses.ends_with(&[200]) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    panic!("never let in: {statuses:?}");
}
