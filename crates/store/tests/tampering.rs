//! Somebody with the database file and `sqlite3` changes history. `check` must say which entry.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

use doorward_domain::{
    AuditOutcome,
    audit::{AuditConclusion, AuditEntry},
};
use doorward_service::ports::{Checkpoint, Effects};
use doorward_testkit::{NOON, TestStores, Untold as _, audit_event, fresh_stores};
use sea_orm::{ConnectionTrait, Database};

/// Ten entries: events 1 to 9, and the conclusion of event 9.
async fn ten_entries() -> TestStores {
    let db = fresh_stores().await;
    let mut entries: Vec<AuditEntry> = (1..=9)
        .map(|n| {
            let operations = vec!["launchRun".to_owned(), format!("op{n}")];
            AuditEntry::Event(
                audit_event("request").by("eve").target(&n.to_string()).detail("operations", operations).build(),
            )
        })
        .collect();
    let AuditEntry::Event(last) = &entries[8] else { unreachable!() };
    let conclusion =
        AuditConclusion { id: last.id, at: NOON, outcome: AuditOutcome::Success, details: serde_json::Map::new() };
    entries.push(AuditEntry::Conclusion(conclusion));
    db.audit.append(&entries).await.unwrap();
    db
}

/// Does this to the file, behind the store's back.
async fn tamper(db: &TestStores, sql: &[&str]) {
    let hand = Database::connect(db.url()).await.unwrap();
    for statement in sql {
        hand.execute_unprepared(statement).await.unwrap();
    }
    hand.close().await.unwrap();
}

/// What `check` says after this was done to ten entries: a number and the sentence, a line each.
async fn faults_after(sql: &[&str]) -> Vec<(i64, String)> {
    let db = ten_entries().await;
    tamper(&db, sql).await;
    let (faults, _) = db.audit.check().await.unwrap();
    faults.into_iter().map(|fault| (fault.seq, fault.what)).collect()
}

/// Exactly one fault, at this entry, in words with this in them.
async fn one_fault(sql: &[&str], seq: i64, what: &str) {
    let faults = faults_after(sql).await;
    assert!(matches!(&faults[..], [(at, told)] if *at == seq && told.contains(what)), "{sql:?} gave {faults:?}");
}

#[tokio::test]
async fn an_untouched_log_has_no_faults() {
    assert_eq!(faults_after(&[]).await, []);
}

#[tokio::test]
async fn a_changed_text_is_found_and_nothing_else_is_blamed() {
    for seq in [1, 5, 9] {
        let sql = format!("UPDATE audit_entries SET entry = replace(entry, '\"eve\"', '\"bob\"') WHERE seq = {seq}");
        one_fault(&[&sql], seq, "was changed").await;
    }
}

#[tokio::test]
async fn the_smallest_change_of_a_text_is_found() {
    one_fault(&["UPDATE audit_entries SET entry = entry || ' ' WHERE seq = 4"], 4, "was changed").await;
}

#[tokio::test]
async fn a_changed_hash_is_found_and_nothing_else_is_blamed() {
    one_fault(&["UPDATE audit_entries SET hash = randomblob(32) WHERE seq = 5"], 5, "was changed").await;
    one_fault(&["UPDATE audit_entries SET hash = x'00' WHERE seq = 5"], 5, "hash").await;
    one_fault(&["UPDATE audit_entries SET hash = randomblob(32) WHERE seq = 10"], 10, "changed").await;
}

#[tokio::test]
async fn each_changed_column_is_found() {
    for column in [
        "actor_hash = randomblob(32)",
        "action = 'sign_in'",
        "app = 'etl'",
        "outcome = 'denied'",
        "at = at + 1",
        "words = ''",
        "event_id = randomblob(16)",
        "decision_id = randomblob(16)",
        "is_conclusion = NOT is_conclusion",
    ] {
        one_fault(&[&format!("UPDATE audit_entries SET {column} WHERE seq = 3")], 3, "for searching was changed").await;
    }
}

#[tokio::test]
async fn operations_filed_wrongly_are_found() {
    let third = format!("operation_hash = x'{}'", hex::encode(doorward_domain::TokenHash::of(b"op3").as_bytes()));
    for (sql, seq) in [
        (format!("DELETE FROM audit_operations WHERE {third}"), 3),
        (format!("UPDATE audit_operations SET operation_hash = randomblob(32) WHERE {third}"), 3),
        ("INSERT INTO audit_operations VALUES (randomblob(32), 'audit', 10)".to_owned(), 10),
    ] {
        one_fault(&[&sql], seq, "for searching was changed").await;
    }
}

#[tokio::test]
async fn a_removed_entry_is_found_wherever_it_was() {
    one_fault(&["DELETE FROM audit_entries WHERE seq = 1"], 1, "entry 1 was removed").await;
    one_fault(&["DELETE FROM audit_entries WHERE seq IN (4, 5, 6)"], 4, "entries 4 to 6 were removed").await;
    one_fault(&["DELETE FROM audit_entries WHERE seq = 10"], 10, "entry 10 was removed").await;
    let thoroughly = ["DELETE FROM audit_entries WHERE seq = 4", "DELETE FROM audit_operations WHERE seq = 4"];
    one_fault(&thoroughly, 4, "entry 4 was removed").await;
}

#[tokio::test]
async fn a_removed_log_is_found() {
    one_fault(&["DELETE FROM audit_entries", "DELETE FROM audit_operations"], 1, "entries 1 to 10 were removed").await;
}

#[tokio::test]
async fn a_removed_or_changed_head_is_found() {
    one_fault(&["DELETE FROM sequences WHERE name = 'audit'"], 10, "where the log ends was removed").await;
    one_fault(&["UPDATE sequences SET hash = zeroblob(32) WHERE name = 'audit'"], 10, "not the one last written").await;
    one_fault(&["UPDATE sequences SET seq = 12 WHERE name = 'audit'"], 11, "entries 11 to 12 were removed").await;
    one_fault(&["UPDATE sequences SET seq = 9 WHERE name = 'audit'"], 10, "beyond").await;
}

#[tokio::test]
async fn a_cut_log_with_a_head_set_back_in_number_only_is_found() {
    let cut = [
        "DELETE FROM audit_entries WHERE seq > 8",
        "DELETE FROM audit_operations WHERE seq > 8",
        "UPDATE sequences SET seq = 8",
    ];
    one_fault(&cut, 8, "not the one last written").await;
}

#[tokio::test]
async fn a_removed_entry_whose_followers_moved_up_is_found() {
    let faults = faults_after(&[
        "DELETE FROM audit_entries WHERE seq = 4",
        "UPDATE audit_entries SET seq = -seq WHERE seq > 4",
        "UPDATE audit_entries SET seq = -seq - 1 WHERE seq < 0",
        "UPDATE sequences SET seq = 9",
    ])
    .await;
    assert_eq!(faults[0], (4, "this entry was changed, or stands in the wrong place".to_owned()), "{faults:?}");
}

#[tokio::test]
async fn swapped_entries_are_found() {
    let faults = faults_after(&[
        "UPDATE audit_entries SET seq = -1 WHERE seq = 5",
        "UPDATE audit_entries SET seq = 5 WHERE seq = 6",
        "UPDATE audit_entries SET seq = 6 WHERE seq = -1",
    ])
    .await;
    let blamed: Vec<i64> = faults.iter().map(|fault| fault.0).collect();
    assert!(blamed.contains(&5) && blamed.contains(&6), "{faults:?}");
    assert!(blamed.iter().all(|seq| (5..=7).contains(seq)), "only the neighbourhood is blamed: {faults:?}");
    assert!(faults.iter().any(|fault| fault.1.contains("follows entry 4")), "{faults:?}");
}

#[tokio::test]
async fn swapped_texts_are_found() {
    let faults = faults_after(&[
        "CREATE TEMP TABLE t AS SELECT seq, entry FROM audit_entries WHERE seq IN (5, 6)",
        "UPDATE audit_entries SET entry = (SELECT entry FROM t WHERE t.seq = 11 - audit_entries.seq) WHERE seq IN (5, 6)",
    ])
    .await;
    assert_eq!(faults.iter().map(|fault| fault.0).collect::<Vec<_>>(), [5, 6]);
}

#[tokio::test]
async fn inserted_entries_are_found_wherever_they_are() {
    let copy = |seq: i64| {
        format!(
            "INSERT INTO audit_entries SELECT chain, {seq}, entry, hash, event_id, is_conclusion, at, outcome, actor_hash, action, app, decision_id, words \
             FROM audit_entries WHERE seq = 2"
        )
    };
    one_fault(&[&copy(0)], 0, "inserted").await;
    one_fault(&[&copy(-7)], -7, "inserted").await;
    // Where nobody follows a chain, lists would show it all the same.
    for elsewhere in ["'other'", "'AUDIT'", "''"] {
        one_fault(&[&copy(3).replace("SELECT chain", &format!("SELECT {elsewhere}"))], 3, "in another chain").await;
    }
    let at_the_end = faults_after(&[&copy(11)]).await;
    assert!(at_the_end.iter().any(|(seq, what)| *seq == 11 && what.contains("beyond")), "{at_the_end:?}");
    let shift = [
        "UPDATE audit_entries SET seq = -seq WHERE seq > 4",
        "UPDATE audit_entries SET seq = 1 - seq WHERE seq < 0",
        &copy(5),
    ];
    let between = faults_after(&shift).await;
    assert!(between.iter().any(|(seq, _)| *seq == 5), "{between:?}");
}

#[tokio::test]
async fn an_inserted_entry_with_a_fitting_hash_is_found_by_its_follower() {
    let db = ten_entries().await;
    let fourth = db.audit.read_chain(3, 1).await.unwrap().remove(0);
    let forged = doorward_domain::TokenHash::of(&[&fourth.hash[..], fourth.text.as_bytes()].concat());
    let hex = hex::encode(forged.as_bytes());
    let insert = format!(
        "INSERT INTO audit_entries SELECT chain, 5, entry, x'{hex}', event_id, is_conclusion, at, outcome, actor_hash, action, app, decision_id, words \
         FROM audit_entries WHERE seq = 4"
    );
    let shift =
        ["UPDATE audit_entries SET seq = -seq WHERE seq > 4", "UPDATE audit_entries SET seq = 1 - seq WHERE seq < 0"];
    tamper(
        &db,
        &[shift[0], shift[1], &insert, "DELETE FROM audit_operations WHERE seq > 4", "UPDATE sequences SET seq = 11"],
    )
    .await;
    let (faults, read) = db.audit.check().await.unwrap();
    assert_eq!(read, 11);
    assert!(faults.iter().any(|fault| fault.seq == 6 && fault.what.contains("follows entry 4")), "{faults:?}");
}

#[tokio::test]
async fn several_faults_are_all_told() {
    let faults = faults_after(&[
        "UPDATE audit_entries SET entry = entry || ' ' WHERE seq IN (2, 7)",
        "UPDATE audit_entries SET actor_hash = randomblob(32) WHERE seq = 4",
        "DELETE FROM audit_entries WHERE seq = 10",
    ])
    .await;
    assert_eq!(faults.iter().map(|fault| fault.0).collect::<Vec<_>>(), [2, 4, 7, 10]);
}

#[tokio::test]
async fn neighbours_that_were_both_changed_are_both_told() {
    let faults =
        faults_after(&["UPDATE audit_entries SET entry = entry || ' ', hash = randomblob(32) WHERE seq IN (4, 5, 6)"])
            .await;
    let blamed: Vec<i64> = faults.iter().map(|fault| fault.0).collect();
    assert_eq!(blamed[..3], [4, 5, 6], "{faults:?}");
}

#[tokio::test]
async fn an_entry_that_is_no_json_is_told_and_listing_fails_rather_than_guesses() {
    let db = ten_entries().await;
    tamper(&db, &["UPDATE audit_entries SET entry = 'gone' WHERE seq = 3"]).await;
    assert_eq!(db.audit.check().await.unwrap().0[0].seq, 3);
    assert!(db.audit.list(&doorward_service::ports::AuditQuery::default()).await.is_err());
}

#[tokio::test]
async fn without_its_head_the_log_takes_nothing_more() {
    let db = ten_entries().await;
    tamper(&db, &["DELETE FROM sequences WHERE name = 'audit'"]).await;
    assert!(db.audit.append(&[AuditEntry::Event(audit_event("request").build())]).await.is_err());
    let ada = doorward_testkit::user("ada").build();
    assert!(db.users.create(&ada, None, Effects::of(&audit_event("user.create").build())).await.untold().is_err());
    assert_eq!(db.users.find(ada.id).await.unwrap(), None, "nothing happens unrecorded");
}

#[tokio::test]
async fn a_long_log_is_followed_page_by_page() {
    let db = fresh_stores().await;
    let group: Vec<AuditEntry> = (0..1_234).map(|_| AuditEntry::Event(audit_event("request").build())).collect();
    db.audit.append(&group).await.unwrap();
    assert_eq!(db.audit.check().await.unwrap(), (Vec::new(), 1_234));
    tamper(&db, &["UPDATE audit_entries SET entry = entry || ' ' WHERE seq IN (500, 501, 1000, 1234)"]).await;
    let (faults, _) = db.audit.check().await.unwrap();
    assert_eq!(faults.iter().map(|fault| fault.seq).collect::<Vec<_>>(), [500, 501, 1000, 1234]);
}

/// Ten entries of which the first four were removed because they were kept long enough, and the announcement, which is the eleventh.
async fn trimmed(sql: &[&str]) -> Vec<(i64, String)> {
    let db = ten_entries().await;
    let tell = |through: &Checkpoint, _: u64| {
        let hash = hex::encode(through.hash);
        audit_event("audit.trim").detail("through", through.seq).detail("chain_hash", hash).build()
    };
    let later = NOON.plus(std::time::Duration::from_secs(1));
    assert_eq!(db.audit.trim(later, 4, &tell).await.unwrap(), 4);
    tamper(&db, sql).await;
    let (faults, _) = db.audit.check().await.unwrap();
    faults.into_iter().map(|fault| (fault.seq, fault.what)).collect()
}

#[tokio::test]
async fn a_log_whose_oldest_entries_were_removed_as_announced_has_no_faults() {
    assert_eq!(trimmed(&[]).await, []);
}

#[tokio::test]
async fn whoever_removes_old_entries_beyond_what_was_announced_is_found() {
    // Ten were announced; what is behind them was not.
    let go = |seq: i64| {
        [
            format!("UPDATE audit_start SET seq = {seq}, hash = (SELECT hash FROM audit_entries WHERE seq = {seq})"),
            format!("DELETE FROM audit_entries WHERE seq <= {seq}"),
        ]
    };
    let [record, entries] = go(11);
    let faults = trimmed(&[&record, &entries]).await;
    assert!(faults.iter().any(|(_, what)| what.contains("no entry announces that")), "{faults:?}");
    let [record, entries] = go(3);
    let faults = faults_after(&[&record, &entries]).await;
    assert!(
        faults.iter().any(|(seq, what)| *seq == 3 && what.contains("entries 1 to 3 were removed, and no")),
        "{faults:?}"
    );
}

#[tokio::test]
async fn a_changed_record_of_where_the_log_begins_is_found() {
    for sql in [
        "DELETE FROM audit_start",
        "UPDATE audit_start SET hash = zeroblob(32)",
        "UPDATE audit_start SET seq = 3",
        "UPDATE audit_start SET seq = 5",
        "UPDATE audit_start SET seq = 0, hash = zeroblob(32)",
        "DELETE FROM audit_entries WHERE seq = 5",
        "INSERT INTO audit_entries SELECT chain, 4, entry, hash, event_id, is_conclusion, at, outcome, actor_hash, action, app, decision_id, words \
         FROM audit_entries WHERE seq = 5",
    ] {
        assert_ne!(trimmed(&[sql]).await, [], "{sql}");
    }
}
