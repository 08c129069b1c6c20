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
