//! `denied/{decision_id}`.

use doorward_domain::{AuditOutcome, NewAuditEvent};
use doorward_testkit::audit_event;
use serde_json::json;

use crate::support::{API, TestDesk};

#[tokio::test]
async fn a_refusal_is_explained_to_whom_it_concerns_and_to_whoever_reads_the_log() {
    let desk = TestDesk::new().await;
    desk.add("eve", doorward_domain::Role::Viewer).await;
    let (vera, eve, max) = (desk.sign_in("vera").await, desk.sign_in("eve").await, desk.sign_in("max").await);
    let refused = desk.ask("GET", &format!("{API}/users")).bearer(&vera).send("").await;
    let path = format!("/_doorward/denied/{}", refused.body()["decision_id"].as_str().unwrap());
    for may_know in [&vera, &max] {
        let page = desk.ask("GET", &path).cookie(may_know).navigating().send("").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("This was refused") && page.text.contains("needs the role admin"), "{}", page.text);
        assert!(page.text.contains("<dt>Role needed</dt><dd>admin</dd>"));
    }
    assert_eq!(desk.ask("GET", &path).cookie(&eve).navigating().send("").await.status, 404);
}

#[tokio::test]
async fn what_the_door_refused_is_explained_by_the_operations_it_names() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let id = desk.services.decision_id();
    let mut event = audit_event("request").by("vera").in_app("wiki").target("view, wipe").outcome(AuditOutcome::Denied);
    event =
        event.detail("operations", json!([{"name": "view", "action": "view"}, {"name": "wipe", "action": "manage"}]));
    event = event.detail("resources", json!(["page:a", "page:<b>"])).detail("role", "viewer");
    let event = NewAuditEvent { decision_id: Some(id), ..event.build() };
    desk.services.audit.record(event).await.unwrap();
    let page = desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&vera).navigating().send("").await;
    let words = "You were refused “view, wipe · a, &#60;b&#62;”: it needs the role manager.";
    assert!(page.text.contains(words) && page.text.contains("<dt>Role held</dt><dd>viewer</dd>"), "{}", page.text);
    let max = desk.sign_in("max").await;
    let page = desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&max).navigating().send("").await;
    assert!(page.text.contains("vera was refused “view, wipe"), "{}", page.text);
    assert!(page.text.contains("<dd>page:a, page:&#60;b&#62;</dd>"), "{}", page.text);
}

#[tokio::test]
async fn a_decision_that_was_no_refusal_is_not_found() {
    let desk = TestDesk::new().await;
    let max = desk.sign_in("max").await;
    let id = desk.services.decision_id();
    let event = NewAuditEvent { decision_id: Some(id), ..audit_event("request").by("max").build() };
    desk.services.audit.record(event).await.unwrap();
    let page = desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&max).navigating().send("").await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn a_decision_that_is_none_is_not_found() {
    let desk = TestDesk::new().await;
    let max = desk.sign_in("max").await;
    for id in ["nonsense", "0190a5b4-0000-7000-8000-000000000000"] {
        let page = desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&max).navigating().send("").await;
        assert!(page.status == 404 && page.header("content-type").starts_with("text/html"));
    }
}

#[tokio::test]
async fn a_denial_is_named_and_no_role_is_said_to_be_needed() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let grant = "0190a5b4-0000-7000-8000-00000000000a";
    let shown = async |why: &str, role: &str| {
        let id = desk.services.decision_id();
        let event = audit_event("request").by("vera").in_app("wiki").target("wipe").outcome(AuditOutcome::Denied);
        let event = event.detail("operations", json!([{"name": "wipe", "action": "run"}])).detail(role, "operator");
        let event = event.detail("why", why).detail("denied_by", if why == "denied" { grant } else { "" });
        desk.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event.build() }).await.unwrap();
        desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&vera).navigating().send("").await.text
    };
    let denied = shown("denied", "role").await;
    assert!(denied.contains(&format!("<dt>Denied by</dt><dd>the denial {grant}</dd>")), "{denied}");
    assert!(denied.contains("You were refused “wipe”: it is denied on what this request acted on."), "{denied}");
    assert!(!denied.contains("Role needed") && denied.contains("<dt>App</dt><dd>Wiki</dd>"), "{denied}");
    let untold = shown("untold", "role_on_parts").await;
    assert!(untold.contains("<dd>operator on parts of this app</dd>") && !untold.contains("Role needed"), "{untold}");
}
