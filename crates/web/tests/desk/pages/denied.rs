//! `denied/{decision_id}`.

use crate::support::{API, TestDesk};

#[tokio::test]
async fn a_refusal_is_explained_to_whom_it_concerns_and_to_whoever_reads_the_log() {
    let desk = TestDesk::new().await;
    desk.add("eve", doorward_domain::Role::Viewer).await;
    let (vera, eve, max) = (desk.sign_in("vera").await, desk.sign_in("eve").await, desk.sign_in("max").await);
    let refused = desk.ask("GET", &format!("{API}/users")).bearer(&vera).send("").await;
    let path = format!("/_doorward/denied/{}", refused.body()["decision_id"].as_str().unwrap());
    for may_know in [&vera, &max] {
        let page = desk.ask("GET", &path).cookie(may_know).navigating().send("").await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("This was refused") && page.text.contains("needs the role admin"), "{}", page.text);
        assert!(page.text.contains("<dt>Role needed</dt><dd>admin</dd>"));
    }
    assert_eq!(desk.ask("GET", &path).cookie(&eve).navigating().send("").await.status, 404);
}

#[tokio::test]
async fn a_decision_that_is_none_is_not_found() {
    let desk = TestDesk::new().await;
    let max = desk.sign_in("max").await;
    for id in ["nonsense", "0190a5b4-0000-7000-8000-000000000000"] {
        let page = desk.ask("GET", &format!("/_doorward/denied/{id}")).cookie(&max).navigating().send("").await;
        assert!(page.status == 404 && page.header("content-type").starts_with("text/html"));
    }
}
