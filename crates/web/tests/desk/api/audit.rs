//! `audit` and `audit/verify`.

use serde_json::json;

use crate::support::{API, TestDesk};

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
async fn made_up_methods_neither_flood_the_log_nor_hide_who_else_was_refused() {
    let desk = TestDesk::new().await;
    let (max, vera) = (desk.sign_in("max").await, desk.sign_in("vera").await);
    desk.add("otto", doorward_domain::Role::Operator).await;
    let otto = desk.sign_in("otto").await;
    for n in 0..600 {
        let made_up =
            desk.ask(&format!("M{n}"), "/_doorward/account").cookie(&vera).header("origin", "http://evil.test");
        assert_eq!(made_up.send("").await.status, 403);
    }
    let refused = desk.ask("DELETE", "/_doorward/api/v1/users/vera").bearer(&otto).send("").await;
    let of = async |actor: &str| {
        desk.ask("GET", &format!("{API}/audit?outcome=denied&actor={actor}")).bearer(&max).send("").await.body()
    };
    // The desk's clock stands still, so all of it is within one second.
    assert_eq!(of("vera").await["total"], 1);
    let own = of("otto").await;
    assert_eq!(own["items"][0]["decision_id"], refused.body()["decision_id"], "{own}");
    assert_eq!(own["items"][0]["target"], "DELETE /_doorward/api/v1/users/vera");
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
async fn events_and_grants_of_an_app_that_never_was_are_refused_with_the_list() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    for wrong in
        ["audit?app=wikki", "audit?app=wikki&limit=5&sort=at", "grants?app=wikki", "grants?app=wikki&user=vera"]
    {
        let answer = desk.ask("GET", &format!("{API}/{wrong}")).bearer(&admin).send("").await;
        assert_eq!((answer.brief().as_str(), &answer.body()["field"]), ("422 invalid_input", &json!("app")), "{wrong}");
        let told = "there is no app `wikki`; did you mean `wiki`? (apps: wiki)";
        assert!(answer.text.contains(told), "{wrong}: {}", answer.text);
        let right = wrong.replace("wikki", "wiki");
        assert_eq!(desk.ask("GET", &format!("{API}/{right}")).bearer(&admin).send("").await.status, 200, "{right}");
    }
    for name in ["vera", "max"] {
        let signed = desk.sign_in(name).await;
        let answer = desk.ask("GET", &format!("{API}/grants?app=wikki")).bearer(&signed).send("").await;
        assert_eq!(answer.brief(), "403 forbidden", "{name} is told of no apps");
    }
}

#[tokio::test]
async fn an_event_is_shown_in_full_by_number_id_or_decision() {
    let desk = TestDesk::new().await;
    let (max, vera) = (desk.sign_in("max").await, desk.sign_in("vera").await);
    let refused = desk.ask("GET", &format!("{API}/users")).bearer(&vera).send("").await;
    let decision = refused.body()["decision_id"].as_str().unwrap().to_owned();
    let show = async |wanted: &str| desk.ask("GET", &format!("{API}/audit/{wanted}")).bearer(&max).send("").await;
    let event = show(&decision).await.body();
    assert_eq!((&event["actor"], &event["decision_id"]), (&json!("vera"), &json!(decision)));
    assert_eq!((&event["entries"][0]["entry"], &event["entries"][0]["seq"]), (&json!("event"), &event["seq"]));
    assert_eq!(show(event["id"].as_str().unwrap()).await.body(), event);
    assert_eq!(show(&event["seq"].to_string()).await.body(), event);
    for wrong in ["4711", "nothing", "01a1f8d3-ea00-7000-8000-000000000000"] {
        assert_eq!(show(wrong).await.brief(), "404 not_found", "{wrong}");
    }
    let listed = desk.ask("GET", &format!("{API}/audit?action=sign_in&actor=vera")).bearer(&max).send("").await.body();
    assert_eq!(listed["items"][0]["summary"], "Signing in");
}

#[tokio::test]
async fn the_chain_can_be_followed() {
    let desk = TestDesk::new().await;
    let max = desk.sign_in("max").await;
    let found = desk.ask("GET", &format!("{API}/audit/verify")).bearer(&max).send("").await.body();
    assert_eq!((&found["intact"], &found["faults"]), (&json!(true), &json!([])));
    assert!(found["entries"].as_u64().unwrap() >= 4, "{found}");
}

#[tokio::test]
async fn whoever_manages_an_app_reads_what_happened_there_and_nothing_else() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    let body = json!({"user": "vera", "role": "manager", "app": "wiki"});
    assert_eq!(desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&body).await.status, 201);
    let read = |query: &'static str| desk.ask("GET", &format!("{API}/audit{query}")).bearer(&vera).send("");
    let of_wiki = read("?app=wiki").await.body();
    let apps: Vec<_> = of_wiki["items"].as_array().unwrap().iter().map(|event| event["app"].clone()).collect();
    assert_eq!(apps, ["wiki"], "the grant itself");
    for query in ["", "?app=other", "?actor=vera"] {
        assert_eq!(read(query).await.brief(), "403 forbidden", "{query}");
    }
}
