//! Documents that take long to be asked for names: whoever sends many of them holds up themselves, and what is made of them is not held
//! without room.

use doorward_domain::{Effect, Role};
use serde_json::json;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::frames::{accept, hear, masked};
use crate::harness::{Person, TestDoor, Tool, Wire, status};
use crate::sockets::{INIT, converse};
use crate::things::{ask, give, person, subject};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"data\":{}}";

/// A document that needs a name at each of so many places.
fn document(name: &str, places: usize) -> String {
    let places = (0..places).fold(String::new(), |mut all, n| {
        let _ = write!(all, "place_{n:03}:results{{__typename}}");
        all
    });
    format!("query {name}{{x:runsFeedOrError{{...on RunsFeedConnection{{{places}}}}}}}")
}

async fn part_holder(door: &TestDoor, name: &str) -> Person {
    let who = person(door, name).await;
    give(door, subject(&who), Effect::Allow(Role::Viewer), Some("location:a")).await;
    who
}

fn send(door: &TestDoor, who: &Person, document: &str) -> Wire {
    let (mut wire, body) = (door.connect(), json!({"query": document}).to_string());
    wire.say(&format!(
        "POST /graphql HTTP/1.1\r\nHost: door\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        who.cookie(),
        body.len()
    ));
    wire
}

#[tokio::test]
async fn nobody_waits_for_all_the_documents_of_another() {
    let tool = Tool::with(|wire| {
        while wire.read_request().is_some() {
            wire.say(OK);
        }
    });
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let (ada, bob) = (part_holder(&door, "ada").await, part_holder(&door, "bob").await);
    let known = json!({"query": document("Page", 150)});
    assert_eq!(status(&ask(&door, &bob.cookie(), &known).await), 200);
    let flood: Vec<_> = (0..30).map(|n| send(&door, &ada, &document(&format!("Flood{n}"), 600))).collect();
    while tool.seen().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let before = tool.seen().len();
    assert_eq!(status(&ask(&door, &bob.cookie(), &known).await), 200);
    let meanwhile = tool.seen().len() - before - 1;
    assert!(meanwhile <= 2, "{meanwhile} others went before what is remembered");
    let before = tool.seen().len();
    assert_eq!(status(&ask(&door, &bob.cookie(), &json!({"query": document("New", 150)})).await), 200);
    let meanwhile = tool.seen().len() - before - 1;
    assert!(meanwhile <= 3, "{meanwhile} others went before what is new");
    assert!(tool.seen().len() < 28, "there was no queue");
    drop(flood);
}

/// A start message of a run that needs a name at each of so many places.
fn start(places: usize) -> String {
    let places = (0..places).fold(String::new(), |mut all, n| {
        let _ = write!(all, "r{n}:run{{id}}");
        all
    });
    let run = "3f2c7c1e-93b4-4a43-9d9c-0a1b2c3d4e5f";
    let query = format!(
        "subscription{{x:pipelineRunLogs(runId:\"{run}\"){{...on PipelineRunLogsSubscriptionSuccess{{{places}}}}}}}"
    );
    json!({"type": "start", "id": "1", "payload": {"query": query}}).to_string()
}

#[tokio::test]
async fn a_message_that_weighs_too_much_is_turned_away_before_the_tool_is_asked_and_stops_nobody() {
    let tool = Tool::with(|wire| {
        accept(wire);
        while !hear(&mut wire.wire).starts_with("close") {}
    });
    let door = TestDoor::build().builtin("dagster").filtering().before(&tool).await;
    let ada = part_holder(&door, "ada").await;
    let began = Instant::now();
    let talking = converse(&door, &ada, "", move |wire, _| {
        wire.say_bytes(&masked(0x81, INIT.as_bytes()));
        wire.say_bytes(&masked(0x81, start(700).as_bytes()));
        hear(wire)
    });
    let mut talking = std::pin::pin!(talking);
    let mut longest = Duration::ZERO;
    loop {
        let since = Instant::now();
        tokio::select! {
            end = &mut talking => {
                assert_eq!(end, "close 4400");
                break;
            }
            answer = door.ask("GET /nobody HTTP/1.1\nHost: door\n\n") => assert!(status(&answer) < 500, "{answer}"),
        }
        longest = longest.max(since.elapsed());
    }
    let all = began.elapsed();
    assert!(longest * 2 < all, "somebody else waited {longest:?} of {all:?}");
    assert!(!tool.seen().iter().any(|said| said.contains("runOrError")), "the tool was asked");
}
