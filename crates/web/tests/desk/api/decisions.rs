//! `decisions/explain`.

use serde_json::{Value, json};

use crate::support::{API, TestDesk};

#[tokio::test]
async fn everybody_may_ask_about_themselves_and_administrators_about_anybody() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    let explain = |caller, body| desk.ask("POST", &format!("{API}/decisions/explain")).bearer(caller).json_owned(body);
    let own = explain(&vera, json!({"method": "POST", "path": "/wiki/page", "body": {"a": 1}})).await;
    assert_eq!(own.status, 200, "{}", own.text);
    let own = own.body();
    assert_eq!(
        (&own["decision"], &own["as"], &own["action"], &own["required_role"]),
        (&json!("deny"), &json!("vera"), &json!("edit"), &json!("developer"))
    );
    let other =
        explain(&admin, json!({"as": "vera", "app": "wiki", "method": "GET", "path": "/wiki/page"})).await.body();
    assert_eq!(other["decision"], "allow");
    let nobody = explain(&admin, json!({"as": null, "method": "GET", "path": "/wiki/page"})).await.body();
    assert_eq!(nobody["decision"], "sign-in");
}

#[tokio::test]
async fn what_cannot_be_explained_is_named() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    for (body, field) in [
        (json!({"as": "nobody", "method": "GET", "path": "/"}), "as"),
        (json!({"app": "nowhere", "method": "GET", "path": "/"}), "app"),
        (json!({"method": "G E T", "path": "/"}), "method"),
        (json!({"method": "GET", "path": "/", "headers": {"a b": "c"}}), "headers"),
        (json!({"method": "GET", "path": "/", "headers": {"a": "b\nc"}}), "headers"),
    ] {
        let answer = desk.ask("POST", &format!("{API}/decisions/explain")).bearer(&admin).json(&body).await;
        assert_eq!((answer.brief().as_str(), &answer.body()["field"]), ("422 invalid_input", &json!(field)), "{body}");
    }
}

#[tokio::test]
async fn the_grant_that_decided_and_the_least_that_would_do_are_told() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let explain = async |body: Value| {
        let answer = desk.ask("POST", &format!("{API}/decisions/explain")).bearer(&admin).json(&body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body()
    };
    let grant = async |body: Value| {
        let made = desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&body).await.body();
        made["id"].as_str().unwrap().to_owned()
    };
    let change = json!({"as": "vera", "method": "POST", "path": "/wiki/page/home"});
    let lacked = explain(change.clone()).await;
    assert_eq!((&lacked["decision"], &lacked["because"]), (&json!("deny"), &Value::Null));
    assert_eq!(lacked["remedy"], "doorward grant add vera --role developer --app wiki");
    let until = "2026-11-21T12:00:00Z";
    let given = json!({"user": "vera", "role": "developer", "app": "wiki", "until": until, "reason": "on call"});
    grant(given).await;
    let allowed = explain(change).await;
    assert_eq!((&allowed["decision"], &allowed["remedy"]), (&json!("allow"), &Value::Null));
    let because = allowed["because"].as_str().unwrap();
    assert!(
        because.starts_with("vera is given the role developer on all of wiki until 2026-11-21T12:00:00"),
        "{because}"
    );
    assert!(because.ends_with("(on call)"), "{because}");
    let denial = grant(json!({"user": "vera", "deny": true, "app": "wiki", "resource": "page:home"})).await;
    let denied = explain(json!({"as": "vera", "method": "GET", "path": "/wiki/page/home"})).await;
    assert_eq!(denied["because"], "vera is denied page:home of wiki");
    assert_eq!(denied["remedy"], format!("doorward grant remove {denial}"));
}
