//! `access-requests/…`.

use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{API, Answer, Signed, TestDesk};

async fn ask(desk: &TestDesk, by: &Signed, decision: &str, reason: &str) -> Answer {
    let body = json!({"app": "wiki", "decision_id": decision, "reason": reason});
    desk.ask("POST", &format!("{API}/access-requests")).page_of(by).json(&body).await
}

async fn answer(desk: &TestDesk, by: &Signed, id: &Value, verb: &str, body: Value) -> Answer {
    let path = format!("{API}/access-requests/{}/{verb}", id.as_str().unwrap());
    desk.ask("POST", &path).page_of(by).json_owned(body).await
}

#[tokio::test]
async fn what_was_refused_is_asked_for_seen_and_given() {
    let desk = TestDesk::new().await;
    let (max, vera) = (desk.sign_in("max").await, desk.sign_in("vera").await);
    let decision = desk.refused("vera", "operator", Some("page:home")).await;
    let made = ask(&desk, &vera, &decision, "the <b>nightly</b> job").await;
    assert_eq!(made.status, 201, "{}", made.text);
    let request = made.body();
    assert_eq!(
        [&request["app"], &request["role"], &request["resource"], &request["state"], &request["reason"]],
        [&json!("wiki"), &json!("operator"), &json!("page:home"), &json!("open"), &json!("the <b>nightly</b> job")]
    );
    assert_eq!(ask(&desk, &vera, &decision, "").await.status, 200, "the same");
    let list =
        |by: &Signed, query: &str| desk.ask("GET", &format!("{API}/access-requests{query}")).bearer(by).send_owned();
    assert_eq!(list(&max, "?state=open").await.body()["items"], json!([request.clone()]));
    assert_eq!(list(&vera, "?user=me").await.body()["total"], json!(1));
    assert_eq!(list(&max, "?user=me").await.body()["total"], json!(0));
    assert_eq!(list(&max, "?state=nonsense").await.brief(), "400 invalid_query");

    let id = &request["id"];
    assert_eq!(answer(&desk, &vera, id, "approve", json!({})).await.brief(), "403 forbidden", "one's own");
    let approved = answer(&desk, &max, id, "approve", json!({"until": "2026-11-20T13:00:00Z"})).await;
    assert_eq!(approved.status, 200, "{}", approved.text);
    let given = approved.body();
    assert_eq!((&given["state"], &given["answered_by"]), (&json!("approved"), &json!("max")));
    assert_eq!(given["grant"]["until"], json!("2026-11-20T13:00:00Z"));
    assert_eq!(answer(&desk, &max, id, "decline", json!({})).await.brief(), "409 already_answered");
    assert_eq!(list(&max, "?state=closed").await.body()["items"], json!([given]));
    assert_eq!(ask(&desk, &vera, &decision, "").await.brief(), "409 already_allowed");
    let admin = desk.sign_in("admin").await;
    let grants = desk.ask("GET", &format!("{API}/grants?user=vera&app=wiki")).bearer(&admin).send("").await.body();
    assert_eq!(grants["items"][0]["id"], given["grant"]["id"]);
}

#[tokio::test]
async fn what_cannot_be_asked_for_says_why() {
    let desk = TestDesk::new().await;
    let (max, vera) = (desk.sign_in("max").await, desk.sign_in("vera").await);
    let of_max = desk.refused("max", "admin", None).await;
    let denied = desk.refused_with("vera", json!({"lift": "0190a5b4-0000-7000-8000-000000000000"})).await;
    let untold = desk.refused_with("vera", json!("nothing")).await;
    let hers = desk.refused("vera", "operator", None).await;
    assert_eq!(ask(&desk, &vera, &of_max, "").await.brief(), "404 not_found");
    assert_eq!(ask(&desk, &max, &hers, "").await.brief(), "404 not_found", "who may read of it neither");
    assert_eq!(ask(&desk, &vera, &denied, "").await.brief(), "409 not_grantable");
    assert_eq!(ask(&desk, &vera, &untold, "").await.brief(), "409 not_grantable");
    let long = ask(&desk, &vera, &hers, &"x".repeat(1001)).await;
    assert_eq!((long.brief().as_str(), &long.body()["field"]), ("422 invalid_input", &json!("reason")));
    assert_eq!(ask(&desk, &vera, &hers, "\u{1b}[2J").await.brief(), "422 invalid_input");
    let widened = json!({"app": "wiki", "decision_id": hers, "role": "admin"});
    let widened = desk.ask("POST", &format!("{API}/access-requests")).page_of(&vera).json(&widened).await;
    assert_eq!(widened.brief(), "422 invalid_input", "nothing that is asked for can be said");
    for page in 0..10 {
        let decision = desk.refused("vera", "operator", Some(&format!("page:{page}"))).await;
        assert_eq!(ask(&desk, &vera, &decision, "").await.status, 201);
    }
    assert_eq!(ask(&desk, &vera, &hers, "").await.brief(), "409 too_many_open");
}

#[tokio::test]
async fn a_key_asks_for_nothing_and_answers_what_its_role_answers() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    let key = async |name: &str, role: &str| {
        let body = json!({"name": name, "role": role, "app": "wiki"});
        let made = desk.ask("POST", &format!("{API}/api-keys")).bearer(&admin).json(&body).await;
        made.body()["key"].as_str().unwrap().to_owned()
    };
    let (weak, strong) = (key("weak", "developer").await, key("strong", "manager").await);
    let decision = desk.refused("key:weak", "manager", None).await;
    let body = json!({"app": "wiki", "decision_id": decision});
    let asked = desk.ask("POST", &format!("{API}/access-requests")).header("doorward-key", &weak).json(&body).await;
    assert_eq!(asked.brief(), "403 session_required");
    let id = ask(&desk, &vera, &desk.refused("vera", "operator", None).await, "").await.body()["id"].clone();
    let approve = |key: &str| {
        let path = format!("{API}/access-requests/{}/approve", id.as_str().unwrap());
        desk.ask("POST", &path).header("doorward-key", key).json_owned(json!({}))
    };
    assert_eq!(approve(&weak).await.brief(), "404 not_found");
    assert_eq!(approve(&strong).await.body()["answered_by"], "key:strong");
}

#[tokio::test]
async fn an_answer_says_what_stands_in_its_way() {
    let desk = TestDesk::new().await;
    let (admin, max, vera) = (desk.sign_in("admin").await, desk.sign_in("max").await, desk.sign_in("vera").await);
    let asked = async |role: &str, thing| {
        let decision = desk.refused("vera", role, thing).await;
        ask(&desk, &vera, &decision, "").await.body()["id"].clone()
    };
    let (above, thing) = (asked("admin", None).await, asked("operator", Some("page:a")).await);
    let refused = answer(&desk, &max, &above, "approve", json!({})).await;
    assert_eq!((refused.brief().as_str(), &refused.body()["required_role"]), ("403 forbidden", &json!("admin")));
    for (body, field) in [
        (json!({"resource": "page:*"}), "resource"),
        (json!({"role": "developer"}), "role"),
        (json!({"role": "developer", "resource": "page:*"}), "role"),
        (json!({"resource": "nonsense"}), "resource"),
        (json!({"until": "2020-01-01T00:00:00Z"}), "until"),
        (json!({"user": "max"}), "user"),
    ] {
        let refused = answer(&desk, &max, &thing, "approve", body.clone()).await;
        assert_eq!(
            (refused.brief().as_str(), &refused.body()["field"]),
            ("422 invalid_input", &json!(field)),
            "{body}"
        );
    }
    desk.ask("PATCH", &format!("{API}/users/vera")).bearer(&admin).json(&json!({"is_disabled": true})).await;
    assert_eq!(answer(&desk, &max, &thing, "approve", json!({})).await.brief(), "409 not_grantable");
    desk.clock.advance(Duration::from_mins(15));
    assert_eq!(answer(&desk, &max, &thing, "approve", json!({})).await.brief(), "403 step_up_required");
    assert_eq!(answer(&desk, &max, &thing, "decline", json!({})).await.brief(), "403 step_up_required");
}
