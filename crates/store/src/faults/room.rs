//! Whether there is room for what is written, as far as that can be known beforehand.

use doorward_domain::audit::AuditEntry;
use doorward_service::Stores;
use doorward_testkit::audit_event;
use doorward_testkit::contract::mutations::MUTATIONS;
use sea_orm::sqlx::{self, Row as _};

use super::Trial;
use crate::probe::REHEARSED;

async fn check(stores: Stores) -> Result<(), doorward_service::ports::StoreError> {
    stores.health.check().await
}

#[tokio::test]
async fn whether_it_takes_writes_is_found_out_by_writing_unless_a_write_has_just_succeeded() {
    let mut trial = Trial::new().await;
    let before = trial.version().await;
    check(trial.stores.clone()).await.unwrap();
    assert_eq!(trial.version().await, before, "what was written just now is proof enough");

    later().await;
    check(trial.stores.clone()).await.unwrap();
    assert_ne!(trial.version().await, before, "nothing was written lately");

    trial.arm(|handle| handle.set_commit_hook(|| false)).await;
    trial.stores.settings.put("a", b"b", None).await.unwrap_err();
    let before = trial.version().await;
    check(trial.stores.clone()).await.unwrap_err();
    assert_eq!(trial.version().await, before, "what failed just now is proof enough");

    later().await;
    trial.arm(|handle| handle.set_commit_hook(|| false)).await;
    check(trial.stores.clone()).await.unwrap_err();
    later().await;
    check(trial.stores.clone()).await.unwrap();
}

/// The clock is held still only for this: the engine's own thread does not wait for one that runs ahead.
async fn later() {
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    tokio::time::resume();
}

/// What of a rehearsal reaches the log for sure: the last pages may still be in the cache when it is rolled back.
const SHOWN: u64 = REHEARSED as u64 / 8 * 7;

/// As large as one may be, in what it names as well.
fn largest() -> AuditEntry {
    AuditEntry::Event(audit_event("test").detail("text", "x".repeat(7000)).build())
}

impl Trial {
    async fn number(&self, pragma: &'static str) -> i64 {
        let pool = self.store.connections.writer().get_sqlite_connection_pool();
        sqlx::query(pragma).fetch_one(pool).await.unwrap().get(0)
    }
}

#[tokio::test]
async fn a_rehearsal_takes_more_room_than_anything_that_is_written() {
    for mutation in MUTATIONS {
        let trial = Trial::new().await;
        trial.tell_writer("PRAGMA wal_checkpoint(TRUNCATE)").await;
        (mutation.run)(&trial.stores, audit_event("test").build()).await.unwrap();
        let taken = trial.log_size();
        assert!(taken > 0 && taken < SHOWN, "{mutation:?} takes {taken} bytes");
    }
    let trial = Trial::new().await;
    for number in 0..100 {
        trial.tell_writer("PRAGMA wal_checkpoint(TRUNCATE)").await;
        trial.stores.audit.append(&[largest()]).await.unwrap();
        let taken = trial.log_size();
        assert!(taken < SHOWN, "event {number} takes {taken} bytes");
    }
    trial.tell_writer("PRAGMA wal_checkpoint(TRUNCATE)").await;
    later().await;
    check(trial.stores.clone()).await.unwrap();
    let taken = trial.log_size();
    assert!(taken >= SHOWN, "{taken} bytes: it was not written");
}

#[tokio::test]
async fn asking_again_and_again_lets_no_file_grow() {
    let trial = Trial::new().await;
    let pages = trial.number("PRAGMA page_count").await;
    trial.tell_writer("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let mut logs = Vec::new();
    for _ in 0..30 {
        later().await;
        check(trial.stores.clone()).await.unwrap();
        logs.push(trial.log_size());
    }
    assert!(logs[29] < 2 * REHEARSED as u64, "{logs:?}");
    assert_eq!(trial.number("PRAGMA page_count").await, pages);
    assert_eq!(trial.number("PRAGMA cache_size").await, -1024, "the writer has its cache back");
}

#[tokio::test]
async fn after_a_failed_write_a_smaller_one_is_no_proof() {
    let trial = Trial::new().await;
    let room = trial.number("PRAGMA page_count").await + 4;
    let limit: &'static str = Box::leak(format!("PRAGMA max_page_count = {room}").into_boxed_str());
    trial.tell_writer(limit).await;
    while trial.stores.audit.append(&[largest()]).await.is_ok() {}
    assert!(trial.stores.health.is_doubted(), "known as soon as it fails");
    for _ in 0..3 {
        trial.tell_writer(limit).await;
        trial.stores.settings.put("a", b"b", None).await.unwrap();
        assert!(trial.stores.health.is_doubted());
        check(trial.stores.clone()).await.unwrap_err();
        later().await;
    }
    trial.tell_writer("PRAGMA max_page_count = 1000000").await;
    check(trial.stores.clone()).await.unwrap();
    assert!(!trial.stores.health.is_doubted());
}
