//! `api-keys/…`, and what a key may do at the desk.

use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{API, Answer, Signed, TestDesk};

async fn make(desk: &TestDesk, by: &Signed, body: Value) -> Answer {
    desk.ask("POST", &format!("{API}/api-keys")).bearer(by).json_owned(body).await
}

/// The text of a key for CI.
async fn key(desk: &TestDesk, body: Value) -> String {
    let admin = desk.sign_in("admin").await;
    let made = make(desk, &admin, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.body()["key"].as_str().unwrap().to_owned()
}

async fn ask(desk: &TestDesk, key: &str, method: &str, path: &str) -> Answer {
    desk.ask(method, &format!("{API}/{path}")).header("doorward-key", key).send("").await
}

#[tokio::test]
async fn a_key_is_shown_once_used_rotated_and_revoked() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let made = make(&desk, &admin, json!({"name": "ci", "role": "operator", "app": "wiki"})).await;
    let (text, shown) = (made.body()["key"].as_str().unwrap().to_owned(), made.body()["api_key"].clone());
    assert!(text.starts_with(shown["prefix"].as_str().unwrap()) && text.len() == 85, "{text}");
    assert_eq!(
        (&shown["role"], &shown["app"], &shown["created_by"]),
        (&json!("operator"), &json!("wiki"), &json!("admin"))
    );
    let me = ask(&desk, &text, "GET", "auth/me").await.body();
    assert_eq!((&me["api_key"]["name"], &me["roles"]["wiki"]), (&json!("ci"), &json!("operator")));
    for form in [format!("Bearer {text}"), format!("Basic {}", base64(&format!("ci:{text}")))] {
        let me = desk.ask("GET", &format!("{API}/auth/me")).header("authorization", form).send("").await;
        assert_eq!(me.body()["api_key"]["name"], "ci");
    }
    let read = desk.ask("GET", &format!("{API}/api-keys/ci")).bearer(&admin).send("").await;
    assert!(!read.text.contains(&text[36..]), "its secret is nowhere");

    let rotate = |body| desk.ask("POST", &format!("{API}/api-keys/ci/rotate")).bearer(&admin).json_owned(body);
    let rotated = rotate(json!({"overlap": "1h"})).await.body();
    let newer = rotated["key"].as_str().unwrap();
    assert_eq!(
        [ask(&desk, &text, "GET", "auth/me").await.status, ask(&desk, newer, "GET", "auth/me").await.status],
        [200; 2]
    );
    desk.clock.advance(Duration::from_hours(1));
    assert_eq!(ask(&desk, &text, "GET", "auth/me").await.brief(), "401 sign_in_required");
    assert_eq!(rotate(json!({"overlap": "1 year"})).await.brief(), "422 invalid_input");
    assert_eq!(desk.ask("DELETE", &format!("{API}/api-keys/ci")).bearer(&admin).send("").await.status, 204);
    assert_eq!(ask(&desk, newer, "GET", "auth/me").await.brief(), "401 sign_in_required");
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn a_key_has_no_session_and_no_rights_but_its_own() {
    let desk = TestDesk::new().await;
    let reader = key(&desk, json!({"name": "reader", "role": "manager"})).await;
    let admins = key(&desk, json!({"name": "robot", "role": "admin"})).await;
    assert_eq!(ask(&desk, &reader, "GET", "audit").await.status, 200);
    for (method, path) in
        [("GET", "users"), ("GET", "grants"), ("GET", "groups"), ("GET", "api-keys"), ("DELETE", "api-keys/robot")]
    {
        let refused = ask(&desk, &reader, method, path).await.brief();
        assert!(["403 forbidden", "404 not_found"].contains(&refused.as_str()), "{method} {path}: {refused}");
    }
    assert_eq!(ask(&desk, &reader, "GET", "api-keys/reader").await.status, 200, "its own");
    for path in ["users", "grants", "groups", "api-keys", "sessions"] {
        assert_eq!(ask(&desk, &admins, "GET", path).await.status, 200, "{path}");
    }
    for (method, path) in
        [("POST", "auth/logout"), ("POST", "auth/change-password"), ("POST", "auth/step-up"), ("GET", "auth/menu")]
    {
        let answer = desk.ask(method, &format!("{API}/{path}")).header("doorward-key", admins.clone());
        let answer = answer.json_owned(json!({"current_password": "x", "new_password": "y", "password": "z"})).await;
        assert!(!answer.status.is_success(), "{method} {path}");
    }
    let page = desk.ask("GET", "/_doorward/account").header("doorward-key", admins.clone()).navigating().send("").await;
    assert_eq!(page.status, 303, "pages are for people: {}", page.text);
}

#[tokio::test]
async fn people_make_keys_of_their_own_that_never_exceed_them() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let made = make(&desk, &vera, json!({"name": "veras", "role": "admin", "owner": "me"})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let text = made.body()["key"].as_str().unwrap().to_owned();
    assert_eq!(ask(&desk, &text, "GET", "auth/me").await.body()["roles"]["wiki"], "viewer");
    assert_eq!(ask(&desk, &text, "GET", "users").await.brief(), "403 forbidden");
    for body in [json!({"name": "x", "role": "viewer"}), json!({"name": "x", "role": "viewer", "owner": "admin"})] {
        assert_eq!(make(&desk, &vera, body.clone()).await.brief(), "403 forbidden", "{body}");
    }
    let all = desk.ask("GET", &format!("{API}/api-keys?owner=me")).bearer(&vera).send("").await.body();
    let (listed, me) =
        (&all["items"][0], desk.ask("GET", &format!("{API}/auth/me")).bearer(&vera).send("").await.body());
    assert_eq!((&all["total"], &listed["owner"]), (&json!(1), &json!("vera")));
    assert_eq!(listed["owner_id"], me["user"]["id"]);
    // A key makes no keys: it is nobody who owns any.
    let more = desk.ask("POST", &format!("{API}/api-keys")).header("doorward-key", text);
    assert!(!more.json_owned(json!({"name": "more", "role": "viewer", "owner": "me"})).await.status.is_success());
}

#[tokio::test]
async fn what_cannot_be_a_key_is_named() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    for (change, field) in [
        (json!({"name": "two words"}), "name"),
        (json!({"owner": "nobody-here"}), "owner"),
        (json!({"app": "nowhere"}), "app"),
        (json!({"app": "wiki", "resource": "no kind"}), "resource"),
        (json!({"expires_at": "2020-01-01T00:00:00Z"}), "expires_at"),
        (json!({"allowed_addresses": ["10.0.0.0/8", "300.1.1.1"]}), "allowed_addresses[1]"),
    ] {
        let mut body = json!({"name": "ci", "role": "viewer"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = make(&desk, &admin, body.clone()).await;
        assert_eq!((answer.brief().as_str(), &answer.body()["field"]), ("422 invalid_input", &json!(field)), "{body}");
    }
    let no_object = make(&desk, &admin, json!(["ci", "viewer", null, null, null, null, []])).await;
    assert_eq!(
        (no_object.brief(), &no_object.body()["detail"]),
        ("422 invalid_input".into(), &json!("The body is not a JSON object."))
    );
    let somewhere = json!({"name": "ci", "role": "viewer", "allowed_addresses": ["10.0.0.0/8", "192.0.2.7"]});
    let made = make(&desk, &admin, somewhere).await;
    assert_eq!(
        (made.status.as_u16(), &made.body()["api_key"]["allowed_addresses"]),
        (201, &json!(["10.0.0.0/8", "192.0.2.7/32"]))
    );
    assert_eq!(make(&desk, &admin, json!({"name": "ci", "role": "viewer"})).await.brief(), "409 conflict");
}

#[tokio::test]
async fn a_key_beside_another_credential_is_refused() {
    let desk = TestDesk::new().await;
    let text = key(&desk, json!({"name": "ci", "role": "viewer"})).await;
    let admin = desk.sign_in("admin").await;
    let both =
        desk.ask("GET", &format!("{API}/auth/me")).bearer(&admin).header("doorward-key", text.clone()).send("").await;
    assert_eq!(both.brief(), "400 two_credentials");
    let beside_cookie =
        desk.ask("GET", &format!("{API}/auth/me")).cookie(&admin).header("doorward-key", text).send("").await;
    assert_eq!(beside_cookie.body()["api_key"]["name"], "ci", "what was sent on purpose counts before the cookie");
    let nonsense = desk.ask("GET", &format!("{API}/auth/me")).cookie(&admin).header("doorward-key", "x").send("").await;
    assert_eq!(nonsense.brief(), "401 sign_in_required", "and does not fall back to it");
}
