//! `apps`, the launchpad.

use crate::support::{API, TestDesk};
use doorward_service::Health;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn shows_the_apps_one_holds_a_role_on_and_how_they_are() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let page = || desk.ask("GET", "/_doorward/apps").cookie(&vera).navigating().send("");
    let shown = page().await.text;
    assert!(shown.contains("<a href=\"/wiki/\">Wiki</a>") && shown.contains("Running") && shown.contains(">viewer<"), "{shown}");
    desk.health.store(Arc::new(Health::Starting("It is being started again.".into())));
    let shown = page().await.text;
    assert!(shown.contains("It is being started again."), "{shown}");
}

#[tokio::test]
async fn whoever_holds_no_role_is_told_whom_to_ask() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    desk.ask("PATCH", &format!("{API}/users/vera")).bearer(&admin).json(&json!({"role": null})).await;
    let vera = desk.sign_in("vera").await;
    let page = desk.ask("GET", "/_doorward/apps").cookie(&vera).navigating().send("").await;
    assert!(page.text.contains("Ask an administrator") && !page.text.contains("/wiki/"));
}

#[tokio::test]
async fn the_bare_address_leads_here() {
    let desk = TestDesk::new().await;
    for path in ["/_doorward", "/_doorward/"] {
        assert_eq!(desk.ask("GET", path).navigating().send("").await.brief(), "303 /_doorward/apps");
    }
}
