//! A group of ten thousand: what is changed about it costs what it costs for a few, and ends nothing that goes on as before.

use reqwest::StatusCode;
use serde_json::json;
use std::time::{Duration, Instant};

use crate::harness::socket::{Came, Socket};
use crate::harness::{Door, Person, PythonTool, eventually};

/// From when the command that changes it has said so.
const PROMISE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// Ten thousand people more, all of them in the only group.
const FILL: &str = "BEGIN;
CREATE TEMP TABLE people AS
  WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10000) SELECT n, randomblob(16) AS id FROM c;
INSERT INTO users
  SELECT p.id, 'member-' || n, NULL, NULL, '', 'member-' || n, NULL, 0, u.created_at, u.updated_at, 0
  FROM people p, (SELECT * FROM users LIMIT 1) u;
INSERT INTO group_members SELECT g.id, 'user', p.id, g.created_at FROM people p, groups g;
COMMIT;";

const RULES: &str = "profile: generic, rules: [{match: \"GET /kept/page\", action: manage}]";

fn changes_told(door: &Door) -> u64 {
    door.sql("SELECT count(*) FROM changes").trim().parse().unwrap()
}

/// How long it takes until somebody gets this status there.
async fn time_until(person: &Person, path: &str, status: StatusCode) -> Duration {
    let began = Instant::now();
    assert!(eventually(PATIENCE, || async { person.get(path).await.status() == status }).await, "never {status}");
    began.elapsed()
}

async fn echoes(socket: &mut Socket) -> bool {
    let message = json!({"still": "there"});
    socket.send(&message).await;
    socket.next(PATIENCE).await == Came::Text(message)
}

#[tokio::test]
async fn a_change_in_a_group_of_ten_thousand_is_told_of_once_and_closes_only_what_it_forbids() {
    let tool = PythonTool::echo().await;
    let app = format!("  tool: {{upstream: \"{}\", {RULES}}}", tool.url());
    let door = Door::serving(&app).start().await;
    let (ada, bob) = (door.user("ada", "viewer").await, door.user("bob", "developer").await);
    door.cli(&["group", "add", "everybody"]).done();
    door.sql(FILL);
    door.cli(&["group", "add-member", "everybody", "--user", "ada"]).done();
    door.cli(&["grant", "add", "--group", "everybody", "--role", "developer", "--app", "tool"]).done();
    assert_eq!(door.sql("SELECT count(*) FROM group_members").trim(), "10001");
    time_until(&ada, "/kept/page", StatusCode::FORBIDDEN).await;

    // What only a developer opens: ada by the group, bob without.
    let mut open = Vec::new();
    for person in [&ada, &bob] {
        let opened = || async { Socket::open(door.port, person, "chat", "").await.status() == 101 };
        assert!(eventually(PATIENCE, opened).await);
        let mut socket = Socket::open(door.port, person, "chat", "").await;
        assert!(echoes(&mut socket).await);
        open.push(socket);
    }

    let before = changes_told(&door);
    door.cli(&["grant", "add", "--group", "everybody", "--role", "manager", "--app", "tool"]).done();
    let within = time_until(&ada, "/kept/page", StatusCode::OK).await;
    assert!(within < PROMISE, "in effect only after {within:?}");
    assert_eq!(changes_told(&door), before + 1, "one row, however many members");
    for socket in &mut open {
        assert!(echoes(socket).await, "what is still allowed goes on");
    }

    door.cli(&["grant", "add", "--group", "everybody", "--deny", "--app", "tool"]).done();
    let within = time_until(&ada, "/kept/page", StatusCode::FORBIDDEN).await;
    assert!(within < PROMISE, "in effect only after {within:?}");
    assert_eq!(changes_told(&door), before + 2);
    assert!(matches!(open[0].next(PATIENCE).await, Came::Close(_) | Came::End), "what is forbidden is closed");
    assert!(echoes(&mut open[1]).await, "and nothing else");
    for person in [&ada, &bob] {
        assert_eq!(person.get("/_doorward/api/v1/auth/me").await.status(), StatusCode::OK, "still signed in");
    }
}
