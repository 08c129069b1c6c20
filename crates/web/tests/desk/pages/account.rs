//! `account`.

use crate::support::{API, PASSWORD, TestDesk};

#[tokio::test]
async fn shows_who_one_is_and_where_one_is_signed_in() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let page = desk.ask("GET", "/_doorward/account").cookie(&vera).navigating().send("").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<dd>vera</dd>") && page.text.contains("this one") && page.text.contains("20 Nov 2026, 12:00 UTC"));
    assert!(!page.text.contains("End all others"), "there are none");
}

#[tokio::test]
async fn one_session_or_all_others_are_ended_by_their_buttons() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let others = [desk.sign_in("vera").await, desk.sign_in("vera").await, desk.sign_in("vera").await];
    let live = |signed: &crate::support::Signed| desk.ask("GET", &format!("{API}/auth/me")).cookie(signed);
    let id = live(&others[0]).send("").await.body()["session"]["id"].as_str().unwrap().to_owned();
    let end = format!("/_doorward/account/sessions/{id}/end");
    let answer = desk.ask("POST", &end).cookie(&vera).form(&[("csrf", &vera.csrf)]).await;
    assert_eq!(answer.brief(), "303 /_doorward/account?done=session");
    assert_eq!(live(&others[0]).send("").await.status, 401);
    assert_eq!(live(&others[1]).send("").await.status, 200);
    let answer = desk.ask("POST", "/_doorward/account/sessions/end-others").cookie(&vera).form(&[("csrf", &vera.csrf)]).await;
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
    let done = send(PASSWORD, "another quiet lamp", "another quiet lamp").await;
    assert_eq!(done.brief(), "303 /_doorward/account?done=password");
    let page = desk.ask("GET", "/_doorward/account?done=password").cookie(&vera).navigating().send("").await;
    assert!(page.text.contains("Your password is changed."));
}
