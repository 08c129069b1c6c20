//! `auth/…`.

use serde_json::json;
use std::time::Duration;

use crate::support::{API, PASSWORD, TestDesk};

#[tokio::test]
async fn status_tells_how_to_sign_in_before_anybody_can() {
    let desk = TestDesk::fresh().await;
    let status = desk.get(&format!("{API}/auth/status")).await.body();
    assert_eq!(status["setup_required"], true);
    desk.add("admin", doorward_domain::Role::Admin).await;
    let status = desk.get(&format!("{API}/auth/status")).await.body();
    assert_eq!(
        (&status["setup_required"], &status["methods"], &status["providers"]),
        (&json!(false), &json!(["password"]), &json!([]))
    );
}

#[tokio::test]
async fn status_tells_an_open_page_whether_its_session_still_lives() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let asked = async || {
        desk.ask("GET", &format!("{API}/auth/status")).page_of(&vera).send("").await.body()["signed_in"].clone()
    };
    assert_eq!(desk.get(&format!("{API}/auth/status")).await.body()["signed_in"], false);
    assert_eq!(asked().await, true);
    assert_eq!(desk.ask("POST", &format!("{API}/auth/logout")).page_of(&vera).send("").await.status, 204);
    assert_eq!(asked().await, false);
}

#[tokio::test]
async fn until_there_is_an_administrator_every_other_call_is_told_to_set_up() {
    let desk = TestDesk::fresh().await;
    for path in ["auth/login", "auth/me", "users", "audit", "nowhere"] {
        let answer = desk.ask("POST", &format!("{API}/{path}")).json(&json!({"username": "a", "password": "b"})).await;
        assert_eq!(answer.brief(), "503 setup_required", "{path}");
    }
    assert_eq!(desk.get("/_doorward/metrics").await.brief(), "503 setup_required");
    assert_eq!(desk.get("/_doorward/health").await.status, 200);
}

#[tokio::test]
async fn the_setup_token_makes_one_administrator_and_no_more() {
    let desk = TestDesk::fresh().await;
    let token = desk.setup_token().await;
    let setup = |token: &str, username: &str| {
        desk.ask("POST", &format!("{API}/auth/setup"))
            .header("user-agent", "test")
            .json_owned(json!({"token": token, "username": username, "password": PASSWORD}))
    };
    assert_eq!(setup("guess", "eve").await.brief(), "403 wrong_setup_token");
    assert_eq!(setup(&token, "no such name!").await.brief(), "422 invalid_input");
    let made = setup(&token, "admin").await;
    assert_eq!((made.status.as_u16(), &made.body()["user"]["role"]), (200, &json!("admin")));
    assert!(made.header("set-cookie").starts_with("doorward-80="));
    assert_eq!(setup(&token, "second").await.brief(), "409 already_set_up");
}

#[tokio::test]
async fn who_guesses_at_the_setup_token_has_to_wait_and_who_has_it_does_not() {
    let mut desk = TestDesk::fresh().await;
    let token = desk.setup_token().await;
    let setup = async |desk: &TestDesk, token: &str| {
        let body = json!({"token": token, "username": "admin", "password": PASSWORD});
        desk.ask("POST", &format!("{API}/auth/setup")).json(&body).await
    };
    let page = async |desk: &TestDesk| {
        let password = [("password", PASSWORD), ("again", PASSWORD)];
        let fields = [[("token", "guess"), ("username", "eve")], password].concat();
        desk.ask("POST", "/_doorward/setup").form(&fields).await
    };
    let mut slowed = setup(&desk, "guess").await;
    assert_eq!(slowed.brief(), "403 wrong_setup_token");
    for _ in 0..20 {
        slowed = setup(&desk, "guess").await;
    }
    assert_eq!(slowed.brief(), "429 throttled");
    let wait: u64 = slowed.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let slowed = page(&desk).await;
    assert_eq!((slowed.status.as_u16(), slowed.header("retry-after").is_empty()), (429, false), "{}", slowed.text);
    assert!(slowed.text.contains("Too many tries"), "{}", slowed.text);
    desk.client.ip = [198, 51, 100, 7].into();
    assert_eq!(setup(&desk, &token).await.status, 200, "from elsewhere, while others guess");
}

#[tokio::test]
async fn who_has_the_setup_token_is_let_in_also_from_where_it_was_guessed_at() {
    let desk = TestDesk::fresh().await;
    let token = desk.setup_token().await;
    let setup = |token: &str| {
        let body = json!({"token": token, "username": "admin", "password": PASSWORD});
        desk.ask("POST", &format!("{API}/auth/setup")).json_owned(body)
    };
    while setup("guess").await.status != 429 {}
    assert_eq!(setup(&token).await.status, 200);
}

#[tokio::test]
async fn a_sign_in_opens_a_session_for_browsers_and_programs_alike() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    for asking in [
        desk.ask("GET", &format!("{API}/auth/me")).cookie(&vera),
        desk.ask("GET", &format!("{API}/auth/me")).bearer(&vera),
    ] {
        let me = asking.send("").await.body();
        assert_eq!(me["user"]["username"], "vera");
        assert_eq!(me["roles"], json!({"wiki": "viewer"}));
        assert_eq!(me["csrf_token"], vera.csrf.as_str());
        assert_eq!(me["session"]["is_current"], true);
    }
}

#[tokio::test]
async fn whoever_holds_nothing_of_an_app_does_not_read_its_name() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    desk.ask("PATCH", &format!("{API}/users/vera")).bearer(&admin).json(&json!({"role": null})).await;
    let vera = desk.sign_in("vera").await;
    let roles = async || {
        let me = desk.ask("GET", &format!("{API}/auth/me")).bearer(&vera).send("").await.body();
        me["roles"].clone()
    };
    assert_eq!(roles().await, json!({}));
    let one = json!({"user": "vera", "role": "viewer", "app": "wiki", "resource": "page:home"});
    desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&one).await;
    assert_eq!(roles().await, json!({"wiki": null}), "a single thing of it");
}

#[tokio::test]
async fn over_https_the_cookie_is_secure_and_bound_to_the_host() {
    let mut desk = TestDesk::new().await;
    desk.client.secure = true;
    let answer =
        desk.ask("POST", &format!("{API}/auth/login")).json(&json!({"username": "vera", "password": PASSWORD})).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-doorward="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

#[tokio::test]
async fn wrong_and_unknown_look_the_same() {
    let desk = TestDesk::new().await;
    let mut seen = Vec::new();
    for (username, password) in [("vera", "wrong"), ("nobody", "wrong"), ("not a name", "wrong"), ("", "")] {
        let answer = desk
            .ask("POST", &format!("{API}/auth/login"))
            .json(&json!({"username": username, "password": password}))
            .await;
        let mut body = answer.body();
        body["decision_id"].take();
        seen.push((answer.status, body, answer.header("www-authenticate").to_owned()));
    }
    assert_eq!(seen[0].1["code"], "invalid_credentials");
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn guessing_is_slowed_down_and_says_for_how_long() {
    let desk = TestDesk::new().await;
    for _ in 0..100 {
        let answer = desk
            .ask("POST", &format!("{API}/auth/login"))
            .json(&json!({"username": "vera", "password": "wrong"}))
            .await;
        if answer.status == 429 {
            assert_eq!(answer.brief(), "429 throttled");
            assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
            return;
        }
    }
    panic!("a hundred guesses passed");
}

#[tokio::test]
async fn signing_in_again_replaces_the_session_the_browser_came_with() {
    let desk = TestDesk::new().await;
    let before = desk.sign_in("vera").await;
    let typed = json!({"username": "vera", "password": PASSWORD});
    assert_eq!(desk.ask("POST", &format!("{API}/auth/login")).cookie(&before).json(&typed).await.status, 200);
    assert_eq!(
        desk.ask("GET", &format!("{API}/auth/me")).cookie(&before).send("").await.brief(),
        "401 sign_in_required"
    );
}

#[tokio::test]
async fn after_logout_neither_cookie_nor_token_opens_anything() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let answer = desk.ask("POST", &format!("{API}/auth/logout")).page_of(&vera).send("").await;
    assert_eq!(answer.status, 204);
    let cleared: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(cleared, ["doorward-80=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]);
    assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).cookie(&vera).send("").await.status, 401);
    let by_token = desk.ask("GET", &format!("{API}/auth/me")).bearer(&vera).send("").await;
    assert_eq!(by_token.status, 401);
    assert_eq!(by_token.header("www-authenticate"), "Bearer realm=\"doorward\", error=\"invalid_token\"");
}

#[tokio::test]
async fn a_session_ends_with_its_time() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    desk.clock.advance(Duration::from_hours(25));
    assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).cookie(&vera).send("").await.status, 401);
}

#[tokio::test]
async fn a_bearer_token_that_is_no_good_is_not_made_good_by_a_cookie() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let ended = format!("Bearer dws_{}", "A".repeat(43));
    let answer = desk.ask("GET", &format!("{API}/auth/me")).cookie(&vera).header("authorization", ended).send("").await;
    assert_eq!(answer.brief(), "401 sign_in_required");
}

#[tokio::test]
async fn a_tools_bearer_token_beside_the_cookie_says_nothing_about_who_asks() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let asking =
        |method| desk.ask(method, &format!("{API}/auth/logout")).cookie(&vera).header("authorization", "Bearer theirs");
    let me = desk
        .ask("GET", &format!("{API}/auth/me"))
        .cookie(&vera)
        .header("authorization", "Bearer theirs")
        .send("")
        .await;
    assert_eq!(me.body()["user"]["username"], "vera");
    // The browser sent the cookie on its own, so the request has to show that it was meant.
    assert_eq!(asking("POST").send("").await.brief(), "403 csrf");
    assert_eq!(asking("POST").header("origin", "http://evil.test").send("").await.brief(), "403 cross_site");
}

#[tokio::test]
async fn two_authorization_headers_are_not_understood() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let answer = desk
        .ask("GET", &format!("{API}/auth/me"))
        .bearer(&vera)
        .header("authorization", "Bearer theirs")
        .send("")
        .await;
    assert_eq!(answer.brief(), "400 duplicate_authorization");
    assert!(answer.header("doorward-decision").starts_with("refuse; id="));
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let desk = TestDesk::new().await;
    let (here, there) = (desk.sign_in("vera").await, desk.sign_in("vera").await);
    let change = |current: &str, new: &str| {
        desk.ask("POST", &format!("{API}/auth/change-password"))
            .page_of(&here)
            .json_owned(json!({"currentPassword": current, "newPassword": new}))
    };
    assert_eq!(change("wrong", "another quiet lamp").await.brief(), "422 wrong_password");
    assert_eq!(change(PASSWORD, "short").await.brief(), "422 invalid_input");
    assert_eq!(change(PASSWORD, "another quiet lamp").await.status, 204);
    assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).cookie(&here).send("").await.status, 200);
    assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).cookie(&there).send("").await.status, 401);
    let old =
        desk.ask("POST", &format!("{API}/auth/login")).json(&json!({"username": "vera", "password": PASSWORD})).await;
    assert_eq!(old.brief(), "401 invalid_credentials");
}
