//! Every failure is a problem document with a stable code.

use serde_json::{Value, json};

use crate::support::{API, TestDesk};

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
    for kind in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "text/plain; x=application/json",
        "application/json-seq",
    ] {
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
    for query in [
        "limit=501",
        "limit=0",
        "limit=-1",
        "nonsense=1",
        "sort=password",
        "cursor=nonsense",
        "role=root",
        "limit=1&limit=2",
    ] {
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

/// Every operation that takes a body: method, path, and its schema.
fn bodies() -> Vec<(String, String, Value)> {
    let description = doorward_web::openapi();
    let mut found = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let Some(named) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() else {
                continue;
            };
            let schema = description.pointer(named.trim_start_matches('#')).unwrap().clone();
            found.push((method.to_uppercase(), path.replace("{id}", "admin"), schema));
        }
    }
    found
}

#[tokio::test]
async fn a_body_that_cannot_be_used_names_the_field() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let bodies = bodies();
    assert!(bodies.len() >= 9, "{}", bodies.len());
    for (method, path, schema) in bodies {
        let ask = async |body: Value, field: &str| {
            let answer = desk.ask(&method, &path).bearer(&admin).json(&body).await;
            assert_eq!(answer.brief(), "422 invalid_input", "{method} {path} {body}: {}", answer.text);
            assert_eq!(answer.body()["field"], field, "{method} {path} {body}: {}", answer.text);
        };
        ask(json!({"no_such_field": 1}), "no_such_field").await;
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
        for missing in &required {
            let others = required.iter().filter(|name| *name != missing);
            ask(others.map(|name| ((*name).to_owned(), example(name))).collect(), missing).await;
        }
        for name in schema["properties"].as_object().unwrap().keys().filter(|name| *name != "body") {
            // Of a list it is the item that is no good.
            let field = if name == "allowed_addresses" { "allowed_addresses[0]" } else { name };
            ask(json!({name: [[]]}), field).await;
        }
    }
}

/// Something that can be read as the value of a required field.
fn example(name: &str) -> Value {
    json!(if name == "role" { "viewer" } else { "GET" })
}

#[tokio::test]
async fn a_value_that_is_read_and_no_good_names_the_field() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let long = "x".repeat(2000);
    let password = crate::support::PASSWORD;
    for (method, path, body, field) in [
        ("POST", "users", json!({"username": long}), "username"),
        ("POST", "users", json!({"username": "a b"}), "username"),
        ("POST", "users", json!({"username": "new", "email": "nonsense"}), "email"),
        ("POST", "users", json!({"username": "new", "email": format!("{long}@example.com")}), "email"),
        ("POST", "users", json!({"username": "new", "full_name": long}), "full_name"),
        ("POST", "users", json!({"username": "new", "password": "short"}), "password"),
        ("POST", "users", json!({"username": "new", "password": long}), "password"),
        ("POST", "users", json!({"username": "new", "role": "king"}), "role"),
        ("PATCH", "users/vera", json!({"email": "nonsense"}), "email"),
        ("PATCH", "users/vera", json!({"full_name": long}), "full_name"),
        ("PATCH", "users/vera", json!({"fullName": 7}), "fullName"),
        ("PUT", "users/vera/password", json!({"password": "short"}), "password"),
        (
            "POST",
            "auth/change-password",
            json!({"current_password": password, "new_password": "short"}),
            "new_password",
        ),
        (
            "POST",
            "auth/change-password",
            json!({"current_password": "wrong", "new_password": "quite long enough"}),
            "current_password",
        ),
        ("POST", "auth/step-up", json!({"password": "wrong"}), "password"),
        ("POST", "grants", json!({"user": "nobody-there", "role": "viewer"}), "user"),
        ("POST", "grants", json!({"user": "vera", "role": "viewer", "app": "no-such-app"}), "app"),
        ("POST", "grants", json!({"user": "vera", "role": "viewer", "app": "Not A Name"}), "app"),
        ("POST", "grants", json!({"user": "vera", "role": "viewer", "until": "yesterday"}), "until"),
        ("POST", "grants", json!({"user": "vera", "role": "viewer", "until": "2020-01-01T00:00:00Z"}), "until"),
        // In the reader's zone it is of year 9999, and of a later one in ours.
        ("POST", "grants", json!({"user": "vera", "role": "viewer", "until": "9999-12-31T23:59:59-12:00"}), "until"),
        ("POST", "decisions/explain", json!({"as": "nobody-there", "method": "GET", "path": "/"}), "as"),
        ("POST", "decisions/explain", json!({"method": "G T", "path": "/"}), "method"),
        ("POST", "decisions/explain", json!({"app": "no-such-app", "method": "GET", "path": "/"}), "app"),
        ("POST", "decisions/explain", json!({"method": "GET", "path": "/", "headers": {"a b": "c"}}), "headers"),
        ("POST", "decisions/explain", json!({"method": "GET", "path": "/", "headers": {"a": 7}}), "headers.a"),
    ] {
        let answer = desk.ask(method, &format!("{API}/{path}")).bearer(&admin).json(&body).await;
        assert!(answer.brief().starts_with("422 "), "{method} {path} {body}: {}", answer.text);
        assert_eq!(answer.body()["field"], field, "{method} {path} {body}: {}", answer.text);
    }
}
