//! `logout`.

use super::words;
use crate::support::TestDesk;

#[tokio::test]
async fn only_the_button_signs_out() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let page = desk.ask("GET", "/_doorward/logout").cookie(&vera).navigating().send("").await;
    assert_eq!(page.status, 200);
    let said = words(&page.text);
    assert!(said.contains("Sign out? You are signed in as vera . To come back, sign in again."), "{said}");
    for threat in ["lose", "lost", "unsaved", "warning", "careful", "cannot be undone", "sure"] {
        assert!(!said.to_lowercase().contains(threat), "{threat}: {said}");
    }
    let csrf = page.hidden("csrf");
    assert_eq!(csrf, vera.csrf);
    let answer = desk.ask("POST", "/_doorward/logout").cookie(&vera).form(&[("csrf", &csrf)]).await;
    assert_eq!(answer.brief(), "303 /_doorward/login?signed_out=1");
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 1);
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    let after = desk.ask("GET", "/_doorward/apps").cookie(&vera).navigating().send("").await;
    assert_eq!(after.brief(), "303 /_doorward/login?next=/_doorward/apps");
}

#[tokio::test]
async fn whoever_signs_in_as_somebody_else_comes_back_to_the_page_that_was_refused() {
    let desk = TestDesk::new().await;
    let vera = desk.sign_in("vera").await;
    let refused = desk.refused("vera", "operator", None).await;
    let page = desk.ask("GET", &format!("/_doorward/denied/{refused}")).cookie(&vera).navigating().send("").await;
    let leave = "/_doorward/logout?next=/wiki/x";
    assert!(page.text.contains(&format!("href=\"{leave}\"")), "{}", page.text);
    let button = desk.ask("GET", leave).cookie(&vera).navigating().send("").await;
    let (csrf, next) = (button.hidden("csrf"), button.hidden("next"));
    let out = desk.ask("POST", "/_doorward/logout").cookie(&vera).form(&[("csrf", &csrf), ("next", &next)]).await;
    assert_eq!(out.brief(), "303 /_doorward/login?next=/wiki/x&signed_out=1");
    let login = desk.ask("GET", &out.brief()[4..]).navigating().send("").await;
    assert!(login.text.contains("You have signed out.") && login.hidden("next") == "/wiki/x", "{}", login.text);

    let vera = desk.sign_in("vera").await;
    let evil = "https://evil.test/\"><script>";
    let button = desk.ask("GET", "/_doorward/logout?next=https://evil.test/%22%3E%3Cscript%3E").cookie(&vera);
    assert!(!button.navigating().send("").await.text.contains("<script>"));
    let out = desk.ask("POST", "/_doorward/logout").cookie(&vera).form(&[("csrf", &vera.csrf), ("next", evil)]).await;
    let login = desk.ask("GET", &out.brief()[4..]).navigating().send("").await;
    assert_eq!(login.hidden("next"), "/wiki/", "only to our own apps");
}
