//! `sessions/…` and `users/{id}/sessions`.

use serde_json::json;

use crate::support::{API, TestDesk};

#[tokio::test]
async fn everybody_sees_and_ends_their_own() {
    let desk = TestDesk::new().await;
    let (here, there) = (desk.sign_in("vera").await, desk.sign_in("vera").await);
    desk.sign_in("max").await;
    for path in ["sessions?user=me", "sessions?user=vera", "users/me/sessions", "users/vera/sessions"] {
        let mine = desk.ask("GET", &format!("{API}/{path}")).bearer(&here).send("").await.body();
        assert_eq!(mine["total"], 2, "{path}: {mine}");
        assert!(mine["items"].as_array().unwrap().iter().all(|session| session["user"]["username"] == "vera"));
    }
    let mine = desk.ask("GET", &format!("{API}/sessions?user=me")).bearer(&here).send("").await.body();
    let other = mine["items"].as_array().unwrap().iter().find(|session| session["is_current"] == json!(false)).unwrap();
    let path = format!("{API}/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(desk.ask("DELETE", &path).page_of(&here).send("").await.status, 204);
    assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).bearer(&there).send("").await.status, 401);
    assert_eq!(
        desk.ask("DELETE", &path).page_of(&here).send("").await.brief(),
        "404 not_found",
        "it has ended already"
    );
}

#[tokio::test]
async fn somebody_elses_session_does_not_exist() {
    let desk = TestDesk::new().await;
    let (vera, max) = (desk.sign_in("vera").await, desk.sign_in("max").await);
    let me = desk.ask("GET", &format!("{API}/auth/me")).bearer(&max).send("").await.body();
    let his = me["session"]["id"].as_str().unwrap();
    let answer = desk.ask("DELETE", &format!("{API}/sessions/{his}")).bearer(&vera).send("").await;
    let nobodys = desk
        .ask("DELETE", &format!("{API}/sessions/0190a5b4-0000-7000-8000-000000000000"))
        .bearer(&vera)
        .send("")
        .await;
    assert_eq!((answer.brief(), answer.body()["detail"].clone()), (nobodys.brief(), nobodys.body()["detail"].clone()));
    assert_eq!(answer.brief(), "404 not_found");
    assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).bearer(&max).send("").await.status, 200);
}

#[tokio::test]
async fn an_administrator_ends_all_sessions_of_a_user() {
    let desk = TestDesk::new().await;
    let (admin, one, two) = (desk.sign_in("admin").await, desk.sign_in("vera").await, desk.sign_in("vera").await);
    let everybodys = desk.ask("GET", &format!("{API}/sessions")).bearer(&admin).send("").await.body();
    assert_eq!(everybodys["total"], 3);
    let ended = desk.ask("DELETE", &format!("{API}/users/vera/sessions")).bearer(&admin).send("").await;
    assert_eq!(ended.body(), json!({"ended": 2}));
    for gone in [one, two] {
        assert_eq!(desk.ask("GET", &format!("{API}/auth/me")).cookie(&gone).send("").await.status, 401);
    }
}

#[tokio::test]
async fn a_session_tells_what_holds_it_and_how_its_user_showed_who_they_are() {
    let desk = TestDesk::new().await;
    desk.add("ada", doorward_domain::Role::Viewer).await;
    let typed = json!({"username": "ada", "password": crate::support::PASSWORD});
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
    for (origin, agent, told) in [
        (None, "curl/8.14.1", json!({"kind": "program", "factors": ["password"], "device": "curl/8.14.1"})),
        (
            Some("http://door.test"),
            agent,
            json!({"kind": "browser", "factors": ["password"], "device": "Firefox on Linux"}),
        ),
    ] {
        let asking = desk.ask("POST", &format!("{API}/auth/login")).header("user-agent", agent);
        let asking = match origin {
            Some(origin) => asking.header("origin", origin).header("sec-fetch-site", "same-origin"),
            None => asking,
        };
        let opened = asking.json(&typed).await.body();
        let bearer = format!("Bearer {}", opened["token"].as_str().unwrap());
        let me = desk.ask("GET", &format!("{API}/auth/me")).header("authorization", bearer).send("").await.body();
        let session = &me["session"];
        assert_eq!(json!({"kind": session["kind"], "factors": session["factors"], "device": session["device"]}), told);
    }
}
