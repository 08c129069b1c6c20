//! `people`.

use doorward_domain::{Role, Secret};
use doorward_service::{Actor, admin::users::NewUser};

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
        "<strong><bdi>Ida Noddack</bdi></strong> <bdi>ida</bdi> · <bdi>ida@example.com</bdi>",
        "Has not signed in yet · 1 group, 1 grant on apps",
        "<strong><bdi>vera</bdi></strong>",
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
async fn what_has_lapsed_is_neither_counted_nor_shown() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    add(&desk, "ida", "", None).await;
    for (app, until) in [(Some("wiki"), None), (None, Some("2026-11-20T12:10:00Z"))] {
        for resource in [None, Some("page:a")].iter().filter(|resource| resource.is_none() || app.is_some()) {
            let body =
                serde_json::json!({"user": "ida", "role": "viewer", "app": app, "resource": resource, "until": until});
            let made = desk.ask("POST", &format!("{}/grants", crate::support::API)).bearer(&admin).json(&body).await;
            assert_eq!(made.status, 201, "{}", made.text);
        }
    }
    let body = serde_json::json!({"user": "ida", "role": "operator", "app": "wiki", "resource": "page:b", "until": "2026-11-20T12:10:00Z"});
    let made = desk.ask("POST", &format!("{}/grants", crate::support::API)).bearer(&admin).json(&body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let seen = page(&desk, &admin, "?search=ida").await.text;
    assert!(seen.contains("3 grants on apps") && seen.contains("<span class=\"role\">viewer</span>"), "{seen}");
    desk.clock.advance(std::time::Duration::from_mins(10));
    let seen = page(&desk, &admin, "?search=ida").await.text;
    assert!(seen.contains("2 grants on apps") && seen.contains("no role on everything"), "{seen}");
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
    let named = |text: &str| text.matches("<strong><bdi>worker-").count();
    let mut query = "?search=worker-".to_owned();
    let mut found = Vec::new();
    for (expected, range) in [(25, "1–25 of 60"), (25, "26–50 of 60"), (10, "51–60 of 60")] {
        let answer = page(&desk, &admin, &query).await;
        assert_eq!(named(&answer.text), expected, "{query}");
        assert!(answer.text.contains(&format!(">{range}<")), "{range}: {}", answer.text);
        assert_eq!(answer.text.contains("From the beginning"), !found.is_empty());
        found.push(expected);
        match link(&answer, "Next") {
            Some(next) => query = next,
            None => break,
        }
    }
    assert_eq!(found, [25, 25, 10]);
    for range in ["26–50 of 60", "1–25 of 60"] {
        query = link(&page(&desk, &admin, &query).await, "Previous").expect("there is a page before");
        let answer = page(&desk, &admin, &query).await;
        assert!(answer.text.contains(&format!(">{range}<")), "{range}: {}", answer.text);
    }
    assert_eq!(query, "?search=worker-");
    assert_eq!(link(&page(&desk, &admin, &query).await, "Previous"), None);
    let made_up = page(&desk, &admin, "?search=worker-&before=18446744073709551615&trail=x").await;
    assert!(made_up.text.contains(">25 of 60<"), "{}", made_up.text);
    let nobody = page(&desk, &admin, "?search=no-such-name").await;
    assert!(nobody.status == 200 && nobody.text.contains("Nobody is called so."), "{}", nobody.text);
    assert_eq!(page(&desk, &admin, "?cursor=made-up").await.status, 400);
}

/// The query of the link with these words, if there is one.
fn link(answer: &Answer, words: &str) -> Option<String> {
    let (before, _) = answer.text.split_once(&format!("\">{words}</a>"))?;
    let (_, address) = before.rsplit_once("href=\"/_doorward/people")?;
    Some(address.replace("&#38;", "&"))
}

#[tokio::test]
async fn no_name_turns_the_text_around_it_round() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let make = |full_name: &str| {
        let body = serde_json::json!({"username": "bidi", "full_name": full_name, "password": PASSWORD});
        desk.ask("POST", &format!("{}/users", crate::support::API)).bearer(&admin).json_owned(body)
    };
    for c in ['\u{202e}', '\u{202b}', '\u{2066}', '\u{2069}'] {
        let refused = make(&format!("abc{c}gnp.exe")).await;
        assert_eq!(
            (refused.brief().as_str(), &refused.body()["field"]),
            ("422 invalid_input", &serde_json::json!("full_name")),
            "{}",
            c.escape_unicode()
        );
    }
    let arabic = "\u{645}\u{62d}\u{645}\u{62f}";
    assert_eq!(make(arabic).await.status, 201);
    let seen = page(&desk, &admin, "?search=bidi").await;
    assert!(seen.text.contains(&format!("<strong><bdi>{arabic}</bdi></strong> <bdi>bidi</bdi>")), "{}", seen.text);
}
