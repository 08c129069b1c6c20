//! `setup`.

use serde_json::json;

use crate::support::{API, PASSWORD, TestDesk};

#[tokio::test]
async fn every_page_leads_to_the_setup_until_it_is_done() {
    let desk = TestDesk::fresh().await;
    for path in ["/_doorward/", "/_doorward/login", "/_doorward/apps", "/_doorward/account"] {
        let answer = desk.ask("GET", path).navigating().send("").await;
        assert_eq!(answer.brief(), "303 /_doorward/setup", "{path}");
    }
    let page = desk.ask("GET", "/_doorward/setup").navigating().send("").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Open the setup link that Doorward printed") && !page.text.contains("<form"));
}

#[tokio::test]
async fn the_link_makes_the_administrator_and_signs_them_in() {
    let desk = TestDesk::fresh().await;
    let token = desk.setup_token().await;
    let page = desk.ask("GET", &format!("/_doorward/setup?token={token}")).navigating().send("").await;
    assert_eq!((page.status.as_u16(), page.hidden("token").as_str()), (200, token.as_str()));
    assert_eq!(page.header("referrer-policy"), "same-origin");
    let send = |password: &'static str, again: &'static str| {
        let fields = [("token", token.clone()), ("username", "root".to_owned()), ("email", String::new())];
        let desk = &desk;
        async move {
            let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            fields.extend([("password", password), ("again", again)]);
            desk.ask("POST", "/_doorward/setup").form(&fields).await
        }
    };
    let differ = send(PASSWORD, "something else").await;
    assert!(differ.status == 422 && differ.text.contains("The two passwords are not the same."));
    let both = send("short", "other").await;
    for field in ["password", "again"] {
        assert!(both.text.contains(&format!("href=\"#{field}\"")), "{field}: {}", both.text);
    }
    let short = send("short", "short").await;
    assert!(short.status == 422 && short.text.contains("href=\"#password\""), "{}", short.text);
    assert!(!short.text.contains("value=\"short\""));
    let done = send(PASSWORD, PASSWORD).await;
    assert_eq!(done.brief(), "303 /_doorward/welcome");
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    let apps = desk.ask("GET", "/_doorward/apps").header("cookie", cookie).navigating().send("").await;
    assert_eq!(apps.status, 200);
    assert_eq!(send(PASSWORD, PASSWORD).await.brief(), "303 /_doorward/login", "it works once");
    let late = desk.ask("GET", &format!("/_doorward/setup?token={token}")).navigating().send("").await;
    assert_eq!(late.brief(), "303 /_doorward/login");
}

#[tokio::test]
async fn a_wrong_link_makes_nothing() {
    let desk = TestDesk::fresh().await;
    desk.setup_token().await;
    let page = desk.ask("GET", "/_doorward/setup?token=guess").navigating().send("").await;
    assert!(page.status == 403 && !page.text.contains("<form"));
    let fields = [("token", "guess"), ("username", "eve"), ("email", ""), ("password", PASSWORD), ("again", PASSWORD)];
    let answer = desk.ask("POST", "/_doorward/setup").form(&fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (403, ""));
    assert!(desk.services.setup.is_required().await.unwrap());
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let desk = TestDesk::fresh().await;
    let token = desk.setup_token().await;
    let typed = |again| {
        [("token", token.as_str()), ("username", "a b"), ("email", "x"), ("password", "short"), ("again", again)]
    };
    let page = desk.ask("POST", "/_doorward/setup").form(&typed("short")).await;
    assert_eq!(page.status, 422);
    for field in ["username", "email", "password"] {
        assert!(page.text.contains(&format!("<a href=\"#{field}\">")), "{field}: {}", page.text);
    }
    assert!(desk.ask("POST", "/_doorward/setup").form(&typed("other")).await.text.matches("<a href=\"#").count() == 4);
    let body = json!({"token": token, "username": "a b", "email": "x", "password": "short"});
    let told = desk.ask("POST", &format!("{API}/auth/setup")).json(&body).await;
    assert_eq!((told.brief().as_str(), &told.body()["field"]), ("422 invalid_input", &json!("username")));
    let fields: Vec<_> = told.body()["errors"].as_array().unwrap().iter().map(|one| one["field"].clone()).collect();
    assert_eq!(fields, ["username", "email", "password"]);
    let alone = json!({"token": token, "username": "root", "password": "short"});
    let told = desk.ask("POST", &format!("{API}/auth/setup")).json(&alone).await.body();
    assert_eq!((&told["field"], &told["errors"]), (&json!("password"), &json!(null)));
}
