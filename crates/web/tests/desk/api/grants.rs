//! `grants/…`.

use serde_json::json;
use std::time::Duration;

use crate::support::{API, TestDesk};

#[tokio::test]
async fn a_role_on_one_app_is_given_changed_and_taken() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    let roles =
        || async { desk.ask("GET", &format!("{API}/auth/me")).bearer(&vera).send("").await.body()["roles"].clone() };
    let put = |body| desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json_owned(body);
    let made = put(json!({"username": "vera", "role": "operator", "app": "wiki"})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!((&made.body()["app"], &made.body()["user"]), (&json!("wiki"), &json!("vera")));
    let me = desk.ask("GET", &format!("{API}/auth/me")).bearer(&vera).send("").await.body();
    assert_eq!(made.body()["subject_id"], me["user"]["id"]);
    assert_eq!(roles().await, json!({"wiki": "operator"}));
    let whom = &made.body()["user"];
    let changed = put(json!({"user": whom, "role": "editor", "app": "wiki"})).await;
    assert_eq!(changed.body()["id"], made.body()["id"], "one grant for each user and scope, named as it was given out");
    assert_eq!(roles().await, json!({"wiki": "developer"}));
    let path = format!("{API}/grants/{}", made.body()["id"].as_str().unwrap());
    assert_eq!(desk.ask("GET", &path).bearer(&admin).send("").await.body(), changed.body());
    let listed = desk.ask("GET", &format!("{API}/grants?user=vera&app=wiki")).bearer(&admin).send("").await.body();
    assert_eq!((&listed["total"], &listed["items"][0]), (&json!(1), &changed.body()));
    assert_eq!(desk.ask("DELETE", &path).bearer(&admin).send("").await.status, 204);
    assert_eq!(roles().await, json!({"wiki": "viewer"}));
}

#[tokio::test]
async fn a_grant_lapses_by_itself() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    let body = json!({"user": "vera", "role": "admin", "until": "2026-11-20T13:00:00Z"});
    // The grant on everything replaces the one Vera has; an end in the future keeps it a viewer's afterwards: none.
    let made = desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let users = || desk.ask("GET", &format!("{API}/users")).bearer(&vera).send("");
    assert_eq!(users().await.status, 200);
    desk.clock.advance(Duration::from_hours(1));
    assert_eq!(users().await.brief(), "403 forbidden");
}

#[tokio::test]
async fn what_cannot_be_granted_is_named() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    for (body, field) in [
        (json!({"user": "nobody", "role": "viewer"}), "user"),
        (json!({"user": "vera", "role": "viewer", "app": "nowhere"}), "app"),
        (json!({"user": "vera", "role": "viewer", "until": "2020-01-01T00:00:00Z"}), "until"),
    ] {
        let answer = desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&body).await;
        assert_eq!((answer.brief().as_str(), &answer.body()["field"]), ("422 invalid_input", &json!(field)), "{body}");
    }
}
