//! Asking for access on the page of a refusal, what came of it on the account page, and the page of who answers.

use doorward_domain::Role;
use serde_json::json;
use std::time::Duration;

use crate::support::{API, Answer, Signed, TestDesk};

/// What would be a script, or an end of what stands around it.
const EVIL: &str = "</textarea></blockquote><script>alert(1)</script>\"'&";

async fn page(desk: &TestDesk, by: &Signed, path: &str) -> Answer {
    desk.ask("GET", path).cookie(by).navigating().send("").await
}

async fn send(desk: &TestDesk, by: &Signed, path: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = [&[("csrf", by.csrf.as_str())][..], fields].concat();
    desk.ask("POST", path).cookie(by).form(&fields).await
}

#[tokio::test]
async fn a_refusal_is_asked_about_where_it_is_shown_and_so_is_what_came_of_it() {
    let desk = TestDesk::new().await;
    let (max, vera) = (desk.sign_in("max").await, desk.sign_in("vera").await);
    let path = format!("/_doorward/denied/{}", desk.refused("vera", "operator", Some("page:home")).await);
    let form = page(&desk, &vera, &path).await;
    assert!(form.text.contains("You ask for <strong>operator on page:home of Wiki</strong>"), "{}", form.text);
    assert_eq!(form.hidden("csrf"), vera.csrf);
    let long = send(&desk, &vera, &path, &[("reason", &"x".repeat(1001))]).await;
    assert!(long.status == 422 && long.text.contains("at most 1000") && long.text.contains("xxxx"), "{}", long.text);
    let sent = send(&desk, &vera, &path, &[("reason", EVIL)]).await;
    assert_eq!(sent.brief(), format!("303 {path}"));

    let waiting = page(&desk, &vera, &path).await;
    assert!(waiting.text.contains("Waiting for an answer") && !waiting.text.contains("<form"), "{}", waiting.text);
    let account = page(&desk, &vera, "/_doorward/account").await;
    assert!(account.text.contains("Access you asked for") && account.text.contains("Waiting for an answer"));
    // Whoever may read of the refusal sees it without a form of their own.
    let read = page(&desk, &max, &path).await;
    assert!(read.status == 200 && !read.text.contains("<form") && !read.text.contains("Waiting"), "{}", read.text);

    let apps = page(&desk, &max, "/_doorward/apps").await;
    assert!(apps.text.contains("A request for access waits for your answer"), "{}", apps.text);
    assert!(!page(&desk, &vera, "/_doorward/apps").await.text.contains("for your answer"));
    let requests = page(&desk, &max, "/_doorward/access").await;
    assert!(requests.text.contains("<bdi>vera</bdi>: <bdi>operator on page:home of Wiki</bdi>"), "{}", requests.text);
    for shown in [&waiting, &account, &requests] {
        assert!(
            !shown.text.contains("<script>alert") && shown.text.contains("&#60;script&#62;alert(1)"),
            "{}",
            shown.text
        );
    }
    let id = id_in(&requests);
    let approved = send(&desk, &max, &format!("/_doorward/access/{id}/approve"), &[("span", "1d")]).await;
    let done = format!("/_doorward/access?done=approved&id={id}");
    assert_eq!(approved.brief(), format!("303 {done}"));
    let told = page(&desk, &vera, &path).await;
    assert!(told.text.contains("Approved by max") && told.text.contains("21 Nov 2026, 12:00 UTC"), "{}", told.text);
    assert!(!told.text.contains("<form"), "there is nothing more to ask for");
    assert!(told.text.contains("href=\"/wiki/x\">Open Wiki</a>"), "to the page that was refused: {}", told.text);
    let after = page(&desk, &max, &done).await.text;
    let given = "Approved: vera is given operator on page:home of Wiki until \
        <time class=\"date\" datetime=\"2026-11-21T12:00:00Z\">21 Nov 2026, 12:00 UTC</time>. It takes effect within a second";
    assert!(after.contains(given) && after.contains("None waits for your answer"), "{after}");
    // Whoever answers for nothing is told nothing of it, and an id that is none is no mistake.
    assert_eq!(page(&desk, &vera, &done).await.status, 404);
    assert!(!page(&desk, &max, "/_doorward/access?done=approved&id=x").await.text.contains("Approved"));
}

#[tokio::test]
async fn who_is_refused_the_same_again_reads_that_their_request_waits() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let refused =
        async |role: &str, resource| format!("/_doorward/denied/{}", desk.refused("vera", role, resource).await);
    let first = refused("operator", Some("page:home")).await;
    send(&desk, &vera, &first, &[("reason", "for the launch")]).await;
    let again = page(&desk, &vera, &refused("operator", Some("page:home")).await).await;
    assert!(again.text.contains("Waiting for an answer") && !again.text.contains("<form"), "{}", again.text);
    assert!(again.text.contains("for the launch"), "{}", again.text);
    let max = desk.sign_in("max").await;
    let id = id_in(&page(&desk, &max, "/_doorward/access").await);
    send(&desk, &max, &format!("/_doorward/access/{id}/decline"), &[("reason", "not this week")]).await;
    let declined = page(&desk, &vera, &refused("operator", Some("page:home")).await).await;
    assert!(declined.text.contains("Declined by max") && declined.text.contains("not this week"), "{}", declined.text);
    assert!(declined.text.contains("<h2>Ask for access again</h2>"), "{}", declined.text);
    for (role, resource) in [("developer", Some("page:home")), ("operator", Some("page:other")), ("operator", None)] {
        let other = page(&desk, &vera, &refused(role, resource).await).await;
        assert!(
            !other.text.contains("Declined") && other.text.contains("<form"),
            "{role} {resource:?}: {}",
            other.text
        );
    }
}

fn id_in(requests: &Answer) -> String {
    let (_, rest) = requests.text.split_once("action=\"/_doorward/access/").expect("a form");
    rest.split_once('/').unwrap().0.to_owned()
}

#[tokio::test]
async fn who_is_declined_reads_why_and_may_ask_again() {
    let desk = TestDesk::new().await;
    let (max, vera) = (desk.sign_in("max").await, desk.sign_in("vera").await);
    let path = format!("/_doorward/denied/{}", desk.refused("vera", "operator", None).await);
    send(&desk, &vera, &path, &[]).await;
    let id = id_in(&page(&desk, &max, "/_doorward/access").await);
    let declined = send(&desk, &max, &format!("/_doorward/access/{id}/decline"), &[("reason", EVIL)]).await;
    let done = format!("/_doorward/access?done=declined&id={id}");
    assert_eq!(declined.brief(), format!("303 {done}"));
    let after = page(&desk, &max, &done).await.text;
    assert!(after.contains("Declined: vera is not given operator on all of Wiki."), "{after}");
    let again = send(&desk, &max, &format!("/_doorward/access/{id}/approve"), &[("span", "1d")]).await;
    assert!(again.status == 409 && again.text.contains("declined by max already"), "{}", again.text);
    let told = page(&desk, &vera, &path).await;
    assert!(told.text.contains("Declined by max") && told.text.contains("Ask for access again"), "{}", told.text);
    let account = page(&desk, &vera, "/_doorward/account").await;
    for shown in [&told, &account] {
        assert!(
            !shown.text.contains("<script>alert") && shown.text.contains("&#60;script&#62;alert(1)"),
            "{}",
            shown.text
        );
    }
}

#[tokio::test]
async fn where_no_grant_would_do_the_page_says_so_and_has_no_form() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let denied = desk.refused_with("vera", json!({"lift": "0190a5b4-0000-7000-8000-000000000000"})).await;
    let untold = desk.refused_with("vera", json!("nothing")).await;
    for (decision, words) in [(denied, "a grant lifts no denial"), (untold, "No grant would allow this")] {
        let path = format!("/_doorward/denied/{decision}");
        let shown = page(&desk, &vera, &path).await;
        assert!(shown.text.contains(words) && !shown.text.contains("<form"), "{}", shown.text);
        let sent = send(&desk, &vera, &path, &[]).await;
        assert!(sent.status == 409 && sent.text.contains(words), "{}", sent.text);
    }
}

#[tokio::test]
async fn somebody_elses_refusal_cannot_be_asked_about_and_says_nothing() {
    let desk = TestDesk::new().await;
    desk.add("eve", Role::Viewer).await;
    let (max, eve) = (desk.sign_in("max").await, desk.sign_in("eve").await);
    let path = format!("/_doorward/denied/{}", desk.refused("vera", "operator", None).await);
    for other in [&max, &eve] {
        assert_eq!(send(&desk, other, &path, &[]).await.status, 404);
    }
    let requests = page(&desk, &eve, "/_doorward/access").await;
    assert_eq!(requests.status, 404, "who answers for no app has no such page");
    let made_up = "/_doorward/access/0190a5b4-0000-7000-8000-000000000000/approve";
    assert_eq!(send(&desk, &eve, made_up, &[("span", "1d")]).await.status, 404);
}

#[tokio::test]
async fn an_answer_on_the_page_takes_the_password_again_when_it_is_long_ago() {
    let desk = TestDesk::new().await;
    let (max, vera) = (desk.sign_in("max").await, desk.sign_in("vera").await);
    send(&desk, &vera, &format!("/_doorward/denied/{}", desk.refused("vera", "operator", None).await), &[]).await;
    let requests = page(&desk, &max, "/_doorward/access").await;
    assert!(!requests.text.contains("Your password"));
    let path = format!("/_doorward/access/{}/approve", id_in(&requests));
    desk.clock.advance(Duration::from_mins(15));
    assert!(page(&desk, &max, "/_doorward/access").await.text.contains("Your password"));
    let without = send(&desk, &max, &path, &[("span", "1d")]).await;
    assert!(without.status == 403 && without.text.contains("password again"), "{}", without.text);
    let wrong = send(&desk, &max, &path, &[("span", "1d"), ("password", "a guess")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("That is not your password"), "{}", wrong.text);
    assert_eq!(send(&desk, &max, &path, &[("span", "forever")]).await.status, 422, "a span of one's own");
    let right = send(&desk, &max, &path, &[("span", "good"), ("password", crate::support::PASSWORD)]).await;
    assert!(right.brief().starts_with("303 /_doorward/access?done=approved&id="), "{}", right.text);
    assert_eq!(
        desk.ask("GET", &format!("{API}/access-requests")).bearer(&vera).send("").await.body()["items"][0]["grant"]["until"],
        json!(null)
    );
}

#[tokio::test]
async fn whoever_was_signed_out_comes_back_to_the_page_with_the_form() {
    let desk = TestDesk::new().await;
    let path = format!("/_doorward/denied/{}", desk.refused("vera", "operator", None).await);
    let sent = desk.ask("POST", &path).form(&[("csrf", "x")]).await;
    assert_eq!(sent.brief(), format!("303 /_doorward/login?next={path}&ended=1"));
}
