//! What is sent again, and what never is, when the tool closes a connection that was used before.

use doorward_domain::Role;

use crate::harness::{Person, TestDoor, Tool, status};

/// A tool that answers one request of a connection, and closes it without an answer to the next.
fn forgetful() -> Tool {
    Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        wire.read_request();
    })
}

/// A door before it, with this rule, and somebody who may do everything; a connection to the tool has been used.
async fn with_a_used_connection(tool: &Tool, rule: &str) -> (TestDoor, Person) {
    let profile = format!("profile: x\nrules:\n  - {rule}\n  - {{match: \"GET /**\", action: view}}\n");
    let door = TestDoor::build().profile(&profile).before(tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    assert_eq!(status(&door.context(&ada, "/", "").await), 200);
    (door, ada)
}

/// How `/drop` is answered by this method, with this body, and how often the tool saw it.
async fn sent(method: &str, rule: &str, body: &str) -> (u16, usize) {
    let tool = forgetful();
    let (door, ada) = with_a_used_connection(&tool, rule).await;
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\n", body.len()) };
    let head = format!("{method} /drop HTTP/1.1\nHost: door\n{}Sec-Fetch-Site: same-origin\n{length}\n", ada.cookie());
    let answer = door.ask(&format!("{head}{body}")).await;
    let seen = tool.seen();
    let of_it: Vec<_> = seen.iter().filter(|request| request.starts_with(&format!("{method} /drop"))).collect();
    assert!(
        of_it.iter().all(|request| request.ends_with(&format!("\r\n\r\n{body}"))),
        "each time all of it: {of_it:?}"
    );
    assert_eq!(status(&door.context(&ada, "/", "").await), 200, "what changes nothing is asked again");
    (status(&answer), of_it.len())
}

/// The tool saw it once, and nobody pretends to know what came of it.
const ONCE: (u16, usize) = (502, 1);
/// The tool closed the first connection, and answered on the second.
const AGAIN: (u16, usize) = (200, 2);

#[tokio::test]
async fn a_get_that_changes_something_is_never_sent_twice() {
    assert_eq!(sent("GET", r#"{match: "GET /drop", action: run, changes_state: true}"#, "").await, ONCE);
}

#[tokio::test]
async fn a_get_that_is_more_than_viewing_is_never_sent_twice() {
    assert_eq!(sent("GET", r#"{match: "GET /drop", action: run}"#, "").await, ONCE);
    assert_eq!(sent("GET", r#"{match: "GET /drop", action: run, changes_state: false}"#, "").await, ONCE);
}

#[tokio::test]
async fn a_post_or_patch_that_changes_something_is_never_sent_twice() {
    for method in ["POST", "PATCH"] {
        let rule = format!("{{match: \"{method} /drop\", action: run}}");
        for body in ["", "all of it"] {
            assert_eq!(sent(method, &rule, body).await, ONCE, "{method} {body:?}");
        }
    }
}

#[tokio::test]
async fn what_comes_to_the_same_asked_twice_is_sent_again() {
    for method in ["PUT", "DELETE"] {
        let rule = format!("{{match: \"{method} /drop\", action: run}}");
        assert_eq!(sent(method, &rule, "").await, AGAIN, "{method}");
    }
    assert_eq!(sent("GET", r#"{match: "GET /drop", action: view}"#, "").await, AGAIN);
}

#[tokio::test]
async fn a_body_that_was_passed_on_as_it_came_is_not_there_to_be_sent_again() {
    assert_eq!(sent("PUT", r#"{match: "PUT /drop", action: run}"#, "all of it").await, ONCE);
}

#[tokio::test]
async fn of_graphql_what_looks_is_sent_again_and_what_changes_something_is_not() {
    for (query, expected) in [("{ version }", AGAIN), ("mutation { reloadWorkspace { __typename } }", ONCE)] {
        let tool = forgetful();
        let door = TestDoor::build().builtin("dagster").before(&tool).await;
        let ada = door.sign_in("ada", Role::Admin).await;
        assert_eq!(status(&door.context(&ada, "/", "").await), 200);
        let body = format!("{{\"query\":\"{query}\"}}");
        let head = format!("POST /graphql HTTP/1.1\nHost: door\n{}Sec-Fetch-Site: same-origin\n", ada.cookie());
        let about = format!("Content-Type: application/json\nContent-Length: {}\n", body.len());
        let answer = door.ask(&format!("{head}{about}\n{body}")).await;
        let seen = tool.seen().iter().filter(|request| request.starts_with("POST /graphql")).count();
        assert_eq!((status(&answer), seen), expected, "{query}: {answer}");
    }
}
