//! `account`.

use serde_json::{Value, json};

use crate::support::{API, PASSWORD, Signed, TestDesk};

#[tokio::test]
async fn shows_who_one_is_and_where_one_is_signed_in() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let page = desk.ask("GET", "/_doorward/account").cookie(&vera).navigating().send("").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("<dd>vera</dd>")
            && page.text.contains("this browser")
            && page.text.contains("20 Nov 2026, 12:00 UTC")
    );
    assert!(!page.text.contains("Sign out everywhere else"), "there are none");
}

#[tokio::test]
async fn one_session_or_all_others_are_ended_by_their_buttons() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let others = [desk.sign_in("vera").await, desk.sign_in("vera").await, desk.sign_in("vera").await];
    let live = |signed: &Signed| desk.ask("GET", &format!("{API}/auth/me")).cookie(signed);
    let id = live(&others[0]).send("").await.body()["session"]["id"].as_str().unwrap().to_owned();
    let end = format!("/_doorward/account/sessions/{id}/end");
    let answer = desk.ask("POST", &end).cookie(&vera).form(&[("csrf", &vera.csrf)]).await;
    assert_eq!(answer.brief(), "303 /_doorward/account?done=session");
    assert_eq!(live(&others[0]).send("").await.status, 401);
    assert_eq!(live(&others[1]).send("").await.status, 200);
    let answer =
        desk.ask("POST", "/_doorward/account/sessions/end-others").cookie(&vera).form(&[("csrf", &vera.csrf)]).await;
    assert_eq!(answer.brief(), "303 /_doorward/account?done=others");
    assert_eq!(live(&others[1]).send("").await.status, 401);
    assert_eq!(live(&others[2]).send("").await.status, 401);
    assert_eq!(live(&vera).send("").await.status, 200);
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let desk = TestDesk::new().await;
    let (vera, max) = (desk.sign_in("vera").await, desk.sign_in("max").await);
    let me = desk.ask("GET", &format!("{API}/auth/me")).cookie(&max).send("").await.body();
    let end = format!("/_doorward/account/sessions/{}/end", me["session"]["id"].as_str().unwrap());
    assert_eq!(desk.ask("POST", &end).cookie(&vera).form(&[("csrf", &vera.csrf)]).await.status, 404);
    assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).cookie(&max).send("").await.status, 200);
}

#[tokio::test]
async fn the_password_is_changed_and_what_was_wrong_is_linked_to_its_field() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let send = |current: &'static str, password: &'static str, again: &'static str| {
        let asking = desk.ask("POST", "/_doorward/account/password").cookie(&vera);
        let csrf = vera.csrf.clone();
        async move { asking.form(&[("csrf", &csrf), ("current", current), ("password", password), ("again", again)]).await }
    };
    let wrong = send("wrong", "another quiet lamp", "another quiet lamp").await;
    assert!(
        wrong.status == 422 && wrong.text.contains("<a href=\"#current\">The current password is not right.</a>"),
        "{}",
        wrong.text
    );
    let differ = send(PASSWORD, "another quiet lamp", "another").await;
    assert!(differ.status == 422 && differ.text.contains("<a href=\"#again\">"));
    let short = send(PASSWORD, "short", "short").await;
    assert!(short.status == 422 && short.text.contains("<a href=\"#password\">"));
    let all = send("wrong", "short", "other").await;
    for field in ["current", "password", "again"] {
        assert!(all.text.contains(&format!("<a href=\"#{field}\">")), "{field}: {}", all.text);
    }
    assert_eq!(all.status, 422);
    let the_same = send(PASSWORD, PASSWORD, "other").await;
    assert!(the_same.text.contains("is the current one") && the_same.text.contains("<a href=\"#again\">"));
    let guessed = send("wrong", "wrong", "wrong").await;
    assert!(
        guessed.text.contains("The current password is not right.") && !guessed.text.contains("is the current one")
    );
    assert!(guessed.text.contains("<a href=\"#password\">") && guessed.text.contains("at least 8"), "{}", guessed.text);
    let done = send(PASSWORD, "another quiet lamp", "another quiet lamp").await;
    assert_eq!(done.brief(), "303 /_doorward/account?done=password");
    let page = desk.ask("GET", "/_doorward/account?done=password").cookie(&vera).navigating().send("").await;
    assert!(page.text.contains("Your password is changed."));
}

#[tokio::test]
async fn this_browser_stands_first_and_may_be_signed_out_like_the_others() {
    let desk = TestDesk::new().await;
    let first = desk.sign_in("vera").await;
    for _ in 0..60 {
        desk.clock.advance(std::time::Duration::from_mins(1));
        desk.sign_in("vera").await;
    }
    let page = desk.ask("GET", "/_doorward/account").cookie(&first).navigating().send("").await;
    let (_, list) = page.text.split_once("<ul class=\"sessions\">").unwrap();
    let (this, others) = list.split_once("</li>").unwrap();
    assert!(this.contains("this browser") && this.contains("12:00 UTC") && !others.contains("this browser"), "{this}");
    assert!(this.contains("last seen now") && !others.contains("last seen now"), "it asks this moment: {this}");
    assert!(page.text.contains("Sign out everywhere else") && page.text.contains("These are 51 of 61."));
}

#[tokio::test]
async fn with_one_app_there_is_one_row_of_roles() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let page = desk.ask("GET", "/_doorward/account").cookie(&vera).navigating().send("").await;
    assert!(page.text.contains("<h2 id=\"roles\">Roles</h2>"));
    assert!(page.text.contains("<dt>Wiki</dt><dd><span class=\"role\">viewer</span></dd>"), "{}", page.text);
    assert_eq!(page.text.matches(">viewer<").count(), 1, "{}", page.text);
}

#[tokio::test]
async fn a_form_that_comes_after_the_session_leads_to_sign_in_and_back_to_its_page() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    desk.ask("POST", &format!("{API}/auth/logout")).page_of(&vera).send("").await;
    let back = "303 /_doorward/login?next=/_doorward/account&ended=1";
    let id = "0190a5b4-0000-7000-8000-000000000000";
    for form in ["account/password", "account/sessions/end-others", &format!("account/sessions/{id}/end")] {
        let answer = desk.ask("POST", &format!("/_doorward/{form}")).cookie(&vera).form(&[("csrf", &vera.csrf)]).await;
        assert_eq!(answer.brief(), back, "{form}");
    }
    let answer = desk.ask("POST", "/_doorward/logout").cookie(&vera).form(&[("csrf", &vera.csrf)]).await;
    assert_eq!(answer.brief(), "303 /_doorward/login?signed_out=1", "who wanted out is out");
    let page = desk.ask("GET", &back[4..]).navigating().send("").await;
    assert!(page.text.contains("You were no longer signed in, so nothing was changed."));
    assert_eq!(page.hidden("next"), "/_doorward/account");
}

#[tokio::test]
async fn the_address_of_every_form_can_be_reloaded() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    for (path, methods, _) in
        doorward_web::pages::listed().into_iter().filter(|(_, methods, _)| methods.contains(&"POST"))
    {
        let path = path.replace("{id}", "0190a5b4-0000-7000-8000-000000000000");
        let answer = desk.ask("GET", &path).cookie(&vera).navigating().send("").await;
        let leads_back = ["303 /_doorward/account", "303 /_doorward/access"].contains(&answer.brief().as_str());
        assert!(methods.contains(&"GET") && answer.status != 405 || leads_back, "{path}: {}", answer.brief());
    }
}

#[tokio::test]
async fn too_many_tries_say_how_long_to_wait() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let fields = [
        ("csrf", vera.csrf.as_str()),
        ("current", "wrong"),
        ("password", "another quiet lamp"),
        ("again", "another quiet lamp"),
    ];
    for _ in 0..5 {
        let wrong = desk.ask("POST", "/_doorward/account/password").cookie(&vera).form(&fields).await;
        assert_eq!(wrong.status, 422);
    }
    // Nor is there another way to guess: beside another mistake the password is looked at as slowly.
    let beside = [fields[0], ("current", PASSWORD), fields[2], ("again", "differs")];
    let guessed = desk.ask("POST", "/_doorward/account/password").cookie(&vera).form(&beside).await;
    assert!(guessed.status == 429 && guessed.text.contains("<a href=\"#again\">"), "{}", guessed.text);
    let throttled = desk.ask("POST", "/_doorward/account/password").cookie(&vera).form(&fields).await;
    assert!(throttled.status == 429 && throttled.text.contains("Try again in 1 second."), "{}", throttled.text);
    assert_eq!([guessed.header("retry-after"), throttled.header("retry-after")], ["1"; 2]);
    assert!(!throttled.text.contains("aria-invalid"), "nothing is wrong with a field");
}

/// Makes a key of one's own, and gives its id.
async fn key(desk: &TestDesk, by: &Signed, name: &str, more: Value) -> String {
    let mut body = json!({"name": name, "role": "viewer", "owner": "me"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = desk.ask("POST", &format!("{API}/api-keys")).bearer(by).json(&body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.body()["api_key"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn ones_own_api_keys_are_shown_and_revoked() {
    let desk = TestDesk::new().await;
    let (vera, max) = (desk.sign_in("vera").await, desk.sign_in("max").await);
    let page = async |by: &Signed| desk.ask("GET", "/_doorward/account").cookie(by).navigating().send("").await.text;
    let none = page(&vera).await;
    assert!(
        none.contains("You have none.") && none.contains("<code>doorward key create NAME --role viewer --owner vera"),
        "{none}"
    );
    let of_admin = page(&desk.sign_in("admin").await).await;
    let command = "<code>doorward --database sqlite:///d.db key create NAME --role viewer --owner admin</code>";
    assert!(of_admin.contains(command), "{of_admin}");
    let id =
        key(&desk, &vera, "ci", json!({"app": "wiki", "resource": "page:home", "expires_at": "2026-12-01T00:00:00Z"}))
            .await;
    key(&desk, &vera, "cron", json!({})).await;
    key(&desk, &max, "of-max", json!({})).await;
    let two = page(&vera).await;
    for words in ["viewer on page:home of Wiki", "viewer on everything", "never used", "Ends <time", "Does not end."] {
        assert!(two.contains(words), "{words}: {two}");
    }
    assert!(!two.contains("of-max") && !two.contains("Your password<"), "{two}");
    // It takes two steps, also without scripts.
    let (before, form) =
        two.split_once(&format!("<form method=\"post\" action=\"/_doorward/account/keys/{id}/")).unwrap();
    assert!(before.trim_end().ends_with("</summary>") && form.contains("cannot be had back"), "{two}");
    assert!(before.contains("<details class=\"revoke\">"), "closed: {two}");
    let revoke = format!("/_doorward/account/keys/{id}/revoke");
    let revoked = desk.ask("POST", &revoke).cookie(&vera).form(&[("csrf", &vera.csrf)]).await;
    assert_eq!(revoked.brief(), "303 /_doorward/account?done=key");
    let left = page(&vera).await;
    assert!(!left.contains("page:home") && left.contains("cron"), "{left}");
    assert_eq!(desk.ask("POST", &revoke).cookie(&vera).form(&[("csrf", &vera.csrf)]).await.status, 404, "once");
}

#[tokio::test]
async fn somebody_elses_key_is_not_revoked_here_and_ones_own_not_without_the_password_for_long() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    let id = key(&desk, &vera, "ci", json!({})).await;
    let revoke = format!("/_doorward/account/keys/{id}/revoke");
    let send = async |by: &Signed, password: Option<&str>| {
        let mut fields = vec![("csrf", by.csrf.as_str())];
        fields.extend(password.map(|password| ("password", password)));
        desk.ask("POST", &revoke).cookie(by).form(&fields).await
    };
    assert_eq!(send(&admin, None).await.status, 404, "not even by an administrator: that is done elsewhere");
    desk.clock.advance(std::time::Duration::from_mins(15));
    let without = send(&vera, None).await;
    assert!(without.status == 403 && without.text.contains("password"), "{}", without.text);
    let wrong = send(&vera, Some("a guess")).await;
    assert!(wrong.status == 422 && wrong.text.contains("That is not your password"), "{}", wrong.text);
    assert!(wrong.text.contains("Your password<"), "it is asked for: {}", wrong.text);
    assert!(wrong.text.contains("<details class=\"revoke\" open>"), "where it was: {}", wrong.text);
    assert_eq!(send(&vera, Some(PASSWORD)).await.brief(), "303 /_doorward/account?done=key");
}

#[tokio::test]
async fn what_is_held_until_some_time_says_so_on_both_pages_of_ones_own() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let until = "2026-11-20T13:00:00Z";
    for grant in [
        json!({"user": "vera", "role": "operator", "app": "wiki", "until": until}),
        json!({"user": "vera", "role": "developer", "app": "wiki", "resource": "page:a", "until": until}),
        json!({"user": "vera", "deny": true, "app": "wiki", "resource": "page:b"}),
    ] {
        let answer = desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&grant).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }
    let vera = desk.sign_in("vera").await;
    let shown = async |page: &str| desk.ask("GET", page).cookie(&vera).navigating().send("").await.text;
    let time = format!(" until <time class=\"date\" datetime=\"{until}\">20 Nov 2026, 13:00 UTC</time>");
    let (account, apps) = (shown("/_doorward/account").await, shown("/_doorward/apps").await);
    for part in [
        format!("<dt>Wiki</dt><dd><span class=\"role\">operator</span>{time}</dd>"),
        format!("<dt>page:a of Wiki</dt><dd><span class=\"role\">developer</span>{time}</dd>"),
        "<dt>page:b of Wiki</dt><dd><span class=\"role off\">denied</span></dd>".to_owned(),
    ] {
        assert!(account.contains(&part), "{part}: {account}");
    }
    for part in [
        format!("<span class=\"role\">operator</span>{time}</p>"),
        format!("<bdi>developer on page:a</bdi>{time}, <bdi>denied: page:b</bdi></p>"),
    ] {
        assert!(apps.contains(&part), "{part}: {apps}");
    }
    desk.clock.advance(std::time::Duration::from_mins(61));
    assert!(!shown("/_doorward/account").await.contains(" until <time"), "what is left has no end");
}
