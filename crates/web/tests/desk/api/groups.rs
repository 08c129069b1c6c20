//! `groups/…`.

use doorward_domain::GroupSource;
use doorward_service::ports::Effects;
use doorward_testkit::{Untold as _, audit_event, group};
use serde_json::{Value, json};

use crate::support::{API, Answer, Signed, TestDesk};

async fn post(desk: &TestDesk, admin: &Signed, path: &str, body: Value) -> Answer {
    desk.ask("POST", &format!("{API}/{path}")).bearer(admin).json_owned(body).await
}

async fn delete(desk: &TestDesk, admin: &Signed, path: &str) -> u16 {
    desk.ask("DELETE", &format!("{API}/{path}")).bearer(admin).send("").await.status.into()
}

#[tokio::test]
async fn a_group_is_made_filled_given_something_and_deleted() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    let me = || async { desk.ask("GET", &format!("{API}/auth/me")).bearer(&vera).send("").await.body() };
    let made = post(&desk, &admin, "groups", json!({"name": "data", "description": "who looks after data"})).await;
    assert_eq!((u16::from(made.status), &made.body()["source"]), (201, &json!("local")), "{}", made.text);
    assert_eq!(post(&desk, &admin, "groups", json!({"name": "DATA"})).await.brief(), "409 conflict");
    assert_eq!(post(&desk, &admin, "groups", json!({"name": "all"})).await.status, 201);
    assert_eq!(post(&desk, &admin, "groups/all/members", json!({"group": "data"})).await.status, 201);
    assert_eq!(post(&desk, &admin, "groups/data/members", json!({"user": "vera"})).await.status, 201);
    assert_eq!(post(&desk, &admin, "groups/data/members", json!({"user": "vera"})).await.status, 204, "already");
    assert_eq!(post(&desk, &admin, "groups/data/members", json!({"group": "all"})).await.brief(), "409 cycle");
    let granted = post(&desk, &admin, "grants", json!({"group": "all", "role": "operator", "app": "wiki"})).await;
    assert_eq!(granted.body()["group"], "all", "{}", granted.text);
    assert_eq!((&me().await["roles"]["wiki"], &me().await["groups"]), (&json!("operator"), &json!(["all", "data"])));

    let members = desk.ask("GET", &format!("{API}/groups/data/members")).bearer(&admin).send("").await.body();
    let member = &members["items"][0];
    assert_eq!((&members["total"], &member["kind"], &member["name"]), (&json!(1), &json!("user"), &json!("vera")));
    let of_vera = desk.ask("GET", &format!("{API}/groups?user=vera")).bearer(&admin).send("").await.body();
    assert_eq!((&of_vera["total"], &of_vera["items"][0]["name"]), (&json!(1), &json!("data")));
    let path = format!("groups/data/members/{}", member["id"].as_str().unwrap());
    assert_eq!([delete(&desk, &admin, &path).await, delete(&desk, &admin, &path).await], [204, 404]);
    assert_eq!(me().await["roles"]["wiki"], "viewer");
    let renamed =
        desk.ask("PATCH", &format!("{API}/groups/all")).bearer(&admin).json_owned(json!({"name": "every"})).await;
    assert_eq!(renamed.body()["name"], "every");
    assert_eq!([delete(&desk, &admin, "groups/every").await, delete(&desk, &admin, "groups/every").await], [204, 404]);
    let grants = desk.ask("GET", &format!("{API}/grants?app=wiki")).bearer(&admin).send("").await.body();
    assert_eq!(grants["total"], 0, "what a group was given goes with it");
}

#[tokio::test]
async fn what_cannot_be_done_with_a_group_is_named() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    assert_eq!(post(&desk, &admin, "groups", json!({"name": "data"})).await.status, 201);
    for (path, body, field) in [
        ("groups", json!({"name": "a group"}), "name"),
        ("groups", json!({"name": "x", "description": "a\u{7}b"}), "description"),
        ("groups/data/members", json!({"user": "nobody-here"}), "user"),
        ("groups/data/members", json!({"group": "nowhere"}), "group"),
        ("groups/data/members", json!({}), "user"),
        ("groups/data/members", json!({"user": "vera", "group": "data"}), "user"),
        ("grants", json!({"user": "vera", "group": "data", "role": "viewer"}), "user"),
        ("grants", json!({"group": "nowhere", "role": "viewer"}), "group"),
        ("grants", json!({"group": "data"}), "role"),
        ("grants", json!({"group": "data", "role": "viewer", "deny": true}), "role"),
        ("grants", json!({"group": "data", "role": "viewer", "resource": "job:x"}), "app"),
        ("grants", json!({"group": "data", "role": "viewer", "app": "wiki", "resource": "job"}), "resource"),
    ] {
        let answer = post(&desk, &admin, path, body.clone()).await;
        assert_eq!(
            (answer.brief().as_str(), &answer.body()["field"]),
            ("422 invalid_input", &json!(field)),
            "{path} {body}"
        );
    }
    assert_eq!(
        desk.ask("GET", &format!("{API}/groups/nowhere")).bearer(&admin).send("").await.brief(),
        "404 not_found"
    );
}

#[tokio::test]
async fn a_group_that_a_directory_keeps_is_refused_by_a_code_of_its_own() {
    let desk = TestDesk::new().await;
    let (admin, kept) = (desk.sign_in("admin").await, group("corp").of(GroupSource::Ldap).build());
    desk.stores.groups.create(&kept, Effects::of(&audit_event("test").build())).await.untold().unwrap();
    let ask = |method, path: &str| desk.ask(method, &format!("{API}/groups/corp{path}")).bearer(&admin);
    assert_eq!(ask("GET", "").send("").await.body()["source"], "ldap");
    let vera = desk.ask("GET", &format!("{API}/users/vera")).bearer(&admin).send("").await.body();
    let vera = vera["id"].as_str().unwrap().to_owned();
    for refused in [
        ask("PATCH", "").json_owned(json!({"description": "ours"})).await,
        ask("POST", "/members").json_owned(json!({"user": "vera"})).await,
        ask("DELETE", &format!("/members/{vera}")).send("").await,
        ask("DELETE", "").send("").await,
    ] {
        assert_eq!(refused.brief(), "409 managed_elsewhere", "{}", refused.text);
        assert!(refused.body()["detail"].as_str().unwrap().contains("corp"), "{}", refused.text);
    }
    assert_eq!(post(&desk, &admin, "grants", json!({"group": "corp", "role": "viewer"})).await.status, 201);
}
