//! `people`.

use doorward_domain::{Role, Secret};
use doorward_service::{Actor, users::NewUser};

use crate::support::{Answer, PASSWORD, Signed, TestDesk};

async fn page(desk: &TestDesk, signed: &Signed, query: &str) -> Answer {
    desk.ask("GET", &format!("/_doorward/people{query}")).cookie(signed).navigating().send("").await
}

async fn add(desk: &TestDesk, username: &str, full_name: &str, email: Option<&str>) {
    let new = NewUser {
        username: username.into(),
        password: Some(Secret::new(PASSWORD.into())),
        email: email.map(|email| email.parse().unwrap()),
        full_name: full_name.into(),
        role: None,
    };
    desk.services.users.create(&Actor::Local("cli:test".into()), new).await.unwrap();
}

#[tokio::test]
async fn administrators_see_who_can_sign_in_and_how_to_add_people() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    add(&desk, "ida", "Ida Noddack", Some("ida@example.com")).await;
    let body = serde_json::json!({"user": "ida", "role": "viewer", "app": "wiki"});
    let api = |path: &str| desk.ask("POST", &format!("{}/{path}", crate::support::API)).bearer(&admin);
    assert_eq!(api("grants").json(&body).await.status, 201);
    assert_eq!(api("groups").json(&serde_json::json!({"name": "data"})).await.status, 201);
    assert!(api("groups/data/members").json(&serde_json::json!({"user": "ida"})).await.status.is_success());
    let seen = page(&desk, &admin, "").await;
    assert_eq!(seen.status, 200);
    for part in [
        "<code>doorward --database sqlite:///d.db user add NAME --role viewer</code>",
        "<strong>Ida Noddack</strong> ida · ida@example.com",
        "Has not signed in yet · 1 group, 1 grant on apps",
        "<strong>vera</strong>",
        "<span class=\"role\">viewer</span>",
        "20 Nov 2026, 12:00 UTC",
        "<a href=\"/_doorward/people\" aria-current=\"page\">People</a>",
    ] {
        assert!(seen.text.contains(part), "{part}: {}", seen.text);
    }
    let body = serde_json::json!({"is_disabled": true});
    let path = format!("{}/users/vera", crate::support::API);
    assert_eq!(desk.ask("PATCH", &path).bearer(&admin).json(&body).await.status, 200);
    assert!(page(&desk, &admin, "?search=vera").await.text.contains(">disabled</span>"));
}

#[tokio::test]
async fn nobody_else_opens_it_or_is_led_there() {
    let desk = TestDesk::new().await;
    for name in ["vera", "max"] {
        let signed = desk.sign_in(name).await;
        for query in ["", "?search=admin", "?cursor=x"] {
            let refused = page(&desk, &signed, query).await;
            assert_eq!(refused.status, 403, "{name}{query}");
            assert!(refused.text.contains("<html") && !refused.text.contains("sqlite:"), "{}", refused.text);
        }
        for path in ["account", "apps", "welcome"] {
            let own = desk.ask("GET", &format!("/_doorward/{path}")).cookie(&signed).navigating().send("").await;
            assert!(own.status == 200 && !own.text.contains("/_doorward/people"), "{name}: {path}");
        }
        let menu = desk.ask("GET", &format!("{}/auth/menu?app=wiki", crate::support::API)).cookie(&signed);
        assert_eq!(menu.send("").await.body()["is_admin"], false, "{name}");
    }
    let admin = desk.sign_in("admin").await;
    let menu = desk.ask("GET", &format!("{}/auth/menu", crate::support::API)).cookie(&admin);
    assert_eq!(menu.send("").await.body()["is_admin"], true);
    // An administrator of one app is none of the site.
    let body = serde_json::json!({"user": "vera", "role": "admin", "app": "wiki"});
    let path = format!("{}/grants", crate::support::API);
    assert_eq!(desk.ask("POST", &path).bearer(&admin).json(&body).await.status, 201);
    assert_eq!(page(&desk, &desk.sign_in("vera").await, "").await.status, 403);
}

#[tokio::test]
async fn names_and_what_is_searched_for_are_text_and_nothing_else() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let script = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";
    add(&desk, "eve", script, Some("<b>\"'&x@example.com")).await;
    let seen = page(&desk, &admin, "").await;
    assert!(seen.text.contains("alert(1)") && seen.text.contains("x@example.com"), "{}", seen.text);
    let query: String = url::form_urlencoded::byte_serialize(script.as_bytes()).collect();
    for answer in [seen, page(&desk, &admin, &format!("?search={query}")).await] {
        for raw in ["<script>alert", "<img src=x", "<b>\""] {
            assert!(!answer.text.contains(raw), "{raw}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn people_are_searched_for_and_paged_through() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    for number in 0..60 {
        desk.add(&format!("worker-{number:02}"), Role::Viewer).await;
    }
    let named = |text: &str| text.matches("<strong>worker-").count();
    let mut query = "?search=worker-".to_owned();
    let mut found = Vec::new();
    for expected in [25, 25, 10] {
        let answer = page(&desk, &admin, &query).await;
        assert_eq!(named(&answer.text), expected, "{query}");
        assert!(answer.text.contains(&format!("These are {expected} of 60.")));
        assert_eq!(answer.text.contains("From the beginning"), !found.is_empty());
        found.push(expected);
        let next = answer.text.split("href=\"/_doorward/people").find(|rest| rest.contains(">Next</a>"));
        let next = next.and_then(|rest| rest.split('"').next()).map(|text| text.replace("&#38;", "&"));
        match next.filter(|_| answer.text.contains(">Next</a>")) {
            Some(next) => query = next,
            None => break,
        }
    }
    assert_eq!(found, [25, 25, 10]);
    let nobody = page(&desk, &admin, "?search=no-such-name").await;
    assert!(nobody.status == 200 && nobody.text.contains("Nobody is called so."), "{}", nobody.text);
    assert_eq!(page(&desk, &admin, "?cursor=made-up").await.status, 400);
}
