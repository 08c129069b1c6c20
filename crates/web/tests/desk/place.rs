//! The desk at a host of its own: what is answered at an app's host is this list, and nothing else.

use doorward_service::ports::Clock as _;
use doorward_web::pages;
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{API, PASSWORD, Signed, TestDesk};

/// Method and path of everything there is.
fn everything() -> Vec<(String, String)> {
    let description = doorward_web::openapi();
    let endpoints = description["paths"].as_object().unwrap().iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().unwrap().keys().filter(|name| !name.starts_with("parameters"));
        methods.map(move |method| (method.to_uppercase(), path.clone()))
    });
    let pages = pages::listed()
        .into_iter()
        .flat_map(|(path, methods, _)| methods.iter().map(move |method| ((*method).to_owned(), path.to_owned())));
    endpoints
        .chain(pages)
        .map(|(method, path)| (method, path.replace("{id}", "admin").replace("{decision_id}", "0")))
        .collect()
}

#[tokio::test]
async fn at_an_apps_host_only_what_must_be_there_is_answered_whatever_is_shown() {
    let desk = TestDesk::apart().await;
    let admin = desk.sign_in("admin").await;
    let desk = desk.at("wiki.test");
    let mut answered = Vec::new();
    for (method, path) in everything() {
        for asking in [
            desk.ask(&method, &path),
            desk.ask(&method, &path).page_of(&admin),
            desk.ask(&method, &path).bearer(&admin),
        ] {
            let answer = asking.json(&Value::Null).await;
            if answer.brief() != "404 not_here" {
                answered.push(format!("{method} {}", path.replace("/_doorward", "")));
            }
        }
    }
    answered.sort();
    answered.dedup();
    insta::assert_snapshot!(answered.join("\n"), @r"
    GET /api/v1/auth/menu
    GET /api/v1/auth/status
    GET /assets/{file}
    GET /enter
    GET /health
    GET /login
    GET /ready
    ");
}

#[tokio::test]
async fn whoever_goes_to_a_page_of_the_desk_at_an_apps_host_is_led_there() {
    let desk = TestDesk::apart().await.at("wiki.test");
    for (_, path) in everything().into_iter().filter(|(method, _)| method == "GET") {
        let said = desk.ask("GET", &format!("{path}?a=%2F&b")).navigating().send("").await.brief();
        if path.starts_with("/_doorward/api/") && !path.ends_with("auth/menu") && !path.ends_with("auth/status") {
            assert_eq!(said, "404 not_here");
        } else if !["menu", "status", "{file}", "enter", "health", "login", "ready"]
            .contains(&path.rsplit('/').next().unwrap())
        {
            assert_eq!(said, format!("303 http://auth.test{path}?a=%2F&b"));
        }
    }
    let form = desk.ask("POST", "/_doorward/login").form(&[("username", "admin"), ("password", "x")]).await;
    assert_eq!((form.status.as_u16(), form.header("set-cookie")), (404, ""));
}

#[tokio::test]
async fn the_menu_says_who_by_name_and_counts_nothing_else() {
    let desk = TestDesk::apart().await;
    let vera = desk.sign_in("vera").await;
    let menu = async |app: &str| {
        let answer = desk.ask("GET", &format!("{API}/auth/menu?app={app}")).cookie(&vera).send("").await;
        let digest = answer.body()["held"].as_str().map(str::to_owned);
        digest.map_or(answer.text.clone(), |digest| answer.text.replace(&digest, &format!("{} letters", digest.len())))
    };
    insta::assert_snapshot!(menu("wiki").await, @r#"{"user":{"username":"vera","full_name":""},"role":"viewer","role_on_parts":null,"held":"22 letters","is_admin":false}"#);
    insta::assert_snapshot!(menu("nothing").await, @r#"{"user":{"username":"vera","full_name":""},"role":null,"role_on_parts":null,"held":"22 letters","is_admin":false}"#);
    assert_eq!(desk.get(&format!("{API}/auth/menu")).await.brief(), "401 sign_in_required");
}

#[tokio::test]
async fn the_menu_says_what_is_held_on_parts_of_an_app_too() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let nora = json!({"username": "nora", "password": PASSWORD});
    assert_eq!(desk.ask("POST", &format!("{API}/users")).bearer(&admin).json(&nora).await.status, 201);
    let signed = desk.sign_in("nora").await;
    let held = async || {
        let menu = desk.ask("GET", &format!("{API}/auth/menu?app=wiki")).cookie(&signed).send("").await.body();
        format!("{} {}", menu["role"], menu["role_on_parts"])
    };
    assert_eq!(held().await, "null null");
    let grant = |on: Option<&str>| json!({"user": "nora", "role": "operator", "app": "wiki", "resource": on});
    for (on, now) in [(Some("page:one"), "null \"operator\""), (None, "\"operator\" null")] {
        assert_eq!(desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&grant(on)).await.status, 201);
        assert_eq!(held().await, now);
    }
}

#[tokio::test]
async fn an_open_page_can_tell_that_what_is_held_has_changed_though_the_role_stays() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let (vera, max) = (desk.sign_in("vera").await, desk.sign_in("max").await);
    let held = async |who: &Signed| {
        let menu = desk.ask("GET", &format!("{API}/auth/menu?app=wiki")).cookie(who).send("").await.body();
        menu["held"].as_str().unwrap().to_owned()
    };
    let give = async |to: &str, role: &str, on: &str, until: Option<String>| {
        let grant = json!({"user": to, "role": role, "app": "wiki", "resource": on, "until": until});
        assert_eq!(desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&grant).await.status, 201);
    };
    let before = held(&vera).await;
    give("max", "developer", "page:one", None).await;
    give("vera", "viewer", "page:one", None).await;
    assert_eq!(held(&vera).await, before, "what changes nothing for her is not told");
    let until = desk.clock.now().plus(Duration::from_mins(10)).to_string();
    give("vera", "operator", "page:two", Some(until)).await;
    let more = held(&vera).await;
    assert_ne!(more, before, "she may do more on one page");
    desk.clock.advance(Duration::from_mins(10));
    assert_eq!(held(&vera).await, before, "what has lapsed is held no more, though nobody did anything");
    assert_ne!(held(&max).await, held(&vera).await);
    assert!(![&before, &more].iter().any(|digest| digest.contains("viewer")));
}

#[tokio::test]
async fn nobody_is_handed_over_within_another_page_or_to_a_script() {
    let desk = TestDesk::apart().await;
    let vera = desk.sign_in("vera").await;
    let login = format!("/_doorward/login?next=http://wiki.test/x&seal={}", "A".repeat(43));
    for (mode, dest) in [
        ("navigate", "iframe"),
        ("navigate", "object"),
        ("no-cors", "script"),
        ("cors", "empty"),
        ("navigate", "empty"),
    ] {
        let asking =
            desk.ask("GET", &login).cookie(&vera).header("sec-fetch-mode", mode).header("sec-fetch-dest", dest);
        assert_eq!(asking.send("").await.status, 403, "{mode} {dest}");
    }
    let window = desk.ask("GET", &login).cookie(&vera).navigating().header("sec-fetch-dest", "document").send("").await;
    assert!(window.brief().starts_with("303 http://wiki.test/_doorward/enter?code="), "{}", window.brief());
    for seal in ["", "short", &"A".repeat(44), &format!("{}=", "A".repeat(42))] {
        let asking = desk.ask("GET", &format!("/_doorward/login?next=http://wiki.test/x&seal={seal}")).cookie(&vera);
        assert_eq!(asking.navigating().send("").await.brief(), "303 http://wiki.test/x", "{seal}");
    }
}

#[tokio::test]
async fn no_script_of_another_host_reads_the_api_with_the_cookie() {
    let desk = TestDesk::apart().await;
    let admin = desk.sign_in("admin").await;
    for path in ["auth/me", "auth/status", "users", "audit"] {
        let asking = || desk.ask("GET", &format!("{API}/{path}")).cookie(&admin);
        for site in ["same-site", "cross-site", "nonsense"] {
            let answer = asking().header("sec-fetch-site", site).header("sec-fetch-mode", "cors").send("").await;
            assert_eq!(answer.brief(), "403 cross_site", "{path} {site}");
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
        assert_eq!(asking().header("sec-fetch-site", "same-origin").send("").await.status, 200, "{path}");
        let link = asking().header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
        assert_eq!(link.send("").await.status, 200, "{path}: a link may be followed");
    }
    let token = desk.ask("GET", &format!("{API}/users")).bearer(&admin).header("sec-fetch-site", "cross-site");
    assert_eq!(token.send("").await.status, 200);
}
