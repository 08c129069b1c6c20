//! A disk that fills up, and other troubles of the database: what was acknowledged is kept, what was refused is not, and service comes
//! back by itself.

mod verbs;

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::harness::disk::Disk;
use crate::harness::{Door, Echo, Person, eventually};

/// How soon service must be back once the cause is gone.
const BACK: Duration = Duration::from_secs(5);

/// What was asked of the door, and what became of it.
#[derive(Default)]
struct Orders {
    number: u32,
    acknowledged: Vec<String>,
    refused: Vec<String>,
}

impl Orders {
    /// Sends one; whether the door took it.
    async fn send(&mut self, person: &Person) -> bool {
        self.number += 1;
        let path = format!("/order/{}.", self.number);
        let status = person.ask(Method::POST, &path).send().await.expect("an answer").status();
        assert!(status == 200 || status == 503, "{path}: {status}");
        if status == 200 { &mut self.acknowledged } else { &mut self.refused }.push(path);
        status == 200
    }

    /// Compares with what another process finds on the disk.
    fn audit(&self, door: &Door) {
        let log: HashSet<String> =
            door.audit().iter().filter_map(|event| Some(event["details"]["path"].as_str()?.to_owned())).collect();
        let lost: Vec<_> = self.acknowledged.iter().filter(|path| !log.contains(*path)).collect();
        let kept: Vec<_> = self.refused.iter().filter(|path| log.contains(*path)).collect();
        assert!(lost.is_empty() && kept.is_empty(), "acknowledged and lost: {lost:?}; refused and kept: {kept:?}");
        door.cli(&["audit", "verify"]).done();
    }
}

async fn is_ready(door: &Door) -> bool {
    reqwest::get(door.url("/_doorward/ready")).await.is_ok_and(|answer| answer.status() == 200)
}

/// Until the door refuses for good: once or twice it finds room by itself, in what its log takes up.
async fn until_refused(orders: &mut Orders, person: &Person) {
    let mut in_a_row = 0;
    for _ in 0..2000 {
        in_a_row = if orders.send(person).await { 0 } else { in_a_row + 1 };
        if in_a_row == 5 {
            return;
        }
    }
    panic!("never refused");
}

/// Until the door takes orders again, which must be soon.
async fn until_back(orders: &mut Orders, person: &Person, door: &Door) {
    let began = std::time::Instant::now();
    while !orders.send(person).await {
        assert!(began.elapsed() < BACK, "not back after {BACK:?}:\n{}", door.process.output());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(eventually(BACK, || is_ready(door)).await, "works, and is not ready:\n{}", door.process.output());
}

#[tokio::test]
async fn a_disk_that_was_full_for_a_moment_costs_nothing_that_was_acknowledged() {
    let disk = Disk::of_megabytes(3);
    let echo = Echo::start();
    let database = format!("database: sqlite://{}/doorward.db", disk.folder().display());
    let plan = Door::guarding(&echo.url(), "generic").config(&database).under(&disk.enter());
    let mut door = plan.start().await.ready().await;
    let (admin, mut orders) = (door.admin().await, Orders::default());
    for name in ["ada", "eve"] {
        admin.make_user(name, "viewer").await;
    }
    let (ada, eve) = (user_id(&admin, "ada").await, user_id(&admin, "eve").await);
    for round in 0..3 {
        assert!(orders.send(&admin).await, "round {round}");
        disk.fill();
        until_refused(&mut orders, &admin).await;
        assert!(
            eventually(Duration::from_secs(4), || async { !is_ready(&door).await }).await,
            "ready with a full disk"
        );
        let changed =
            admin.api(Method::PATCH, &format!("users/{eve}"), &json!({"full_name": "x".repeat(200)})).await.status();
        assert!(changed == 200 || changed.is_server_error(), "{changed}");
        disk.free();
        until_back(&mut orders, &admin, &door).await;
    }
    for _ in 0..40 {
        assert!(orders.send(&admin).await, "refused although there is room:\n{}", door.process.output());
    }
    admin.api_done(Method::PATCH, &format!("users/{ada}"), &json!({"is_disabled": true})).await;
    door.process.signal("KILL");
    assert!(door.process.end_within(Duration::from_secs(5)).await.is_some());
    orders.audit(&door);
    assert!(
        door.cli(&["user", "show", "ada", "--output", "json"]).json()["is_disabled"].as_bool().unwrap(),
        "undone by the restart"
    );
}

/// What `/_doorward/ready` said, and when, for as long as it was watched.
async fn watched(door: &Door, time: Duration) -> Vec<(Duration, bool)> {
    let (began, mut said) = (std::time::Instant::now(), Vec::new());
    while began.elapsed() < time {
        said.push((began.elapsed(), is_ready(door).await));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    said
}

/// A disk that is full to the last byte may still have room in the database's own log for something small.
#[tokio::test]
async fn a_full_disk_is_not_ready_for_as_long_as_it_is_full() {
    let disk = Disk::of_megabytes(6);
    let echo = Echo::start();
    let database = format!("database: sqlite://{}/doorward.db", disk.folder().display());
    let plan = Door::guarding(&echo.url(), "generic").config(&database).under(&disk.enter());
    let door = plan.start().await.ready().await;
    let (admin, mut orders) = (door.admin().await, Orders::default());
    for round in 0..4 {
        for _ in 0..=round * 3 {
            assert!(orders.send(&admin).await, "round {round}");
        }
        disk.fill();
        until_refused(&mut orders, &admin).await;
        let said = watched(&door, Duration::from_secs(6)).await;
        let ready: Vec<_> = said.iter().filter(|(_, is_ready)| *is_ready).collect();
        assert!(ready.is_empty(), "round {round}: ready with a full disk: {ready:?} of {} answers", said.len());
        for _ in 0..3 {
            assert!(!orders.send(&admin).await, "round {round}: there is room after all");
        }
        disk.free();
        assert!(eventually(BACK, || is_ready(&door)).await, "round {round}: not ready:\n{}", door.process.output());
        assert!(orders.send(&admin).await, "round {round}: ready, and refused:\n{}", door.process.output());
    }
}

async fn user_id(admin: &Person, name: &str) -> String {
    let found = admin.api_done(Method::GET, &format!("users?search={name}"), &Value::Null).await;
    found["items"][0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_disk_that_fails_costs_nothing_that_was_acknowledged() {
    let echo = Echo::start();
    // A file may not grow any more: the engine's writes fail in the middle, with another error than a full disk's.
    let mut door = Door::guarding(&echo.url(), "generic")
        .under(&["env".into(), "--ignore-signal=XFSZ".into()])
        .start()
        .await
        .ready()
        .await;
    let (admin, mut orders) = (door.admin().await, Orders::default());
    for _ in 0..3 {
        limit_files(&door, "4096");
        until_refused(&mut orders, &admin).await;
        assert!(
            eventually(Duration::from_secs(4), || async { !is_ready(&door).await }).await,
            "ready with a failing disk"
        );
        limit_files(&door, "unlimited");
        until_back(&mut orders, &admin, &door).await;
    }
    door.process.signal("KILL");
    assert!(door.process.end_within(Duration::from_secs(5)).await.is_some());
    orders.audit(&door);
}

fn limit_files(door: &Door, soft: &str) {
    let limit = format!("--fsize={soft}:unlimited");
    let done =
        Command::new("prlimit").args(["--pid", &door.process.id().to_string(), &limit]).status().expect("prlimit runs");
    assert!(done.success());
}

/// Another process that has the write lock.
struct LockHolder(Child);

impl LockHolder {
    fn of(door: &Door) -> Self {
        let mut command = Command::new("sqlite3");
        command.args(["-cmd", ".timeout 5000"]).arg(door.file("doorward.db"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sqlite3 starts");
        let stdin = child.stdin.as_mut().expect("it is piped");
        stdin.write_all(b"BEGIN IMMEDIATE; DELETE FROM settings; SELECT 'held';\n").expect("it reads");
        let mut said = String::new();
        BufReader::new(child.stdout.as_mut().expect("it is piped")).read_line(&mut said).expect("it answers");
        assert_eq!(said, "held\n");
        Self(child)
    }
}

impl Drop for LockHolder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_killed_holder_of_the_lock_costs_nothing_that_was_acknowledged() {
    let echo = Echo::start();
    let mut door = Door::guarding(&echo.url(), "generic").start().await.ready().await;
    let (admin, mut orders) = (door.admin().await, Orders::default());
    assert!(orders.send(&admin).await);
    let holder = LockHolder::of(&door);
    assert!(!orders.send(&admin).await, "taken although nothing can be written");
    assert!(!is_ready(&door).await, "ready although nothing can be written");
    drop(holder);
    until_back(&mut orders, &admin, &door).await;
    door.process.signal("KILL");
    assert!(door.process.end_within(Duration::from_secs(5)).await.is_some());
    orders.audit(&door);
}
