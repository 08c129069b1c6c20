//! `login`.

use doorward_service::App;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{API, PASSWORD, TestDesk};

async fn sign_in(desk: &TestDesk, next: &str) -> crate::support::Answer {
    let fields = [("next", next), ("username", "vera"), ("password", PASSWORD)];
    desk.ask("POST", "/_doorward/login").header("sec-fetch-site", "same-origin").form(&fields).await
}

#[tokio::test]
async fn a_form_that_works_without_scripts_signs_in_and_goes_on() {
    let desk = TestDesk::new().await;
    let page = desk.ask("GET", "/_doorward/login?next=%2Fwiki%2Fpage%3Fa%3Db%26c").navigating().send("").await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
    let next = page.hidden("next").replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(next, "/wiki/page?a=b&c");
    let answer = sign_in(&desk, &next).await;
    assert_eq!(answer.brief(), "303 /wiki/page?a=b&c");
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let again = desk.ask("GET", "/_doorward/login?next=/wiki/x").header("cookie", cookie).navigating().send("").await;
    assert_eq!(again.brief(), "303 /wiki/x", "whoever is signed in goes on");
}

#[tokio::test]
async fn nobody_is_led_away_from_our_apps() {
    let desk = TestDesk::new().await;
    for next in [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test/",
        "\\\\evil.test/",
        "/\t/evil.test/",
        "https:evil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://door.test@evil.test/",
        "http://door.test.evil.test/",
        "/_doorward/logout",
        "/_doorward/login",
        "",
    ] {
        let answer = sign_in(&desk, next).await;
        assert_eq!(answer.brief(), "303 /wiki/", "{next}");
    }
}

#[tokio::test]
async fn a_wrong_password_shows_the_form_again_with_the_name_kept_and_the_password_not() {
    let desk = TestDesk::new().await;
    let fields = [("next", "/wiki/x"), ("username", "<vera>"), ("password", "hunter22")];
    let page = desk.ask("POST", "/_doorward/login").form(&fields).await;
    assert_eq!(page.status, 401);
    assert!(page.text.contains("<title>Error: Sign in · Doorward</title>"));
    assert!(page.text.contains("That username and password do not match."));
    assert!(page.text.contains("id=\"problem\" role=\"alert\""));
    assert!(page.text.contains("value=\"&#60;vera&#62;\""), "{}", page.text);
    assert!(!page.text.contains("hunter22"));
    assert_eq!(page.hidden("next"), "/wiki/x");
    let password = tag(&page.text, "id=\"password\"");
    assert!(password.contains("autofocus") && password.contains("aria-describedby=\"problem\""), "{password}");
    assert_eq!(page.text.matches("autofocus").count(), 1);
    assert_eq!(page.text.matches("aria-invalid=\"true\"").count(), 2);
    assert!(page.text.contains("action=\"/_doorward/login?next=%2Fwiki%2Fx\""), "a reload by address forgets nothing");
}

#[tokio::test]
async fn a_form_on_another_site_cannot_sign_anybody_in() {
    let desk = TestDesk::new().await;
    let fields = [("username", "vera"), ("password", PASSWORD)];
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.test")] {
        let answer = desk.ask("POST", "/_doorward/login").header(name, value).form(&fields).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (403, ""));
        assert!(answer.text.contains("From another site"), "people get a page");
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused_in_words() {
    let desk = TestDesk::new().await;
    let answer = desk.ask("POST", "/_doorward/login").header("content-type", "application/json").send("{}").await;
    assert_eq!(answer.brief(), "415 unsupported_media_type");
    let answer = desk.ask("POST", "/_doorward/login").form(&[("username", "vera")]).await;
    assert_eq!(answer.status, 400);
    let long = "x".repeat(doorward_web::BODY_LIMIT);
    let answer = desk.ask("POST", "/_doorward/login").form(&[("username", "vera"), ("password", &long)]).await;
    assert_eq!((answer.status.as_u16(), answer.text.contains("larger than 1 MiB")), (413, true));
}

#[tokio::test]
async fn going_on_to_another_host_of_ours_is_allowed_by_that_pages_policy_alone() {
    let desk = TestDesk::with_address("https://wiki.test/").await;
    let page = desk.ask("GET", "/_doorward/login?next=https://wiki.test/a").navigating().send("").await;
    assert_eq!(page.hidden("next"), "https://wiki.test/a");
    assert!(page.header("content-security-policy").contains("; form-action 'self' https://wiki.test; "));
    let page = desk.ask("GET", "/_doorward/login?next=https://evil.test/a").navigating().send("").await;
    assert!(page.header("content-security-policy").contains("; form-action 'self'; "));
    assert_eq!(sign_in(&desk, "https://wiki.test/a").await.brief(), "303 https://wiki.test/a");
    assert_eq!(sign_in(&desk, "https://evil.test/a").await.brief(), "303 /_doorward/apps");
}

/// The tag in which this stands.
fn tag<'a>(html: &'a str, within: &str) -> &'a str {
    let at = html.find(within).unwrap_or_else(|| panic!("{within} is not in {html}"));
    let (start, end) = (html[..at].rfind('<').unwrap(), html[at..].find('>').unwrap());
    &html[start..=at + end]
}

#[tokio::test]
async fn too_many_tries_say_how_long_to_wait_and_frame_nothing() {
    let desk = TestDesk::new().await;
    let fields = [("next", "/wiki/x"), ("username", "vera"), ("password", "hunter22")];
    for _ in 0..6 {
        desk.ask("POST", "/_doorward/login").form(&fields).await;
    }
    desk.clock.advance(Duration::from_secs(1));
    desk.ask("POST", "/_doorward/login").form(&fields).await;
    let page = desk.ask("POST", "/_doorward/login").form(&fields).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "2"));
    assert!(page.text.contains("role=\"alert\">Too many tries. Try again in 2 seconds.</p>"), "{}", page.text);
    assert!(!page.text.contains("aria-invalid") && !page.text.contains("notice bad"), "{}", page.text);
    assert!(tag(&page.text, "id=\"password\"").contains("autofocus"));
}

#[tokio::test]
async fn whoever_ticks_the_box_stays_signed_in_for_thirty_days() {
    let desk = TestDesk::new().await;
    let page = desk.ask("GET", "/_doorward/login").navigating().send("").await;
    assert!(page.text.contains("Keep me signed in</label>") && page.text.contains("For 30 days, on this browser."));
    let sent = |remember| {
        let fields = [("username", "vera"), ("password", PASSWORD), ("remember", remember)];
        let desk = &desk;
        async move { desk.ask("POST", "/_doorward/login").form(&fields).await.header("set-cookie").to_owned() }
    };
    assert!(sent("1").await.contains("; Max-Age=2592000;"));
    assert!(sent("").await.contains("; Max-Age=86400;"));
    let wrong = [("username", "vera"), ("password", "hunter22"), ("remember", "1")];
    let page = desk.ask("POST", "/_doorward/login").form(&wrong).await;
    assert!(tag(&page.text, "id=\"remember\"").ends_with(" checked>"), "the tick is kept");
    let typed = serde_json::json!({"username": "vera", "password": PASSWORD, "remember": true});
    let answer = desk.ask("POST", &format!("{API}/auth/login")).json(&typed).await;
    assert_eq!(answer.body()["expires_at"], "2026-12-20T12:00:00Z");
}

#[tokio::test]
async fn how_long_the_box_keeps_one_signed_in_is_the_sites_to_say_and_zero_takes_it_away() {
    let days = Duration::from_hours(24);
    for (remember, hint, kept) in
        [(7 * days, Some("For 7 days, on this browser."), 604_800), (Duration::ZERO, None, 86_400)]
    {
        let desk = TestDesk::remembering(remember).await;
        let page = desk.ask("GET", "/_doorward/login").navigating().send("").await;
        assert_eq!(page.text.contains("Keep me signed in"), hint.is_some(), "{remember:?}");
        assert_eq!(page.text.contains("name=\"remember\""), hint.is_some(), "{remember:?}");
        assert!(hint.is_none_or(|hint| page.text.contains(hint)), "{}", page.text);
        let fields = [("username", "vera"), ("password", PASSWORD), ("remember", "1")];
        let cookie = desk.ask("POST", "/_doorward/login").form(&fields).await.header("set-cookie").to_owned();
        assert!(cookie.contains(&format!("; Max-Age={kept};")), "{cookie}");
        let vera = cookie.split(';').next().unwrap().to_owned();
        let live = async || desk.ask("GET", &format!("{API}/auth/me")).header("cookie", &vera).send("").await.status;
        assert_eq!(live().await, 200);
        desk.clock.advance(9 * days / 24);
        assert_eq!(live().await == 200, hint.is_some(), "who is not remembered is out after eight idle hours");
        desk.clock.advance(7 * days);
        assert_eq!(live().await, 401, "{remember:?}");
    }
}

#[tokio::test]
async fn whom_to_ask_stands_under_the_form() {
    let desk = TestDesk::new().await;
    let page = desk.ask("GET", "/_doorward/login").navigating().send("").await;
    assert!(page.text.contains("Ask <a href=\"mailto:data@example.com\">data@example.com</a>."), "{}", page.text);
}

#[tokio::test]
async fn whoever_wanted_the_app_at_the_root_gets_there_also_among_several() {
    let desk = TestDesk::with_address("/").await;
    let root = desk.services.apps.find(&"wiki".parse().unwrap()).unwrap();
    let other = |name: &str, address: &str| {
        let (name, prefix) = (name.parse().unwrap(), address.trim_end_matches('/').to_owned());
        Arc::new(App { name, address: address.to_owned(), prefix, ..(*root).clone() })
    };
    desk.services.apps.replace(vec![Arc::clone(&root), other("notes", "/notes/")]);
    for (next, there) in [
        ("/", "303 /"),
        ("/notes/x", "303 /notes/x"),
        ("", "303 /_doorward/apps"),
        ("https://evil.test/", "303 /_doorward/apps"),
        ("/_doorward/logout", "303 /_doorward/apps"),
    ] {
        assert_eq!(sign_in(&desk, next).await.brief(), there, "{next}");
    }
    desk.services.apps.replace(vec![other("notes", "/notes/"), other("wiki", "/wiki/")]);
    assert_eq!(sign_in(&desk, "/").await.brief(), "303 /_doorward/apps", "nothing is at /");
    // Each at a host of its own.
    desk.services.apps.replace(vec![other("notes", "http://notes.test/"), other("wiki", "http://wiki.test:8080/w/")]);
    assert_eq!(sign_in(&desk, "/").await.brief(), "303 /_doorward/apps", "nothing is at / of this host");
    let desk = desk.at("NOTES.test:8080");
    assert_eq!(sign_in(&desk, "/").await.brief(), "303 /");
    assert_eq!(sign_in(&desk, "").await.brief(), "303 /_doorward/apps");
    let desk = desk.at("wiki.test:8080");
    assert_eq!(sign_in(&desk, "/").await.brief(), "303 /_doorward/apps", "the app is at /w/");
}

#[tokio::test]
async fn among_several_apps_the_one_that_is_wanted_is_named() {
    let desk = TestDesk::with_address("/").await;
    let root = desk.services.apps.find(&"wiki".parse().unwrap()).unwrap();
    let app = |name: &str, address: &str| {
        let (title, name) = (format!("The {name}"), name.parse().unwrap());
        Arc::new(App { name, title, address: address.to_owned(), ..(*root).clone() })
    };
    let heading = async |desk: &TestDesk, next: &str| {
        let page = desk.ask("GET", &format!("/_doorward/login?next={next}")).navigating().send("").await.text;
        let (_, rest) = page.split_once("<h1>").unwrap();
        rest.split_once("</h1>").unwrap().0.to_owned()
    };
    desk.services.apps.replace(vec![app("wiki", "/wiki/"), app("notes", "/notes/"), app("shop", "http://shop.test/")]);
    for (next, expected) in [
        ("/notes/a?b", "Sign in to The notes"),
        ("/wiki", "Sign in to The wiki"),
        ("http://shop.test/x", "Sign in to The shop"),
        ("/elsewhere", "Sign in"),
        ("/_doorward/account", "Sign in"),
        ("https://evil.test/notes/", "Sign in"),
        ("", "Sign in"),
    ] {
        assert_eq!(heading(&desk, next).await, expected, "{next}");
    }
    let there = desk.at("shop.test");
    assert_eq!(heading(&there, "").await, "Sign in to The shop", "the only one at this host");
    assert_eq!(heading(&there, "/_doorward/account").await, "Sign in to The shop");
}
