//! Asking for access where it was refused, answering from the command line, and being in within a second.

use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

use crate::harness::person::{head, json_of, text};
use crate::harness::{Door, Echo, Person, eventually};

/// The promise is a second; the rest is for a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// The decision that refused, as the answer names it.
async fn refused(person: &Person, method: Method, path: &str) -> String {
    let answer = person.ask(method, path).send().await.unwrap();
    assert_eq!(answer.status(), 403, "{path}");
    let decision = head(&answer, "doorward-decision").to_owned();
    let (_, id) = decision.split_once("id=").expect("an id");
    id.split(';').next().unwrap().to_owned()
}

async fn ask(person: &Person, decision: &str, reason: &str) -> reqwest::Response {
    let body = json!({"app": "tool", "decision_id": decision, "reason": reason});
    person.api(Method::POST, "access-requests", &body).await
}

async fn before_an_echo() -> (Echo, Door, Person) {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    door.cli_with(&["user", "add", "ada", "--password-stdin"], crate::harness::door::PASSWORD).done();
    let ada = door.sign_in("ada").await;
    (echo, door, ada)
}

#[tokio::test]
async fn what_the_door_refused_is_asked_for_and_approved_by_a_command_within_a_second() {
    let (_echo, door, ada) = before_an_echo().await;
    let made = json_of(ask(&ada, &refused(&ada, Method::GET, "/").await, "on call").await).await;
    assert_eq!((&made["role"], &made["resource"], &made["state"]), (&json!("viewer"), &Value::Null, &json!("open")));
    let listed: Value = door.cli(&["access", "list", "--output", "json"]).json();
    assert_eq!((&listed[0]["id"], &listed[0]["username"]), (&made["id"], &json!("ada")));
    let id = made["id"].as_str().unwrap();
    let told = door.cli(&["access", "approve", id, "--until", "1h"]);
    assert!(told.code == 0 && told.err.contains("ada is given viewer on all of tool until "), "{}", told.err);
    let began = Instant::now();
    assert!(eventually(PATIENCE, || async { ada.get("/").await.status() == 200 }).await, "never let in");
    assert!(began.elapsed() < Duration::from_millis(1500), "only after {:?}", began.elapsed());
    let again = door.cli(&["access", "decline", id]);
    assert!(again.code == 4 && again.err.contains("approved by cli:"), "{}", again.err);
    assert_eq!(door.cli(&["access", "show", "0190a5b4-0000-7000-8000-000000000000"]).code, 3);

    let weaker = door.cli(&["grant", "add", "ada", "--role", "viewer", "--app", "tool"]);
    assert!(
        weaker.code == 0 && !weaker.err.contains("for a request"),
        "no less than what was approved: {}",
        weaker.err
    );

    // More than she holds now: another request, beside the grant that she has.
    let more = json_of(ask(&ada, &refused(&ada, Method::POST, "/x").await, "").await).await;
    assert_eq!(more["role"], "developer");
    let events = door.cli(&["audit", "list"]).done();
    assert!(events.contains("Asking for access · ada · developer"), "{events}");
    assert!(events.contains("Approving access · ada · viewer"), "{events}");
}

/// One event a second for what repeats: each decision that an answer names is found, and is about what was asked for.
#[tokio::test]
async fn refusals_that_are_counted_together_are_asked_about_as_what_they_lack() {
    let (_echo, door, ada) = before_an_echo().await;
    let mut decisions = Vec::new();
    for _ in 0..20 {
        decisions.push(refused(&ada, Method::GET, "/a").await);
        decisions.push(refused(&ada, Method::POST, "/b").await);
    }
    for (at, decision) in decisions.iter().enumerate() {
        let asked = json_of(ask(&ada, decision, "").await).await;
        let expected = if at % 2 == 0 { "viewer" } else { "developer" };
        assert_eq!(asked["role"], expected, "{asked}");
    }
    assert_eq!(door.cli(&["access", "list", "--output", "json"]).json().as_array().unwrap().len(), 2);
}

/// What steers a terminal stays off it, and what would be a script out of pages.
#[tokio::test]
async fn a_reason_is_only_ever_text() {
    let (_echo, door, ada) = before_an_echo().await;
    let decision = refused(&ada, Method::GET, "/").await;
    for steering in ["\u{1b}]0;taken\u{7}", "on call \u{202e}"] {
        assert_eq!(ask(&ada, &decision, steering).await.status(), 422);
    }
    let reason = "on\ncall \u{200b}<script>alert(1)</script>";
    assert_eq!(ask(&ada, &decision, reason).await.status(), 201);
    for form in ["table", "json", "csv"] {
        let printed = door.cli(&["access", "list", "--output", form]).done();
        assert!(!printed.contains(['\u{202e}', '\u{200b}', '\u{1b}']), "{printed:?}");
    }
    let listed = door.cli(&["access", "list", "--output", "json"]).json();
    assert_eq!(listed[0]["reason"], reason, "in JSON all of it is there");
    for path in [format!("/_doorward/denied/{decision}"), "/_doorward/account".to_owned()] {
        let page = text(ada.visit(&path).await).await;
        assert!(page.contains("&#60;script&#62;alert(1)") && !page.contains("<script>alert"), "{page}");
    }
}

#[tokio::test]
async fn a_manager_of_one_app_answers_for_it_and_for_no_other() {
    let echo = Echo::start();
    let app = |name: &str, path: &str| format!("  {name}: {{upstream: \"{}\", profile: generic{path}}}", echo.url());
    let door = Door::serving(&format!("{}\n{}", app("tool", ""), app("other", ", path: /other"))).start().await;
    for name in ["ada", "max", "dan"] {
        door.cli_with(&["user", "add", name, "--password-stdin"], crate::harness::door::PASSWORD).done();
    }
    door.cli(&["grant", "add", "max", "--role", "manager", "--app", "tool"]).done();
    door.cli(&["grant", "add", "dan", "--role", "admin", "--app", "other"]).done();
    let (ada, max, dan) = (door.sign_in("ada").await, door.sign_in("max").await, door.sign_in("dan").await);
    let asked = json_of(ask(&ada, &refused(&ada, Method::GET, "/").await, "").await).await;
    let approve = format!("access-requests/{}/approve", asked["id"].as_str().unwrap());
    let list =
        |person: Person| async move { json_of(person.api(Method::GET, "access-requests", &Value::Null).await).await };
    assert_eq!(
        (list(max.clone()).await["total"].clone(), list(dan.clone()).await["total"].clone()),
        (json!(1), json!(0))
    );
    assert_eq!(dan.api(Method::POST, &approve, &json!({})).await.status(), 404);
    assert_eq!(ada.api(Method::POST, &approve, &json!({})).await.status(), 403);
    assert_eq!(max.api(Method::POST, &approve, &json!({})).await.status(), 200);
    assert_eq!(ada.get("/").await.status(), 200);
    let audit = json_of(max.api(Method::GET, "audit?app=tool&action=access.approve", &Value::Null).await).await;
    assert_eq!(audit["items"][0]["actor"], "max", "who manages an app reads what happened there");
}
