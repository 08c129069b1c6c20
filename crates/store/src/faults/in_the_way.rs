//! Changes that another is in the way of: they are done again, each as a whole and once.

use async_trait::async_trait;
use doorward_service::ports::StoreError;
use doorward_testkit::contract::mutations::MUTATIONS;
use sea_orm::sqlx;
use sea_orm::{DatabaseTransaction, DbErr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::{LAST, Trial, interrupting};
use crate::engine::{Engine, NotBegun};

/// An engine whose transactions may read and write side by side: one learns that another was in its way from any statement, or from its
/// COMMIT. Here whatever fails is that.
#[derive(Debug)]
struct Contended {
    engine: Arc<dyn Engine>,
    begun: AtomicU32,
}

#[async_trait]
impl Engine for Contended {
    async fn begin(&self) -> Result<DatabaseTransaction, NotBegun> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.engine.begin().await
    }

    fn may_commit(&self) -> Result<(), StoreError> {
        self.engine.may_commit()
    }

    fn is_still_there(&self) -> Result<(), StoreError> {
        self.engine.is_still_there()
    }

    fn is_in_the_way(&self, _: &DbErr) -> bool {
        true
    }

    fn has_failed(&self) {
        self.engine.has_failed();
    }

    fn forget_failure(&self) {
        self.engine.forget_failure();
    }
}

impl Trial {
    async fn contended() -> (Self, Arc<Contended>) {
        let mut trial = Self::new().await;
        let engine = Arc::clone(&trial.store.connections.engine);
        let contended = Arc::new(Contended { engine, begun: AtomicU32::new(0) });
        trial.store.connections.engine = Arc::<Contended>::clone(&contended);
        trial.stores = trial.store.stores();
        (trial, contended)
    }
}

#[tokio::test]
async fn a_change_that_finds_another_process_writing_is_done_when_that_has_written() {
    let mut trial = Trial::new().await;
    trial.tell_writer("PRAGMA busy_timeout = 1").await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut trial.observer).await.unwrap();
    let Trial { stores, observer, .. } = &mut trial;
    let writing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sqlx::query("COMMIT").execute(observer).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(stores.settings.put("a", b"b", None), writing);
    outcome.unwrap();
    assert_eq!(stores.settings.find("a").await.unwrap().as_deref(), Some(&b"b"[..]));
    stores.health.check().await.unwrap();
}

#[tokio::test]
async fn a_mutation_that_learns_from_its_commit_that_another_was_in_the_way_is_done_once() {
    for mutation in MUTATIONS {
        let (mut trial, contended) = Trial::contended().await;
        trial.arm(|handle| handle.set_commit_hook(|| false)).await;
        trial.works(mutation).await;
        assert!(contended.begun.load(Ordering::Relaxed) > 1, "{mutation:?} did not fail");
        trial.works(&LAST).await;
    }
}

#[tokio::test]
async fn a_mutation_that_learns_from_any_statement_that_another_was_in_the_way_is_done_once() {
    for mutation in MUTATIONS {
        for at in [0, 20, 60, 150] {
            let (mut trial, _) = Trial::contended().await;
            trial.arm(|handle| interrupting(handle, at, 1)).await;
            trial.works(mutation).await;
        }
    }
}
