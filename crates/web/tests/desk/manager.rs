//! Whoever manages one of several apps: reads what happened there, answers requests for it, and nothing else. Every endpoint is tried.

use doorward_domain::{AccessRequest, Role};
use doorward_service::ports::Clock as _;
use doorward_service::ports::Effects;
use doorward_testkit::{Untold as _, access_request, audit_event, user};
use serde_json::{Value, json};

use crate::access::{endpoints, filled};
use crate::support::{API, Answer, Signed, TestDesk};

/// What only the other app's events and requests hold.
const OTHERS: [&str; 2] = ["ada-who-asks", "page-of-the-wiki"];

/// With `mona`, who manages `etl` and holds nothing on the wiki; an event of each.
async fn desk_with_mona() -> (TestDesk, Signed) {
    let desk = TestDesk::with_etl().await;
    desk.add_with("mona", None).await;
    let admin = desk.sign_in("admin").await;
    let given = json!({"user": "mona", "role": "manager", "app": "etl"});
    assert_eq!(desk.ask("POST", &format!("{API}/grants")).bearer(&admin).json(&given).await.status, 201);
    for (app, target) in [("wiki", "page-of-the-wiki"), ("etl", "page-of-etl")] {
        let event = audit_event("request").by("vera").in_app(app).target(target).at(desk.clock.now()).build();
        desk.services.audit.record(event).await.unwrap();
    }
    desk.services.audit.flush().await;
    let mona = desk.sign_in("mona").await;
    (desk, mona)
}

/// Somebody asks for a role on `etl`.
async fn asked_for_etl(desk: &TestDesk, name: &str) -> AccessRequest {
    let who = user(name).build();
    let request = access_request(&who, name, Role::Operator).on("etl").build();
    desk.stores.users.create(&who, None, Effects::of(&audit_event("test").build())).await.untold().unwrap();
    desk.stores.access.ask(&request, 10, Effects::of(&audit_event("test").build())).await.unwrap();
    request
}

fn hides_the_other_app(answer: &Answer) -> bool {
    !OTHERS.iter().any(|secret| answer.text.contains(secret))
}

#[tokio::test]
async fn no_endpoint_shows_them_anything_else_or_lets_them_change_it() {
    let (desk, mona) = desk_with_mona().await;
    let admin = desk.sign_in("admin").await;
    let before = desk.asked_for_access().await;
    for endpoint in endpoints() {
        let path = filled(&desk, &admin, &endpoint.path).await;
        let expected: &[&str] = match endpoint.required.as_deref() {
            // Their own, and open to everybody.
            None | Some("signed-in") if endpoint.method != "GET" => continue,
            None | Some("signed-in") => &["200"],
            Some("answer") => &["404 not_found"],
            Some("admin" | "manage") => &["403 forbidden"],
            Some("own") => &["403 forbidden", "404 not_found"],
            Some(other) => panic!("{} demands {other}, which nobody tests", endpoint.name()),
        };
        let body = match endpoint.path.rsplit('/').next() {
            Some("explain") => json!({"as": "admin", "method": "GET", "path": "/wiki/"}),
            Some("api-keys") => json!({"name": "more", "role": "viewer"}),
            _ => json!({}),
        };
        let ask = || desk.ask(&endpoint.method, &path);
        for asking in [ask().bearer(&mona), ask().page_of(&mona)] {
            let answer = asking.json(&body).await;
            assert!(
                expected.contains(&answer.brief().as_str()),
                "{}: {} {}",
                endpoint.name(),
                answer.brief(),
                answer.text
            );
            assert!(hides_the_other_app(&answer), "{}: {}", endpoint.name(), answer.text);
        }
    }
    for query in ["audit", "audit?app=wiki", "audit?action=request", "audit?app=etl,wiki", "audit?app=nowhere"] {
        let answer = desk.ask("GET", &format!("{API}/{query}")).bearer(&mona).send("").await;
        assert_ne!(answer.status, 200, "{query}: {}", answer.text);
        assert!(hides_the_other_app(&answer), "{query}: {}", answer.text);
    }
    let request = desk.ask("GET", &format!("{API}/access-requests/{before}")).bearer(&admin).send("").await.body();
    assert_eq!(request["state"], "open", "nobody has answered it");
}

#[tokio::test]
async fn they_read_the_log_of_their_app_and_answer_requests_for_it() {
    let (desk, mona) = desk_with_mona().await;
    desk.asked_for_access().await;
    let get = async |path: &str| desk.ask("GET", &format!("{API}/{path}")).bearer(&mona).send("").await;
    let log = get("audit?app=etl").await;
    assert!(log.status == 200 && hides_the_other_app(&log), "{}", log.text);
    let events = log.body()["items"].as_array().unwrap().clone();
    assert!(events.iter().all(|event| event["app"] == "etl"), "{events:?}");
    let own = events.iter().find(|event| event["target"] == "page-of-etl").unwrap();
    assert_eq!(get(&format!("audit/{}", own["id"].as_str().unwrap())).await.status, 200);
    let admin = desk.sign_in("admin").await;
    let of_wiki = desk.ask("GET", &format!("{API}/audit?app=wiki")).bearer(&admin).send("").await.body();
    let others = of_wiki["items"][0]["id"].as_str().unwrap();
    for id in [others, "019ad000-0000-7000-8000-000000000000", "1", "999999"] {
        assert_eq!(get(&format!("audit/{id}")).await.brief(), "403 forbidden", "{id}: there or not");
    }

    let (first, second) = (asked_for_etl(&desk, "eve").await, asked_for_etl(&desk, "ron").await);
    let listed = get("access-requests").await;
    assert!(hides_the_other_app(&listed), "{}", listed.text);
    let ids: Vec<Value> = listed.body()["items"].as_array().unwrap().iter().map(|own| own["id"].clone()).collect();
    assert_eq!(ids.len(), 2, "{}", listed.text);
    for (request, verb, state) in [(&first, "approve", "approved"), (&second, "decline", "declined")] {
        assert_eq!(get(&format!("access-requests/{}", request.id)).await.status, 200);
        let path = format!("{API}/access-requests/{}/{verb}", request.id);
        let answer = desk.ask("POST", &path).page_of(&mona).json(&json!({})).await;
        assert_eq!(answer.body()["state"], state, "{}", answer.text);
    }
}
