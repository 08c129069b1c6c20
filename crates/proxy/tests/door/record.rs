//! What is written down about requests, before and after.

use doorward_domain::Role;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use crate::harness::{TestDoor, Tool, Wire, crlf, status};

fn post(cookie: &str) -> String {
    format!("POST /jobs/7?secret=1 HTTP/1.1\nHost: door\n{cookie}Content-Length: 2\n\n{{}}")
}

#[tokio::test]
async fn a_change_is_written_down_with_its_outcome_and_a_view_is_not() {
    let tool = Tool::with(|wire| {
        while let Some(request) = wire.read_request() {
            wire.say(if request.contains("/jobs") {
                "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"
            } else {
                "HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"
            });
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    assert_eq!(status(&door.context(&ada, "/jobs", "").await), 201);
    assert_eq!(status(&door.ask(&post(&ada.cookie())).await), 201);
    assert_eq!(status(&door.ask(&post(&ada.cookie()).replace("/jobs", "/other")).await), 409);
    let events = door.requests_written(2).await;
    assert_eq!(events.len(), 2, "{events:#?}");
    let told: Vec<_> =
        events.iter().map(|e| (e.event.outcome.as_str(), e.event.details["status"].as_u64().unwrap())).collect();
    assert_eq!(told, [("success", 201), ("failure", 409)]);
    assert_eq!(events[0].event.details["path"], "/jobs/7", "queries may hold secrets");
    assert_eq!(events[0].event.details["role"], "developer");
    assert!(events[0].event.decision_id.is_some());
}

#[tokio::test]
async fn the_path_is_written_down_as_the_tool_gets_it_with_both_ends() {
    let tool = Tool::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let escaped = "delete-payroll".bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    for path in [
        format!("/admin{}/delete-payroll", "/".repeat(300)),
        format!("/admin/{}/delete-payroll", "a".repeat(300)),
        format!("/admin/{escaped}"),
    ] {
        let request = post(&ada.cookie()).replace("/jobs/7?secret=1", &path);
        assert_eq!(status(&door.ask(&request).await), 200, "{path}");
    }
    for event in door.requests_written(3).await {
        let path = event.event.details["path"].as_str().unwrap();
        assert!(path.starts_with("/admin/") && path.ends_with("/delete-payroll") && path.len() < 300, "{path}");
    }
}

#[tokio::test]
async fn the_event_is_in_the_log_before_the_tool_hears_of_the_request() {
    let (pending, log) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(std::sync::OnceLock::<doorward_testkit::TestStores>::new()));
    let (seen, stores) = (Arc::clone(&pending), Arc::clone(&log));
    let runtime = tokio::runtime::Handle::current();
    let tool = Tool::with(move |wire| {
        while wire.read_request().is_some() {
            let query =
                doorward_service::ports::AuditQuery { action: Some("request".to_owned()), ..Default::default() };
            let events = runtime.block_on(stores.get().unwrap().audit.list(&query)).unwrap().items;
            let waiting = events.iter().filter(|event| event.event.outcome.as_str() == "pending").count();
            seen.store(waiting, SeqCst);
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let door = TestDoor::before(&tool).await;
    assert!(log.set(door.stores.clone()).is_ok());
    let ada = door.sign_in("ada", Role::Developer).await;
    assert_eq!(status(&door.ask(&post(&ada.cookie())).await), 200);
    assert_eq!(pending.load(SeqCst), 1);
}

#[tokio::test]
async fn a_client_that_leaves_is_written_down_as_not_knowing_the_outcome() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        std::thread::sleep(Duration::from_secs(5));
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = door.connect();
    wire.say(&crlf(&post(&ada.cookie())));
    while tool.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop::<Wire>(wire);
    for _ in 0..100 {
        let events = door.requests_written(1).await;
        if events[0].event.details.contains_key("interrupted") {
            assert_eq!(events[0].event.outcome.as_str(), "pending");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the request was never concluded");
}

#[tokio::test]
async fn refusals_that_repeat_are_few_events_and_all_are_counted_and_found() {
    let door = TestDoor::before(&Tool::with(|_| {})).await;
    let vera = door.sign_in("vera", Role::Viewer).await;
    let mut decisions = std::collections::HashSet::new();
    for _ in 0..200 {
        let answer = door.ask(&post(&vera.cookie())).await;
        assert_eq!(status(&answer), 403);
        let (_, rest) = answer.split_once("doorward-decision: deny; id=").unwrap();
        decisions.insert(rest.split(';').next().unwrap().to_owned());
    }
    let events = door.requests_written(1).await;
    let times = |event: &doorward_domain::AuditEvent| {
        event.event.details.get("times").map_or(1, |times| times.as_u64().unwrap())
    };
    assert_eq!(events.iter().map(times).sum::<u64>(), 200, "{events:#?}");
    // A busy machine takes some seconds for them.
    assert!(events.len() <= 100, "{} events", events.len());
    let found: std::collections::HashSet<_> =
        events.iter().map(|event| event.event.decision_id.unwrap().to_string()).collect();
    assert_eq!(found, decisions, "what the caller is told can be found");
}

#[tokio::test]
async fn what_a_stranger_sends_that_cannot_be_understood_is_written_once_with_a_count() {
    let door = TestDoor::before(&Tool::with(|_| {})).await;
    let began = std::time::Instant::now();
    // So many that shorter windows would be told apart.
    for n in 0..400 {
        assert_eq!(status(&door.ask(&format!("GET /a/%2e%2e/{n} HTTP/1.1\nHost: door\n\n")).await), 400);
    }
    let seconds = began.elapsed().as_secs();
    let events = door.requests_written(1).await;
    let times = |event: &doorward_domain::AuditEvent| {
        event.event.details.get("times").map_or(1, |times| times.as_u64().unwrap())
    };
    assert_eq!(events.iter().map(times).sum::<u64>(), 400, "{events:#?}");
    assert!(events.len() as u64 <= seconds + 2, "{} events in {seconds} seconds", events.len());
    assert_eq!((events[0].event.actor.as_str(), events[0].event.client_ip.as_str()), ("", "127.0.0.1"));
    assert_eq!(events[0].event.details["reason"], "ambiguous_path");
    assert!(events[0].event.details["not_understood"].as_str().is_some_and(|told| told.ends_with('.')), "{events:?}");
}

#[tokio::test]
async fn who_is_signed_in_and_cannot_be_understood_is_named() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    door.context(&ada, "/page", "").await;
    let answer = door.context(&ada, "/a/..%2fb", "").await;
    assert_eq!(status(&answer), 400);
    let made_up = format!("GET /a/..%2fc HTTP/1.1\nHost: door\nCookie: doorward-80=dws_{}\n\n", "A".repeat(43));
    assert_eq!(status(&door.ask(&made_up).await), 400);
    let written = door.requests_written(2).await;
    let mut who: Vec<_> = written.iter().map(|event| event.event.actor.as_str()).collect();
    who.sort_unstable();
    assert_eq!(who, ["", "ada"]);
}

#[tokio::test]
async fn changes_that_are_let_through_are_an_event_each() {
    let tool = Tool::with(|wire| {
        while wire.read_request().is_some() {
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    for _ in 0..20 {
        assert_eq!(status(&door.ask(&post(&ada.cookie())).await), 200);
    }
    assert_eq!(door.requests_written(20).await.len(), 20);
}

#[tokio::test]
async fn a_tool_that_heard_of_a_change_and_said_nothing_may_have_done_it() {
    let tool = Tool::with(|wire| {
        wire.read_request();
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    assert_eq!(status(&door.ask(&post(&ada.cookie())).await), 502);
    assert_eq!(tool.seen().len(), 1, "what may have been done is not done twice");
    let events = door.requests_written(1).await;
    assert_eq!(events[0].event.outcome.as_str(), "pending");
    assert_eq!(events[0].event.details["failure"], "the app closed the connection without answering");
    assert_eq!(events[0].event.details["interrupted"], true);
}

#[tokio::test]
async fn an_answer_that_is_no_http_says_nothing_about_what_was_done() {
    for answer in ["nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 20"] {
        let tool = Tool::with(move |wire| {
            wire.read_request();
            wire.say(answer);
        });
        let door = TestDoor::before(&tool).await;
        let ada = door.sign_in("ada", Role::Developer).await;
        assert_eq!(status(&door.ask(&post(&ada.cookie())).await), 502);
        assert_eq!(door.requests_written(1).await[0].event.outcome.as_str(), "pending", "{answer:?}");
    }
}

#[tokio::test]
async fn a_tool_that_was_never_reached_has_done_nothing() {
    let door = TestDoor::before(&Tool::absent()).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    assert_eq!(status(&door.ask(&post(&ada.cookie())).await), 502);
    let events = door.requests_written(1).await;
    assert_eq!(events[0].event.outcome.as_str(), "failure");
    assert!(events[0].event.details["failure"].as_str().unwrap().contains("cannot be reached"));
}
