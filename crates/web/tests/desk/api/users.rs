//! `users/…`.

use serde_json::json;

use crate::support::{API, PASSWORD, TestDesk};

#[tokio::test]
async fn a_user_is_made_found_by_id_and_name_changed_and_deleted() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let ask = |method: &str, path: &str| desk.ask(method, &format!("{API}/users{path}")).bearer(&admin);
    let made = ask("POST", "")
        .json(&json!({"username": "Ada", "fullName": "Ada Lovelace", "role": "launcher", "password": PASSWORD}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.body()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("{API}/users/{id}"));
    let by_name = ask("GET", "/ADA").send("").await.body();
    assert_eq!(by_name, ask("GET", &format!("/{id}")).send("").await.body());
    assert_eq!(
        (&by_name["username"], &by_name["role"], &by_name["full_name"]),
        (&json!("ada"), &json!("operator"), &json!("Ada Lovelace"))
    );
    for (method, change, field, now) in [
        ("PATCH", json!({"role": "manager"}), "role", json!("manager")),
        ("PUT", json!({"email": "ada@example.com"}), "email", json!("ada@example.com")),
        ("PATCH", json!({"isDisabled": true}), "is_disabled", json!(true)),
        ("PATCH", json!({"role": null}), "role", json!(null)),
        ("PATCH", json!({"email": null}), "email", json!(null)),
    ] {
        let changed = ask(method, "/ada").json(&change).await;
        assert_eq!(changed.body()[field], now, "{method} {change}: {}", changed.text);
        assert_eq!(changed.body()["full_name"], "Ada Lovelace", "what is absent stays");
    }
    assert_eq!(ask("DELETE", "/ada").send("").await.status, 204);
    assert_eq!(ask("GET", "/ada").send("").await.brief(), "404 not_found");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let first = desk.ask("GET", &format!("{API}/users?limit=2")).bearer(&admin).send("").await.body();
    assert_eq!((first["items"].as_array().unwrap().len(), &first["total"]), (2, &json!(3)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = desk.ask("GET", &format!("{API}/users?limit=2&cursor={cursor}")).bearer(&admin).send("").await.body();
    assert_eq!((&second["items"][0]["username"], &second["next_cursor"]), (&json!("vera"), &json!(null)));
    let managers =
        desk.ask("GET", &format!("{API}/users?role=manager&is_disabled=false")).bearer(&admin).send("").await.body();
    assert_eq!((&managers["total"], &managers["items"][0]["username"]), (&json!(1), &json!("max")));
}

#[tokio::test]
async fn what_cannot_be_used_is_named() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    for (body, expected, field) in [
        (json!({"username": "vera"}), "409 conflict", "username"),
        (json!({"username": "no such name!"}), "422 invalid_input", "username"),
        (json!({"username": "System"}), "422 invalid_input", "username"),
        (json!({"username": " ME"}), "422 invalid_input", "username"),
        (json!({"username": "nobody"}), "422 invalid_input", "username"),
        (json!({"username": "\u{ff4d}\u{ff45}"}), "422 invalid_input", "username"),
        (json!({"username": "new", "email": "nonsense"}), "422 invalid_input", "email"),
        (json!({"username": "new", "password": "short"}), "422 invalid_input", "password"),
        (json!({"username": "new", "full_name": "x".repeat(201)}), "422 invalid_input", "full_name"),
    ] {
        let answer = desk.ask("POST", &format!("{API}/users")).bearer(&admin).json(&body).await;
        assert_eq!((answer.brief().as_str(), &answer.body()["field"]), (expected, &json!(field)), "{body}");
    }
    let unknown_role = desk
        .ask("POST", &format!("{API}/users"))
        .bearer(&admin)
        .json(&json!({"username": "new", "role": "root"}))
        .await;
    assert_eq!(unknown_role.brief(), "422 invalid_input");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let ask = |method: &str| desk.ask(method, &format!("{API}/users/admin")).bearer(&admin);
    for change in [json!({"role": "viewer"}), json!({"role": null}), json!({"is_disabled": true})] {
        assert_eq!(ask("PATCH").json(&change).await.brief(), "409 last_admin", "{change}");
    }
    assert_eq!(ask("DELETE").send("").await.brief(), "409 last_admin");
}

#[tokio::test]
async fn a_demoted_or_disabled_user_feels_it_at_the_next_request() {
    let desk = TestDesk::new().await;
    let (admin, max) = (desk.sign_in("admin").await, desk.sign_in("max").await);
    let audit = || desk.ask("GET", &format!("{API}/audit")).bearer(&max).send("");
    let change = |change| desk.ask("PATCH", &format!("{API}/users/max")).bearer(&admin).json_owned(change);
    assert_eq!(audit().await.status, 200);
    change(json!({"role": "viewer"})).await;
    assert_eq!(audit().await.brief(), "403 forbidden");
    change(json!({"is_disabled": true})).await;
    assert_eq!(audit().await.brief(), "401 sign_in_required");
}

#[tokio::test]
async fn a_password_set_by_an_administrator_ends_all_sessions_and_works() {
    let desk = TestDesk::new().await;
    let (admin, vera) = (desk.sign_in("admin").await, desk.sign_in("vera").await);
    let set = desk
        .ask("PUT", &format!("{API}/users/vera/password"))
        .bearer(&admin)
        .json(&json!({"password": "another quiet lamp"}))
        .await;
    assert_eq!(set.status, 204, "{}", set.text);
    assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).cookie(&vera).send("").await.status, 401);
    let typed = json!({"username": "vera", "password": "another quiet lamp"});
    assert_eq!(desk.ask("POST", &format!("{API}/auth/login")).json(&typed).await.status, 200);
}

#[tokio::test]
async fn a_name_that_looks_like_an_id_does_not_take_that_users_place() {
    let desk = TestDesk::new().await;
    let admin = desk.sign_in("admin").await;
    let vera = desk.ask("GET", &format!("{API}/users/vera")).bearer(&admin).send("").await.body();
    let id = vera["id"].as_str().unwrap();
    let made = desk.ask("POST", &format!("{API}/users")).bearer(&admin).json(&json!({"username": id})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let found = desk.ask("GET", &format!("{API}/users/{id}")).bearer(&admin).send("").await.body();
    assert_eq!(found["username"], "vera");
}
