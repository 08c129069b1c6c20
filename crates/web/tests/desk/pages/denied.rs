//! `denied/{decision_id}`.

use doorward_domain::{AuditOutcome, NewAuditEvent, Role};
use doorward_testkit::audit_event;
use serde_json::{Value, json};

use crate::support::{API, Signed, TestDesk};

#[tokio::test]
async fn a_refusal_is_explained_to_whom_it_concerns_and_to_whoever_reads_the_log() {
    let desk = TestDesk::new().await;
    desk.add("eve", Role::Viewer).await;
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
        let event = event.detail("why", why).detail("denied_by", grant);
        desk.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event.build() }).await.unwrap();
        desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&vera).navigating().send("").await.text
    };
    let denied = shown("denied", "role").await;
    assert!(denied.contains(&format!("<dt>Denied by</dt><dd>the denial {grant}</dd>")), "{denied}");
    assert!(denied.contains("You were refused “wipe”: it is denied on what this request acted on."), "{denied}");
    assert!(!denied.contains("Role needed") && denied.contains("<dt>App</dt><dd>Wiki</dd>"), "{denied}");
    let untold = shown("untold", "role_on_parts").await;
    assert!(untold.contains("<dd>operator on parts of this app</dd>") && !untold.contains("Role needed"), "{untold}");
    assert!(untold.contains(&format!("<dt>Denied by</dt><dd>the denial {grant}</dd>")), "{untold}");
    assert!(
        untold.contains("nobody can tell from the request whether it acts on something that is denied."),
        "{untold}"
    );
}

#[tokio::test]
async fn a_role_on_the_one_thing_that_was_named_is_said_to_be_needed_where_nothing_tells_of_the_rest() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let shown = async |named: &[&str]| {
        let id = desk.services.decision_id();
        let event = audit_event("request").by("vera").in_app("wiki").target("launch").outcome(AuditOutcome::Denied);
        let event = event.detail("operations", json!([{"name": "launch", "action": "run"}])).detail("why", "untold");
        let event = event.detail("remedy", json!({"grant": {"role": "operator", "resource": "job:nightly"}}));
        let event = event.detail("resources", json!(named));
        desk.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event.build() }).await.unwrap();
        desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&vera).navigating().send("").await.text
    };
    let own = shown(&["location:main", "job:nightly"]).await;
    assert!(own.contains(": it needs the role operator on job:nightly."), "{own}");
    assert!(own.contains("<dt>Role needed</dt><dd>operator on job:nightly</dd>"), "{own}");
    // What the tool told of a run is not said to be needed.
    let told = shown(&["run:1"]).await;
    assert!(
        !told.contains("Role needed") && told.contains("nobody can tell from the request what it acts on"),
        "{told}"
    );
}

/// Gives somebody a role on the wiki, or denies it.
async fn grant(desk: &TestDesk, admin: &Signed, grant: Value) -> String {
    let answer = desk.ask("POST", &format!("{API}/grants")).bearer(admin).json(&grant).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    answer.body()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_may_grant_reads_the_command_that_would_do_and_nobody_else_does() {
    let desk = TestDesk::new().await;
    desk.add("mia", Role::Viewer).await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    grant(&desk, &admin, json!({"user": "mia", "role": "manager", "app": "wiki"})).await;
    let mia = desk.sign_in("mia").await;
    let page = async |by: &Signed, id: &str| {
        desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(by).navigating().send("").await.text
    };
    let id = desk.refused("vera", "operator", Some("page:it's")).await;
    let add = "grant add vera --role operator --app wiki --resource &#39;page:it&#39;&#34;&#39;&#34;&#39;s&#39;</code>";
    let (to_admin, to_mia, to_vera) = (page(&admin, &id).await, page(&mia, &id).await, page(&vera, &id).await);
    assert!(to_admin.contains(&format!("<code>doorward --database sqlite:///d.db {add}")), "{to_admin}");
    assert!(to_mia.contains(&format!("<code>doorward {add}")), "{to_mia}");
    assert!(!to_vera.contains("grant add") && to_vera.contains("operator on page:it"), "{to_vera}");
    // The other command is called as this one is, and who has it need not be told whom to ask.
    let look_up = |command: &str| format!("<code>{command} audit show {id}</code>");
    assert!(to_admin.contains(&look_up("doorward --database sqlite:///d.db")), "{to_admin}");
    for (page, asks) in [(&to_admin, false), (&to_mia, false), (&to_vera, true)] {
        assert_eq!(page.contains("data@example.com"), asks, "{page}");
    }
    assert!(to_mia.contains(&look_up("doorward")) && to_vera.contains(&look_up("doorward")), "{to_vera}");
    // Who manages the app cannot give what is above them.
    let above = desk.refused("vera", "admin", None).await;
    assert!(page(&admin, &above).await.contains("grant add vera --role admin --app wiki</code>"));
    assert!(!page(&mia, &above).await.contains("grant add"));
    // What was given since then is not given again.
    grant(&desk, &admin, json!({"user": "vera", "role": "operator", "app": "wiki"})).await;
    assert!(!page(&admin, &id).await.contains("grant add"));
}

#[tokio::test]
async fn the_grant_that_denied_is_told_to_whose_business_it_is() {
    let desk = TestDesk::new().await;
    desk.add("mia", Role::Viewer).await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    grant(&desk, &admin, json!({"user": "mia", "role": "manager", "app": "wiki"})).await;
    let mia = desk.sign_in("mia").await;
    let shown = async |by: &Signed, denial: &str| {
        let id = desk.services.decision_id();
        let event = audit_event("request").by("vera").in_app("wiki").target("wipe").outcome(AuditOutcome::Denied);
        let event = event.detail("why", "denied").detail("denied_by", denial).detail("remedy", json!({"lift": denial}));
        desk.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event.build() }).await.unwrap();
        desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(by).navigating().send("").await.text
    };
    let on_page = json!({"user": "vera", "deny": true, "app": "wiki", "resource": "page:a", "reason": "a secret"});
    let on_page = grant(&desk, &admin, on_page).await;
    let everywhere = grant(&desk, &admin, json!({"user": "vera", "deny": true, "reason": "a secret"})).await;
    let remove = |denial: &str| format!("grant remove {denial}</code>");
    let described = |denial: &str, on: &str| format!("the denial {denial}: vera is denied {on} (a secret)");
    for by in [&admin, &mia] {
        let page = shown(by, &on_page).await;
        assert!(page.contains(&described(&on_page, "page:a of wiki")) && page.contains(&remove(&on_page)), "{page}");
    }
    let page = shown(&admin, &everywhere).await;
    assert!(page.contains(&described(&everywhere, "everything")) && page.contains(&remove(&everywhere)), "{page}");
    for (by, denial) in [(&mia, &everywhere), (&vera, &on_page), (&vera, &everywhere)] {
        let page = shown(by, denial).await;
        assert!(page.contains(&format!("the denial {denial}<")), "{page}");
        assert!(!page.contains("a secret") && !page.contains("grant remove"), "{page}");
    }
}

#[tokio::test]
async fn whose_access_has_ended_reads_when() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let id = desk.services.decision_id();
    let event = audit_event("request").by("vera").in_app("wiki").target("wipe").outcome(AuditOutcome::Denied);
    let event = event.detail("ended_at", "2026-11-20T11:00:00Z");
    desk.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event.build() }).await.unwrap();
    let page = desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&vera).navigating().send("").await.text;
    let ended = "<dt>Access ended</dt><dd><time datetime=\"2026-11-20T11:00:00Z\">20 Nov 2026, 11:00 UTC</time></dd>";
    assert!(page.contains(ended), "{page}");
}

#[tokio::test]
async fn what_was_asked_for_is_told_by_its_path_where_only_a_rule_names_it() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    for (target, what) in
        [("GET /**", "GET /wiki/page/a"), ("launchRun", "launchRun"), ("GET /a/**, GET /**", "GET /wiki/page/a")]
    {
        let id = desk.services.decision_id();
        let event = audit_event("request").by("vera").in_app("wiki").target(target).outcome(AuditOutcome::Denied);
        let event = event.detail("method", "GET").detail("path", "/wiki/page/a");
        desk.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event.build() }).await.unwrap();
        let page = desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&vera).navigating().send("").await.text;
        assert!(page.contains(&format!("<dt>What</dt><dd>{what}</dd>")), "{target}: {page}");
    }
}

#[tokio::test]
async fn what_somebody_sent_turns_no_text_of_the_page_round() {
    let desk = TestDesk::new().await;
    let max = desk.sign_in("max").await;
    let id = desk.services.decision_id();
    let event = audit_event("request").by("vera").in_app("wiki").target("wipe\u{202e}").outcome(AuditOutcome::Denied);
    let event = event.detail("resources", json!(["page:a\u{202e}b\u{2066}"]));
    desk.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event.build() }).await.unwrap();
    let page = desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&max).navigating().send("").await.text;
    assert!(page.contains("page:a\u{fffd}b\u{fffd}") && page.contains("wipe\u{fffd}"), "{page}");
    assert!(!page.contains(['\u{202e}', '\u{2066}']), "{page}");
}
