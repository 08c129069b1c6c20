//! Two Doorwards on one database of a server: both start at once, and what one changes the other goes by within a second.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

use crate::harness::database::{Database, Server};
use crate::harness::socket::{Came, Socket};
use crate::harness::{Door, Person, PythonTool, eventually};

/// From when whoever changed something was told that it is done.
const PROMISE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// Two doors before one tool, on one database.
struct Pair {
    one: Door,
    other: Door,
    _tool: PythonTool,
    // Dropped when nobody is connected any more.
    _database: Database,
}

impl Pair {
    async fn on(server: Server) -> Self {
        let (tool, database) = (PythonTool::echo().await, Database::fresh(server));
        let app = format!("  tool: {{upstream: \"{}\", profile: generic}}", tool.url());
        let door = || Door::serving(&app).config(&database.setting()).start();
        let (one, other) = tokio::join!(door(), door());
        Self { one, other, _tool: tool, _database: database }
    }
}

/// How long it takes until somebody gets this status there.
async fn time_until(person: &Person, path: &str, status: StatusCode) -> Duration {
    let began = Instant::now();
    assert!(eventually(PATIENCE, || async { person.get(path).await.status() == status }).await, "never {status}");
    began.elapsed()
}

async fn within_a_second(what: &str, person: &Person, status: StatusCode) {
    let took = time_until(person, "/kept/page", status).await;
    println!("{what}: {} ms", took.as_millis());
    assert!(took < PROMISE, "{what}: only after {took:?}");
}

async fn what_one_changes_the_other_goes_by(server: Server) {
    let pair = Pair::on(server).await;
    let (admin, nothing) = (pair.one.admin().await, Value::Null);
    let made = admin.make_user("ada", "viewer").await;
    let ada = format!("users/{}", made["id"].as_str().expect("an id"));
    let there =
        || async { Person::sign_in(&pair.one, "ada", crate::harness::door::PASSWORD).await.before(&pair.other) };

    let person = there().await;
    within_a_second("a session that was opened", &person, StatusCode::OK).await;
    admin.api_done(Method::PATCH, &ada, &json!({"role": null})).await;
    within_a_second("a role that was taken", &person, StatusCode::FORBIDDEN).await;
    pair.one.cli(&["group", "add", "data"]).done();
    pair.one.cli(&["group", "add-member", "data", "--user", "ada"]).done();
    pair.one.cli(&["grant", "add", "--group", "data", "--role", "developer", "--app", "tool"]).done();
    within_a_second("a grant to a group", &person, StatusCode::OK).await;

    let mut socket = Socket::open(pair.other.port, &person, "chat", "").await;
    assert_eq!(socket.status(), 101);
    let began = Instant::now();
    admin.api_done(Method::PATCH, &ada, &json!({"is_disabled": true})).await;
    assert!(matches!(socket.next(PATIENCE).await, Came::Close(_) | Came::End), "an open socket is closed");
    assert!(began.elapsed() < PROMISE, "only after {:?}", began.elapsed());
    within_a_second("somebody disabled", &person, StatusCode::UNAUTHORIZED).await;

    admin.api_done(Method::PATCH, &ada, &json!({"is_disabled": false})).await;
    let person = there().await;
    within_a_second("somebody enabled", &person, StatusCode::OK).await;
    pair.one.cli(&["user", "end-sessions", "ada"]).done();
    within_a_second("sessions that were ended", &person, StatusCode::UNAUTHORIZED).await;

    let made = admin.api_done(Method::POST, "api-keys", &json!({"name": "ci", "role": "viewer"})).await;
    let (key, program) = (made["key"].as_str().expect("a key"), pair.other.stranger());
    let got =
        async || program.ask(Method::GET, "/kept/page").bearer_auth(key).send().await.expect("an answer").status();
    assert_eq!(got().await, StatusCode::OK, "a key that was made");
    let began = Instant::now();
    admin
        .api_done(Method::DELETE, &format!("api-keys/{}", made["api_key"]["id"].as_str().expect("an id")), &nothing)
        .await;
    assert!(eventually(PATIENCE, || async { got().await == StatusCode::UNAUTHORIZED }).await, "a revoked key opens");
    assert!(began.elapsed() < PROMISE, "only after {:?}", began.elapsed());

    // What both have written down is one log.
    for door in [&pair.one, &pair.other] {
        door.cli(&["audit", "verify"]).done();
    }
    let signed_in = pair.other.audit().iter().filter(|event| event["action"] == "sign_in").count();
    assert_eq!(signed_in, 3, "the administrator once, ada twice");
    assert_eq!(
        pair.one.audit().iter().filter(|event| event["action"] == "setup").count(),
        1,
        "of two that start at once"
    );
}

#[tokio::test]
async fn two_doorwards_on_postgres_are_one() {
    what_one_changes_the_other_goes_by(Server::Postgres).await;
}

#[tokio::test]
async fn two_doorwards_on_mariadb_are_one() {
    what_one_changes_the_other_goes_by(Server::MariaDb).await;
}
