//! `decisions/explain`.

use serde_json::json;

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
