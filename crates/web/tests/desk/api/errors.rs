//! Every failure is a problem document with a stable code.

use crate::support::{API, TestDesk};
use serde_json::json;

#[tokio::test]
async fn a_problem_names_itself_and_carries_the_security_headers() {
    let desk = TestDesk::new().await;
    let answer = desk.get(&format!("{API}/nowhere")).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    insta::assert_snapshot!(answer.text, @r#"{"code":"not_found","detail":"There is nothing here, or nothing that you may see.","status":404,"title":"Not Found","type":"about:blank"}"#);
    insta::assert_snapshot!(answer.header("content-security-policy"), @"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn the_wrong_method_is_told_the_right_ones() {
    let desk = TestDesk::new().await;
    let answer = desk.ask("DELETE", &format!("{API}/auth/login")).send("").await;
    assert_eq!(answer.brief(), "405 method_not_allowed");
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let desk = TestDesk::new().await;
    let login = |kind: &'static str, body: String| {
        let desk = &desk;
        async move {
            let asking = desk.ask("POST", &format!("{API}/auth/login"));
            let asking = if kind.is_empty() { asking } else { asking.header("content-type", kind) };
            asking.send(&body).await.brief()
        }
    };
    let good = json!({"username": "vera", "password": crate::support::PASSWORD}).to_string();
    assert_eq!(login("application/json; charset=utf-8", good.clone()).await, "200");
    for kind in ["", "text/plain", "application/x-www-form-urlencoded", "text/plain; x=application/json", "application/json-seq"] {
        assert_eq!(login(kind, good.clone()).await, "415 unsupported_media_type", "{kind}");
    }
    for body in ["", "{", "[1,", "\u{feff}{}", "nonsense", &format!("{good} {good}")] {
        assert_eq!(login("application/json", body.to_owned()).await, "400 invalid_json", "{body}");
    }
    for body in [
        "{}",
        "[]",
        r#"{"username": "vera"}"#,
        r#"{"username": 7, "password": "x"}"#,
        r#"{"username": "vera", "password": "x", "admin": true}"#,
        r#"{"username": "vera", "username": "admin", "password": "x"}"#,
    ] {
        assert_eq!(login("application/json", body.to_owned()).await, "422 invalid_input", "{body}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(login("application/json", deep.clone()).await, "422 invalid_input");
    assert_eq!(login("application/json", format!("{{\"username\": {deep}}}")).await, "422 invalid_input");
    let long = json!({"username": "vera", "password": "x".repeat(doorward_web::BODY_LIMIT)}).to_string();
    assert_eq!(login("application/json", long).await, "413 body_too_large");
}

#[tokio::test]
async fn a_compressed_body_is_not_read() {
    let desk = TestDesk::new().await;
    let asking = desk.ask("POST", &format!("{API}/auth/login")).header("content-encoding", "gzip");
    assert_eq!(asking.json(&json!({})).await.brief(), "415 unsupported_media_type");
}

#[tokio::test]
async fn lists_refuse_what_they_do_not_know() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    for query in
        ["limit=501", "limit=0", "limit=-1", "nonsense=1", "sort=password", "cursor=nonsense", "role=root", "limit=1&limit=2"]
    {
        let answer = desk.ask("GET", &format!("{API}/users?{query}")).bearer(&admin).send("").await;
        assert_eq!(answer.brief(), "400 invalid_query", "{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn no_answer_repeats_a_secret() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let answer = desk.ask("GET", &format!("{API}/users/nobody?token=hunter22")).bearer(&admin).send("").await;
    assert_eq!(answer.brief(), "404 not_found");
    assert!(!answer.text.contains("hunter22"));
}
