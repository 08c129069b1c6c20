//! `audit` and `audit/verify`.

use crate::support::{API, TestDesk};
use serde_json::json;

#[tokio::test]
async fn a_refusal_on_the_desk_is_in_the_log_under_its_decision() {
    let desk = TestDesk::new().await;
    let (max, vera) = (desk.sign_in("max").await, desk.sign_in("vera").await);
    let refused = desk.ask("GET", &format!("{API}/users")).bearer(&vera).send("").await;
    let id = refused.body()["decision_id"].as_str().unwrap().to_owned();
    assert_eq!(refused.header("doorward-decision"), format!("deny; id={id}; reason=forbidden"));
    let found = desk.ask("GET", &format!("{API}/audit?decision_id={id}")).bearer(&max).send("").await.body();
    assert_eq!(found["total"], 1, "{found}");
    let event = &found["items"][0];
    assert_eq!(
        (&event["actor"], &event["outcome"], &event["client_ip"], &event["target"]),
        (&json!("vera"), &json!("denied"), &json!("192.0.2.1"), &json!("GET /_doorward/api/v1/users"))
    );
}

#[tokio::test]
async fn events_are_found_by_who_what_and_when() {
    let desk = TestDesk::new().await;
    let max = desk.sign_in("max").await;
    desk.sign_in("vera").await;
    let total = |query: &str| {
        let asking = desk.ask("GET", &format!("{API}/audit?{query}")).bearer(&max);
        async move { asking.send("").await.body()["total"].clone() }
    };
    assert_eq!(total("action=sign_in&actor=vera&outcome=success").await, 1);
    assert_eq!(total("action=sign_in&from=2026-11-20T12:00:00Z").await, 2);
    assert_eq!(total("action=sign_in&to=2026-11-20T12:00:00Z").await, 0);
    assert_eq!(total("app=wiki").await, 0);
    for wrong in ["outcome=maybe", "from=yesterday", "app=No", "decision_id=7"] {
        assert_eq!(
            desk.ask("GET", &format!("{API}/audit?{wrong}")).bearer(&max).send("").await.brief(),
            "400 invalid_query",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn the_chain_can_be_followed() {
    let desk = TestDesk::new().await;
    let max = desk.sign_in("max").await;
    let found = desk.ask("GET", &format!("{API}/audit/verify")).bearer(&max).send("").await.body();
    assert_eq!((&found["intact"], &found["faults"]), (&json!(true), &json!([])));
    assert!(found["entries"].as_u64().unwrap() >= 4, "{found}");
}
