//! `apps`, the launchpad.

use doorward_domain::Role;
use doorward_service::ports::Effects;
use doorward_service::{Actor, Health};
use doorward_testkit::{access_request, audit_event};
use serde_json::json;
use std::sync::Arc;

use crate::support::{API, TestDesk};

#[tokio::test]
async fn shows_the_apps_one_holds_a_role_on_and_how_they_are() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let page = || desk.ask("GET", "/_doorward/apps").cookie(&vera).navigating().send("");
    let shown = page().await.text;
    assert!(
        shown.contains("href=\"/wiki/\">Open <bdi>Wiki</bdi></a>")
            && shown.contains("Answering")
            && shown.contains(">viewer<"),
        "{shown}"
    );
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
    assert!(page.text.contains("href=\"mailto:data@example.com\"") && !page.text.contains("/wiki/"));
    assert!(page.text.contains("Open the address of the app"), "where there is something to ask: {}", page.text);
}

/// Of an app at the very address one is at, there is nothing to hide.
#[tokio::test]
async fn whoever_holds_no_role_is_led_to_where_one_asks_for_it() {
    let desk = TestDesk::with_address("/").await;
    let link = "<a class=\"button\" href=\"/\">Ask for access</a>";
    let admin = desk.sign_in("admin").await;
    let vera = desk.sign_in("vera").await;
    let page = async |who| desk.ask("GET", "/_doorward/apps").cookie(who).navigating().send("").await.text;
    assert!(!page(&vera).await.contains(link), "a role on it");
    desk.ask("PATCH", &format!("{API}/users/vera")).bearer(&admin).json(&json!({"role": null})).await;
    let vera = desk.sign_in("vera").await;
    let shown = page(&vera).await;
    assert!(shown.contains(link) && !shown.contains("Wiki"), "{shown}");
}

#[tokio::test]
async fn the_bare_address_leads_here() {
    let desk = TestDesk::new().await;
    for path in ["/_doorward", "/_doorward/"] {
        assert_eq!(desk.ask("GET", path).navigating().send("").await.brief(), "303 /_doorward/apps");
    }
}

#[tokio::test]
async fn an_administrator_reads_what_to_do_next_and_nobody_else_does() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    for page in ["apps", "welcome"] {
        let page = |who| desk.ask("GET", &format!("/_doorward/{page}")).cookie(who).navigating().send("");
        let (of_admin, of_vera) = (page(&admin).await.text, page(&vera).await.text);
        assert!(
            of_admin.contains("<code>doorward --database sqlite:///d.db user add NAME --role viewer</code>"),
            "{of_admin}"
        );
        assert!(!of_vera.contains("d.db"), "{of_vera}");
    }
}

#[tokio::test]
async fn the_welcome_page_has_the_way_in_what_each_role_may_do_and_the_way_out() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let page = desk.ask("GET", "/_doorward/welcome").cookie(&vera).navigating().send("").await;
    assert!(page.text.contains("Welcome, vera") && page.text.contains("href=\"/wiki/\">Open <bdi>Wiki</bdi></a>"));
    for role in doorward_domain::Role::ALL {
        assert!(page.text.contains(&format!(">{role}</span></dt>")), "{role}");
    }
    assert!(page.text.contains("<form method=\"post\" action=\"/_doorward/logout\">"));
    let out = desk.ask("POST", "/_doorward/logout").cookie(&vera).form(&[("csrf", &page.hidden("csrf"))]).await;
    assert_eq!(out.brief(), "303 /_doorward/login?signed_out=1", "one click");
    assert!(
        page.text.contains("leads to your account, to your apps and to “Sign out”: in Wiki at the lower right.</p>"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn whoever_holds_single_things_reads_which_and_finds_the_app() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    desk.ask("PATCH", &format!("{API}/users/vera")).bearer(&admin).json(&json!({"role": null})).await;
    let grant = |body| desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json_owned(body);
    let things = [
        json!({"user": "vera", "role": "operator", "app": "wiki", "resource": "page:thing_*"}),
        json!({"user": "vera", "deny": true, "app": "wiki", "resource": "page:<b>"}),
    ];
    for thing in things {
        let made = grant(thing).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let vera = desk.sign_in("vera").await;
    let page = async |path: &str| {
        desk.ask("GET", &format!("/_doorward/{path}")).cookie(&vera).navigating().send("").await.text
    };
    for path in ["apps", "welcome"] {
        let shown = page(path).await;
        assert!(shown.contains("href=\"/wiki/\">Open <bdi>Wiki</bdi></a>"), "{shown}");
        assert!(shown.contains("<bdi>denied: page:&#60;b&#62;</bdi>, <bdi>operator on page:thing_*</bdi>"), "{shown}");
        assert!(!shown.contains("no role on any app"), "{shown}");
    }
    let account = page("account").await;
    assert!(
        account.contains("<dt>page:thing_* of Wiki</dt><dd><span class=\"role\">operator</span></dd>"),
        "{account}"
    );
    assert!(account.contains("<dt>page:&#60;b&#62; of Wiki</dt><dd><span class=\"role off\">denied</span></dd>"));
    assert!(!account.contains("You hold no role"), "{account}");

    // All of it denied: nothing opens, and the account says why.
    assert_eq!(grant(json!({"user": "vera", "deny": true, "app": "wiki"})).await.status, 201);
    let (apps, account) = (page("apps").await, page("account").await);
    assert!(!apps.contains("Open <bdi>Wiki") && apps.contains("No apps for you"), "{apps}");
    assert!(account.contains("<dt>Wiki</dt><dd><span class=\"role off\">denied</span></dd>"), "{account}");
    assert!(account.contains("You hold no role.") && !account.contains("thing_"), "{account}");
    // What they asked for is found from there.
    let led = "<a href=\"/_doorward/account#access\">your account</a>";
    assert!(!apps.contains(led), "{apps}");
    let who = desk.services.users.find_by_name(&Actor::Local("cli:test".to_owned()), "vera").await.unwrap();
    let request = access_request(&who, "hers", Role::Operator).on("wiki").build();
    desk.stores.access.ask(&request, 10, Effects::of(&audit_event("test").build())).await.unwrap();
    assert!(page("apps").await.contains(led));
}
