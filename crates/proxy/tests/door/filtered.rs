//! Answers of which some is out of bounds for whoever asks, with the Dagster profile: what of them passes, and what does not.

use doorward_domain::{Effect, Role};
use std::fmt::Write as _;

use crate::frames::{accept, hear, masked, plain};
use crate::harness::{Person, TestDoor, Tool, body, header, status};
use crate::sockets::{INIT, converse};
use crate::things::{ask, give, is_denied, person, subject};

/// Asked for by everybody here: the names of all locations.
const LOCATIONS: &str = "{workspaceOrError{...on Workspace{locationEntries{name}}}}";

/// The locations `a` and `b`, as Dagster answers for whoever may not view everything.
fn both(more: &str) -> String {
    let entry = |name: &str| format!(r#"{{"name":"{name}","doorward0_TYPE_0":"{name}"}}"#);
    let entries = format!("{},{}", entry("a"), entry("b"));
    format!(r#"{{"data":{{"workspaceOrError":{{"locationEntries":[{entries}{more}],"doorward0_type":"Workspace"}}}}}}"#)
}

/// Answers with that, naming things under whatever keys it is asked to.
fn tool(head: &'static str, more: String) -> Tool {
    Tool::with(move |wire| {
        while let Some(request) = wire.read_request() {
            let key = request.split("doorward0_").find_map(|rest| rest.split_once("_0:name")).map(|(key, _)| key);
            let answer = both(&more).replace("TYPE", key.unwrap_or("TYPE"));
            wire.say(&format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()));
        }
    })
}

async fn door(tool: &Tool) -> (TestDoor, Person) {
    let door = TestDoor::build().builtin("dagster").filtering().before(tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Viewer), Some("location:a")).await;
    (door, ada)
}

async fn asked(door: &TestDoor, person: &Person, document: &str) -> String {
    ask(door, &person.cookie(), &serde_json::json!({"query": document})).await
}

const HEAD: &str = "200 OK\r\nContent-Type: application/json\r\nETag: \"both\"\r\nX-Dagster-Call-Counts: {\"both\": 2}\r\nCache-Control: no-store";

#[tokio::test]
async fn whoever_holds_one_location_sees_that_one_in_lists_of_all() {
    let tool = tool(HEAD, String::new());
    let (door, ada) = door(&tool).await;
    let answer = asked(&door, &ada, LOCATIONS).await;
    assert_eq!((status(&answer), header(&answer, "etag"), header(&answer, "x-dagster-call-counts")), (200, "", ""));
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert_eq!(body(&answer), r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"a"}]}}}"#);
    assert!(tool.saw().to_lowercase().contains("accept-encoding: identity"), "{}", tool.saw());
    // Who is denied one of them and may view everything else.
    let bob = person(&door, "bob").await;
    give(&door, subject(&bob), Effect::Allow(Role::Viewer), None).await;
    give(&door, subject(&bob), Effect::Deny, Some("location:a")).await;
    let answer = asked(&door, &bob, LOCATIONS).await;
    assert_eq!(body(&answer), r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"b"}]}}}"#);
}

#[tokio::test]
async fn that_something_failed_which_is_not_shown_is_not_told_by_the_status() {
    let tool = tool("500 Internal Server Error\r\nContent-Type: application/json", String::new());
    let (door, ada) = door(&tool).await;
    let answer = asked(&door, &ada, LOCATIONS).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(body(&answer), r#"{"data":{"workspaceOrError":{"locationEntries":[{"name":"a"}]}}}"#);
}

/// Whoever is asked about `b` meanwhile takes their time.
#[tokio::test]
async fn rights_that_change_while_the_tool_takes_its_time_count_when_it_answers() {
    let (asked_for, is_asked_for) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let tool = Tool::with(move |wire| {
        while let Some(request) = wire.read_request() {
            let key = request.split("doorward0_").find_map(|rest| rest.split_once("_0:name")).map(|(key, _)| key);
            let answer = both("").replace("TYPE", key.unwrap_or("TYPE"));
            asked_for.send(()).unwrap();
            may_go_on.lock().unwrap().recv().unwrap();
            wire.say(&format!("HTTP/1.1 {HEAD}\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()));
        }
    });
    let (door, ada) = door(&tool).await;
    give(&door, subject(&ada), Effect::Allow(Role::Viewer), Some("location:b")).await;
    let bob = person(&door, "bob").await;
    give(&door, subject(&bob), Effect::Allow(Role::Viewer), None).await;
    // Of ada one of two locations is taken; bob, whose answers needed no filter, is denied one.
    for (who, seen) in [(&ada, Some(r#"[{"name":"a"}]"#)), (&bob, None)] {
        let credential = who.cookie();
        let changing = async {
            while is_asked_for.try_recv().is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            give(&door, subject(who), Effect::Deny, Some("location:b")).await;
            tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
            go_on.send(()).unwrap();
        };
        let locations = serde_json::json!({"query": LOCATIONS});
        let (answer, ()) = tokio::join!(ask(&door, &credential, &locations), changing);
        assert!(!answer.contains(r#""b""#), "{answer}");
        match seen {
            Some(seen) => assert!(answer.contains(seen), "{answer}"),
            None => assert!(answer.contains("rules_changed"), "{answer}"),
        }
    }
}

#[tokio::test]
async fn whoever_may_view_everything_is_answered_in_the_tools_own_bytes() {
    let tool = tool(HEAD, String::new());
    let (door, _) = door(&tool).await;
    let bob = door.sign_in("bob", Role::Viewer).await;
    let answer = asked(&door, &bob, LOCATIONS).await;
    assert_eq!(body(&answer), both(""));
    assert_eq!(header(&answer, "etag"), "\"both\"");
    assert!(
        tool.saw().contains(r#""query":"{workspaceOrError{...on Workspace{locationEntries{name}}}}""#),
        "{}",
        tool.saw()
    );
}

#[tokio::test]
async fn without_filtering_lists_of_everything_are_not_for_whoever_holds_single_things() {
    let tool = tool(HEAD, String::new());
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = person(&door, "ada").await;
    give(&door, subject(&ada), Effect::Allow(Role::Viewer), Some("location:a")).await;
    assert!(is_denied(&asked(&door, &ada, LOCATIONS).await));
    assert!(tool.seen().is_empty());
}

#[tokio::test]
async fn what_cannot_be_filtered_is_not_sent_for_them() {
    let tool = tool(HEAD, String::new());
    let (door, ada) = door(&tool).await;
    for document in ["{somethingNewOrError{__typename}}", "{workspaceOrError{...on Workspace{somethingNew}}}"] {
        let answer = asked(&door, &ada, document).await;
        assert_eq!(status(&answer), 400, "{answer}");
        assert!(answer.contains("cannot_be_filtered"), "{answer}");
    }
    assert!(tool.seen().is_empty());
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_passed_on() {
    let compressed = "200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip";
    for (head, more) in [(compressed, "\u{1}"), ("502 Bad Gateway\r\nContent-Type: text/html", "<b>"), (HEAD, "]")] {
        let tool = tool(head, more.to_owned());
        let (door, ada) = door(&tool).await;
        let answer = asked(&door, &ada, LOCATIONS).await;
        assert_eq!(header(&answer, "content-type"), "application/json");
        assert_eq!(header(&answer, "content-encoding"), "");
        assert!(body(&answer).contains("cannot be filtered"), "{answer}");
        assert!(!body(&answer).contains(r#""name""#), "{answer}");
    }
}

#[tokio::test]
async fn long_answers_are_filtered_and_too_long_ones_are_not_passed_on() {
    let entries = |count: usize| {
        (0..count).fold(String::new(), |mut entries, n| {
            let name = if n % 2 == 0 { "a" } else { "b" };
            let _ = write!(entries, r#",{{"name":"{name}","doorward0_TYPE_0":"{name}"}}"#);
            entries
        })
    };
    let long = tool(HEAD, entries(20_000));
    let (there, ada) = door(&long).await;
    let answer = asked(&there, &ada, LOCATIONS).await;
    assert_eq!(body(&answer).matches(r#"{"name":"a"}"#).count(), 10_001);
    assert!(!body(&answer).contains(r#""b""#));
    let too_long = tool(HEAD, entries(600_000));
    let (there, ada) = door(&too_long).await;
    let answer = asked(&there, &ada, LOCATIONS).await;
    assert!(body(&answer).contains("cannot be filtered"), "{} bytes", answer.len());
}

/// A tool that hears what is said on sockets and says nothing.
fn silent() -> Tool {
    Tool::with(|wire| {
        accept(wire);
        while !hear(&mut wire.wire).starts_with("close") {}
    })
}

const FOLLOW: &str = "subscription { locationStateChangeEvents { event { locationName } } }";

#[tokio::test]
async fn an_id_on_a_socket_is_no_seconds_while_the_first_is_under_way() {
    // The tool goes on with the first. Read as what the second asks for, its data would be shown as if it were that.
    let (door, ada) = door(&silent()).await;
    let start = |id: &str| serde_json::json!({"type": "start", "id": id, "payload": {"query": FOLLOW}}).to_string();
    let messages = [INIT.to_owned(), start("1"), start("2"), start("1")];
    let last = converse(&door, &ada, "", move |wire, _| {
        for message in &messages {
            wire.say_bytes(&masked(0x81, message.as_bytes()));
        }
        hear(wire)
    });
    assert_eq!(last.await, "close 4409");
}

#[tokio::test]
async fn what_still_comes_of_an_operation_that_was_stopped_goes_to_nobody_and_its_id_to_no_other() {
    let start = |id: &str| serde_json::json!({"type": "start", "id": id, "payload": {"query": FOLLOW}}).to_string();
    let tool = Tool::with(|wire| {
        accept(wire);
        loop {
            let heard = hear(&mut wire.wire);
            if heard.starts_with("close") {
                return;
            }
            if heard.contains(r#""start","id":"last""#) {
                for location in ["a", "b"] {
                    let data =
                        format!(r#"{{"locationStateChangeEvents":{{"event":{{"locationName":"{location}"}}}}}}"#);
                    let late = format!(r#"{{"type":"data","id":"5","payload":{{"data":{data}}}}}"#);
                    wire.wire.say_bytes(&plain(0x81, late.as_bytes()));
                }
                wire.wire.say_bytes(&plain(0x81, br#"{"type":"complete","id":"last"}"#));
            }
        }
    });
    let (door, ada) = door(&tool).await;
    let bob = person(&door, "bob").await;
    give(&door, subject(&bob), Effect::Allow(Role::Viewer), None).await;
    for who in [&ada, &bob] {
        let mut messages = vec![INIT.to_owned()];
        for n in 0..1000 {
            messages.extend([start(&n.to_string()), format!(r#"{{"type":"stop","id":"{n}"}}"#)]);
        }
        messages.push(start("last"));
        let again = start("7");
        let heard = converse(&door, who, "", move |wire, _| {
            for message in &messages {
                wire.say_bytes(&masked(0x81, message.as_bytes()));
            }
            let first = hear(wire);
            wire.say_bytes(&masked(0x81, again.as_bytes()));
            [first, hear(wire)]
        });
        assert_eq!(heard.await, [r#"{"type":"complete","id":"last"}"#, "close 4409"]);
    }
}

#[tokio::test]
async fn a_socket_that_was_filtered_ends_when_answers_are_not_any_more() {
    let tool = silent();
    let (door, ada) = door(&tool).await;
    let start = serde_json::json!({"type": "start", "id": "1", "payload": {"query": FOLLOW}}).to_string();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let talking = converse(&door, &ada, "", move |wire, _| {
        wire.say_bytes(&[masked(0x81, INIT.as_bytes()), masked(0x81, start.as_bytes())].concat());
        begun.send(()).unwrap();
        hear(wire)
    });
    let reloading = async {
        has_begun.await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        door.unfiltered();
    };
    assert_eq!(tokio::join!(talking, reloading).0, "close 4401");
}
