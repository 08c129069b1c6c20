//! Every mutation with every step of it made to fail inside the engine: what is acknowledged is kept, what is refused is not, and the
//! next one works. The engine is made to fail through its own hooks and limits, on the connection that writes.
//!
//! What cannot be had within a process is done to another: a disk that fails ([`failing_disk`]) and a holder of the lock that is killed
//! ([`killed_holder`]). A disk that is full to its last byte is in the workspace's `tests/`.

mod again;
mod failing_disk;
mod full;
mod in_the_way;
mod killed_holder;
mod room;
mod tidying;

use doorward_domain::audit::AuditEntry;
use doorward_service::Stores;
use doorward_service::ports::{Change, StoreError};
use doorward_testkit::audit_event;
use doorward_testkit::contract::mutations::{MUTATIONS, Mutation, prepare};
use sea_orm::sqlx::sqlite::{LockedSqliteHandle, SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{self, Connection as _, Row as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::Store;

/// A database, and somebody else's connection to it that sees what is committed and nothing else.
struct Trial {
    store: Store,
    stores: Stores,
    observer: SqliteConnection,
    folder: TempDir,
}

impl Trial {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("d.db");
        let store = Store::open(&format!("sqlite://{}", file.display())).await.unwrap();
        let stores = store.stores();
        prepare(&stores).await;
        let observer = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
        Self { store, stores, observer, folder }
    }

    /// Changes whenever somebody else commits.
    async fn version(&mut self) -> i64 {
        sqlx::query("PRAGMA data_version").fetch_one(&mut self.observer).await.unwrap().get(0)
    }

    /// Does something to the connection that writes next.
    async fn arm(&self, arm: impl FnOnce(&mut LockedSqliteHandle<'_>)) {
        let mut connection = self.store.connections.writer().get_sqlite_connection_pool().acquire().await.unwrap();
        arm(&mut connection.lock_handle().await.unwrap());
        connection.return_to_pool().await;
        self.store.connections.engine.forget_failure();
    }

    async fn tell_writer(&self, sql: &'static str) {
        let pool = self.store.connections.writer().get_sqlite_connection_pool();
        sqlx::query(sql).fetch_all(pool).await.unwrap();
    }

    /// Tries it: what it says must be what the observer sees, and what it tells the caches here what the feed tells others; of what failed
    /// nobody is told.
    async fn outcome(&mut self, mutation: &Mutation) -> Result<Vec<Change>, StoreError> {
        let seen = self.stores.changes.latest().await.unwrap();
        let before = self.version().await;
        let outcome = (mutation.run)(&self.stores, audit_event("test").build()).await;
        let is_committed = self.version().await != before;
        assert_eq!(is_committed, outcome.is_ok(), "{mutation:?} says {outcome:?}");
        let fed = self.stores.changes.since(seen).await.unwrap().0;
        assert_eq!(outcome.as_deref().unwrap_or_default(), fed, "{mutation:?}");
        outcome
    }

    /// The same: whether it is kept.
    async fn attempt(&mut self, mutation: &Mutation) -> bool {
        self.outcome(mutation).await.is_ok()
    }

    async fn works(&mut self, mutation: &Mutation) {
        let outcome = self.outcome(mutation).await;
        assert!(outcome.is_ok(), "{mutation:?} does not work again: {outcome:?}");
        let (faults, _) = self.stores.audit.check().await.unwrap();
        assert_eq!(faults, [], "{mutation:?}");
    }

    /// By itself, and soon: whoever asks whether it takes writes is told that it does.
    async fn is_back(&self) {
        let began = Instant::now();
        while let Err(why) = self.stores.health.check().await {
            assert!(began.elapsed() < BACK, "not back after {BACK:?}: {why:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Bytes of the engine's log.
    fn log_size(&self) -> u64 {
        std::fs::metadata(self.folder.path().join("d.db-wal")).map_or(0, |file| file.len())
    }
}

/// How soon service is back once the cause of a failure is gone, which is promised.
const BACK: Duration = Duration::from_secs(5);

/// A mutation that works whatever went before it.
const LAST: Mutation = Mutation {
    name: "audit.append (last)",
    run: |stores, _| {
        Box::pin(async move {
            stores.audit.append(&[AuditEntry::Event(audit_event("last").build())]).await.map(|_| Vec::new())
        })
    },
};

/// Interrupts the engine from its `from`th step on, for this many steps. It asks once more when COMMIT is done, and would call what is
/// done interrupted; nothing but this handler can fail there, so it does not.
fn interrupting(handle: &mut LockedSqliteHandle<'_>, from: u32, steps: u32) {
    let is_done = Arc::new(AtomicBool::new(false));
    let commits = Arc::clone(&is_done);
    handle.set_commit_hook(move || {
        commits.store(true, Ordering::Relaxed);
        true
    });
    let taken = AtomicU32::new(0);
    handle.set_progress_handler(1, move || {
        let step = taken.fetch_add(1, Ordering::Relaxed);
        is_done.load(Ordering::Relaxed) || step < from || step - from >= steps
    });
}

/// At each step in turn (the first ones singly, then in growing strides), until the mutation is through before its turn comes.
async fn interrupted_at_each_step(steps: u32) {
    for mutation in MUTATIONS {
        let mut trial = Trial::new().await;
        let mut at = 0;
        loop {
            trial.arm(|handle| interrupting(handle, at, steps)).await;
            if trial.attempt(mutation).await {
                break;
            }
            at += 1 + at / 8;
        }
        assert!(at > 20, "{mutation:?} was interrupted at {at} steps only");
        trial.arm(|handle| interrupting(handle, u32::MAX, 0)).await;
        trial.works(&LAST).await;
    }
}

#[tokio::test]
async fn a_mutation_that_fails_at_any_one_step_leaves_nothing_and_the_next_is_kept() {
    interrupted_at_each_step(1).await;
}

#[tokio::test]
async fn a_mutation_whose_rollback_fails_too_leaves_nothing_and_the_next_is_kept() {
    interrupted_at_each_step(u32::MAX).await;
}

#[tokio::test]
async fn a_mutation_whose_commit_fails_leaves_nothing_and_the_next_is_kept() {
    for mutation in MUTATIONS {
        let mut trial = Trial::new().await;
        trial.arm(|handle| handle.set_commit_hook(|| false)).await;
        assert!(!trial.attempt(mutation).await, "{mutation:?} is kept although its commit failed");
        trial.works(mutation).await;
    }
}

#[tokio::test]
async fn a_connection_that_anything_failed_on_is_not_used_again() {
    let trial = Trial::new().await;
    let on_it = Arc::new(());
    let held = Arc::clone(&on_it);
    trial
        .arm(move |handle| {
            handle.set_commit_hook(move || Arc::strong_count(&held) == 0);
        })
        .await;
    trial.stores.settings.put("a", b"b", None).await.unwrap_err();
    trial.stores.settings.put("a", b"b", None).await.unwrap();
    assert_eq!(Arc::strong_count(&on_it), 1, "its hooks went with it");
}

/// All at once: each is tried for as long as anybody waits for a lock.
#[tokio::test]
async fn a_mutation_that_finds_the_lock_taken_leaves_nothing_and_the_next_is_kept() {
    let mut trials = JoinSet::new();
    for mutation in MUTATIONS {
        trials.spawn(async move {
            let mut trial = Trial::new().await;
            trial.tell_writer("PRAGMA busy_timeout = 1").await;
            sqlx::query("BEGIN IMMEDIATE").execute(&mut trial.observer).await.unwrap();
            assert!((mutation.run)(&trial.stores, audit_event("test").build()).await.is_err(), "{mutation:?}");
            sqlx::query("ROLLBACK").execute(&mut trial.observer).await.unwrap();
            trial.works(mutation).await;
        });
    }
    trials.join_all().await;
}

/// However often it is asked to go on before its caller goes away.
#[tokio::test]
async fn a_mutation_whose_caller_goes_away_is_kept_whole_or_not_at_all_and_the_next_is_kept() {
    for mutation in MUTATIONS {
        for patience in 1..40 {
            let mut trial = Trial::new().await;
            let mut polled = 0;
            let mut running = (mutation.run)(&trial.stores, audit_event("test").build());
            let finished = std::future::poll_fn(|context| {
                polled += 1;
                if polled > patience { Poll::Ready(false) } else { running.as_mut().poll(context).map(|_| true) }
            });
            let finished = finished.await;
            drop(running);
            if finished {
                break;
            }
            trial.works(&LAST).await;
        }
    }
}
