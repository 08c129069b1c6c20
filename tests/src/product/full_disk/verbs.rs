//! Not only what is forwarded: what people ask of the desk while nothing can be written is kept when it was acknowledged, and leaves nothing
//! when it was refused. (That this holds for whatever is ever written is the store's own to show.)

use reqwest::Method;
use serde_json::json;
use std::collections::HashSet;
use std::process::Command;
use std::time::Duration;

use super::{LockHolder, Orders, limit_files, until_back, until_refused};
use crate::harness::disk::Disk;
use crate::harness::door::{ADMIN, PASSWORD, credentials};
use crate::harness::{Door, Echo, Person, cli};

/// What is asked, and how another process finds what became of it.
const VERBS: &[(&str, &str)] = &[
    ("make a user", "SELECT username FROM users"),
    ("rename a user", "SELECT full_name FROM users"),
    ("disable a user", "SELECT username FROM users WHERE is_disabled"),
    ("give a role", "SELECT username FROM grants JOIN users ON users.id = grants.subject_id WHERE grants.app = 'tool'"),
    ("make a group", "SELECT name FROM groups"),
    ("make a key", "SELECT name FROM api_keys"),
    ("sign in", "SELECT user_agent FROM sessions"),
];

/// So many times each is asked.
const ROUNDS: usize = 4;

/// A door, and what was asked of it.
struct Trial {
    door: Door,
    admin: Person,
    /// The people that something is done to, one for each round.
    ids: Vec<String>,
    /// Verb, what it leaves, and whether it was acknowledged.
    asked: Vec<(usize, String, bool)>,
}

impl Trial {
    async fn of(door: Door) -> Self {
        let admin = door.admin().await;
        let mut ids = Vec::new();
        for round in 0..ROUNDS {
            let body = json!({"username": format!("target-{round}"), "role": "viewer"});
            let made = admin.api_done(Method::POST, "users", &body).await;
            ids.push(made["id"].as_str().expect("an id").to_owned());
        }
        Self { door, admin, ids, asked: Vec::new() }
    }

    /// Asks it: what it leaves, and whether it was acknowledged.
    async fn ask(&self, verb: &str, round: usize) -> (String, bool) {
        let (name, target, id) = (format!("round-{round}"), format!("target-{round}"), &self.ids[round]);
        let (method, path, body, leaves) = match verb {
            "make a user" => (Method::POST, "users".to_owned(), json!({"username": name, "role": "viewer"}), name),
            "rename a user" => (Method::PATCH, format!("users/{id}"), json!({"full_name": name}), name),
            "disable a user" => (Method::PATCH, format!("users/{id}"), json!({"is_disabled": true}), target),
            "give a role" => {
                let body = json!({"user": target, "role": "operator", "app": "tool"});
                (Method::POST, "grants".to_owned(), body, target)
            }
            "make a group" => (Method::POST, "groups".to_owned(), json!({"name": name}), name),
            "make a key" => (Method::POST, "api-keys".to_owned(), json!({"name": name, "role": "viewer"}), name),
            "sign in" => return (name.clone(), self.sign_in(&name).await),
            unknown => panic!("how is `{unknown}` asked?"),
        };
        let status = self.admin.api(method, &path, &body).await.status();
        assert!(status.is_success() || status.is_server_error(), "{verb}: {status}");
        (leaves, status.is_success())
    }

    async fn sign_in(&self, browser: &str) -> bool {
        let request = self.door.stranger().ask(Method::POST, "/_doorward/api/v1/auth/login");
        let request = request.header("User-Agent", browser).json(&credentials(ADMIN, PASSWORD));
        let status = request.send().await.expect("an answer").status();
        assert!(status == 200 || status.is_server_error(), "signing in: {status}");
        status == 200
    }

    /// Asks all of it at once; how much was acknowledged.
    async fn round(&mut self, round: usize) -> usize {
        let all = VERBS.iter().map(|(verb, _)| self.ask(verb, round));
        let all = futures_util::future::join_all(all).await;
        let acknowledged = all.iter().filter(|(_, is_acknowledged)| *is_acknowledged).count();
        self.asked.extend(all.into_iter().enumerate().map(|(verb, (leaves, is))| (verb, leaves, is)));
        acknowledged
    }

    async fn works(&mut self, round: usize) {
        assert_eq!(
            self.round(round).await,
            VERBS.len(),
            "round {round}: {:?}:\n{}",
            self.asked,
            self.door.process.output()
        );
    }

    /// Kills the door, and compares with what another process finds on the disk.
    async fn compare(mut self, find: impl Fn(&str) -> String) {
        self.door.process.signal("KILL");
        assert!(self.door.process.end_within(Duration::from_secs(5)).await.is_some());
        for (number, (verb, sql)) in VERBS.iter().enumerate() {
            let found = find(sql);
            let found: HashSet<&str> = found.lines().collect();
            for (_, leaves, is_acknowledged) in self.asked.iter().filter(|(verb, ..)| *verb == number) {
                let is_found = found.contains(leaves.as_str());
                assert_eq!(
                    is_found, *is_acknowledged,
                    "{verb}: {leaves} was acknowledged: {is_acknowledged}; {found:?}"
                );
            }
        }
        self.door.cli(&["audit", "verify"]).done();
    }
}

#[tokio::test]
async fn a_full_disk_loses_nothing_of_what_the_desk_acknowledged() {
    let disk = Disk::of_megabytes(3);
    let echo = Echo::start();
    let file = disk.folder().join("doorward.db");
    let plan = Door::guarding(&echo.url(), "generic").config(&format!("database: sqlite://{}", file.display()));
    let mut trial = Trial::of(plan.under(&disk.enter()).start().await.ready().await).await;
    let (admin, mut orders) = (trial.admin.clone(), Orders::default());
    trial.works(0).await;
    disk.fill();
    until_refused(&mut orders, &admin).await;
    let acknowledged = trial.round(1).await + trial.round(2).await;
    assert!(acknowledged < 2 * VERBS.len(), "the disk is not full");
    disk.free();
    until_back(&mut orders, &admin, &trial.door).await;
    trial.works(3).await;
    trial
        .compare(|sql| {
            let enter = disk.enter();
            let mut sqlite = Command::new(&enter[0]);
            cli::run(sqlite.args(&enter[1..]).arg("sqlite3").arg(&file).arg(sql), "").done()
        })
        .await;
}

#[tokio::test]
async fn a_failing_disk_loses_nothing_of_what_the_desk_acknowledged() {
    let echo = Echo::start();
    let plan = Door::guarding(&echo.url(), "generic").under(&["env".into(), "--ignore-signal=XFSZ".into()]);
    let mut trial = Trial::of(plan.start().await.ready().await).await;
    let (admin, mut orders) = (trial.admin.clone(), Orders::default());
    trial.works(0).await;
    limit_files(&trial.door, "4096");
    until_refused(&mut orders, &admin).await;
    assert_eq!(trial.round(1).await + trial.round(2).await, 0, "{:?}", trial.asked);
    limit_files(&trial.door, "unlimited");
    until_back(&mut orders, &admin, &trial.door).await;
    trial.works(3).await;
    let file = trial.door.file("doorward.db");
    trial.compare(|sql| cli::run(Command::new("sqlite3").arg(&file).arg(sql), "").done()).await;
}

#[tokio::test]
async fn a_killed_holder_of_the_lock_loses_nothing_of_what_the_desk_acknowledged() {
    let echo = Echo::start();
    let mut trial = Trial::of(Door::guarding(&echo.url(), "generic").start().await.ready().await).await;
    let (admin, mut orders) = (trial.admin.clone(), Orders::default());
    trial.works(0).await;
    let holder = LockHolder::of(&trial.door);
    assert_eq!(trial.round(1).await, 0, "{:?}", trial.asked);
    drop(holder);
    until_back(&mut orders, &admin, &trial.door).await;
    trial.works(2).await;
    let file = trial.door.file("doorward.db");
    trial.compare(|sql| cli::run(Command::new("sqlite3").arg(&file).arg(sql), "").done()).await;
}
