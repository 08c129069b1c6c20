//! How long opening takes, and what a read costs with 100,000 sessions. Run with `--release`, in a folder on a real disk:
//! `cargo run --release -p doorward-store --example measure -- FOLDER`.

#![allow(clippy::expect_used, reason = "a measurement that cannot go on says so by panicking")]

use doorward_domain::{AuditOutcome, TokenHash, audit::AuditEntry};
use doorward_service::ports::{AuditQuery, Effects, Paging, Proof};
use doorward_store::Store;
use doorward_testkit::{NOON, Untold as _, audit_event, session, user};
use sea_orm::{ConnectionTrait, Database};
use std::time::{Duration, Instant};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    let url = format!("sqlite://{folder}/measure.db");
    let timed = Instant::now();
    let store = Store::open(&url).await.expect("opens");
    println!("open, fresh:      {:?}", timed.elapsed());
    store.close().await;
    let timed = Instant::now();
    let store = Store::open(&url).await.expect("opens");
    println!("open, existing:   {:?}", timed.elapsed());
    let stores = store.stores();
    let timed = Instant::now();
    stores.users.has_admin().await.expect("reads");
    println!("first read:       {:?}", timed.elapsed());
    println!("memory:           {}", resident());

    let ada = user("ada").build();
    stores
        .users
        .create(&ada, Some("none"), Effects::of(&audit_event("user.create").build()))
        .await
        .untold()
        .expect("writes");
    let token = TokenHash::of(b"ada");
    stores
        .sessions
        .open(
            &session(&ada, "ada").build(),
            &token,
            Proof::PasswordHash("none"),
            None,
            Effects::of(&audit_event("sign_in").build()),
        )
        .await
        .untold()
        .expect("writes");
    println!("find_live, 1:     {:?}", reads(&store, token).await);
    fill(&url).await;
    println!("find_live, 100k:  {:?}", reads(&store, token).await);

    for group in [1, 10, 100, 500] {
        let operations = vec!["launchRun".to_owned()];
        let event = audit_event("request").by("ada").detail("operations", operations).build();
        let entries: Vec<AuditEntry> = (0..group).map(|_| AuditEntry::Event(event.clone())).collect();
        let timed = Instant::now();
        for _ in 0..20 {
            stores.audit.append(&entries).await.expect("appends");
        }
        println!("append of {group:>3}:    {:?}", timed.elapsed() / 20);
    }
    let timed = Instant::now();
    let (faults, entries) = stores.audit.check().await.expect("checks");
    println!("check of {entries}:   {:?}, {} faults", timed.elapsed(), faults.len());
    fill_log(&url).await;
    for (what, query) in lists() {
        let timed = Instant::now();
        let found = stores.audit.list(&query).await.expect("lists");
        println!("list, {what:<12}{:?}, {} of {}", timed.elapsed(), found.items.len(), found.total);
    }
    let seen = stores.changes.latest().await.expect("reads");
    let timed = Instant::now();
    for _ in 0..1000 {
        stores.changes.since(seen).await.expect("polls");
    }
    println!("idle poll:        {:?}", timed.elapsed() / 1000);
    println!("memory:           {}", resident());
}

async fn reads(store: &Store, token: TokenHash) -> Duration {
    let stores = store.stores();
    for _ in 0..200 {
        stores.sessions.find_live(&token, NOON).await.expect("reads");
    }
    let timed = Instant::now();
    for _ in 0..2000 {
        assert!(stores.sessions.find_live(&token, NOON).await.expect("reads").is_some());
    }
    timed.elapsed() / 2000
}

/// 10,000 users and 100,000 sessions, put in by hand.
async fn fill(url: &str) {
    let hand = Database::connect(url).await.expect("connects");
    for sql in [
        "INSERT INTO users SELECT randomblob(16), 'user' || value, NULL, NULL, '', 'user' || value, NULL, 0, 0, 0, NULL FROM generate_series(1, 10000)",
        "INSERT INTO grants SELECT randomblob(16), id, '', 'viewer', NULL, 0 FROM users WHERE username <> 'ada'",
        "INSERT INTO sessions SELECT randomblob(16), randomblob(32), id, value, value, 9e15, '192.0.2.1', 'test', '' FROM users, generate_series(1, 10)",
    ] {
        let numbers = "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < LAST) SELECT value FROM n)";
        let sql = sql
            .replace("generate_series(1, 10000)", &numbers.replace("LAST", "10000"))
            .replace("generate_series(1, 10)", &numbers.replace("LAST", "10"));
        hand.execute_unprepared(&sql).await.expect("fills");
    }
    hand.close().await.expect("closes");
}

/// 400,000 entries, half of them conclusions, put in by hand (and not chained).
async fn fill_log(url: &str) {
    let hand = Database::connect(url).await.expect("connects");
    let copy = "INSERT INTO audit_entries SELECT chain, (SELECT MAX(seq) FROM audit_entries) + ROW_NUMBER() OVER (), entry, hash, \
                event_id, is_conclusion, at + 1, outcome, actor, action, app, decision_id, words FROM audit_entries LIMIT 200000";
    let end = "INSERT INTO audit_entries SELECT chain, seq + 1000000, replace(entry, '\"event\"', '\"conclusion\"'), hash, event_id, 1, at, \
               'success', '', '', NULL, NULL, words FROM audit_entries";
    let own = "UPDATE audit_entries SET event_id = randomblob(16)";
    for sql in
        [copy, copy, copy, copy, copy, own, end, "UPDATE audit_entries SET outcome = 'denied' WHERE seq % 1000 = 7"]
    {
        hand.execute_unprepared(sql).await.expect("fills");
    }
    hand.close().await.expect("closes");
}

fn lists() -> Vec<(&'static str, AuditQuery)> {
    let all = AuditQuery::default;
    vec![
        ("all", all()),
        ("actor", AuditQuery { actor: Some("ada".to_owned()), ..all() }),
        ("action", AuditQuery { action: Some("sign_in".to_owned()), ..all() }),
        ("operation", AuditQuery { action: Some("launchRun".to_owned()), ..all() }),
        ("denied", AuditQuery { outcome: Some(AuditOutcome::Denied), ..all() }),
        ("success", AuditQuery { outcome: Some(AuditOutcome::Success), ..all() }),
        ("time", AuditQuery { from: Some(NOON), to: Some(NOON.plus(Duration::from_millis(3))), ..all() }),
        ("search", AuditQuery { paging: Paging { search: Some("nowhere".to_owned()), ..Paging::default() }, ..all() }),
    ]
}

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("unknown").to_owned()
}
