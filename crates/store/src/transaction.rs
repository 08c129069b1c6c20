//! A change under way: the one shape through which everything is written.
//!
//! A failed statement, COMMIT or ROLLBACK can leave the engine with another idea of what is open than the driver has: a full disk rolls
//! back by itself, the driver then fails to, and whatever comes next runs inside savepoints that nobody ever commits. So nothing of the
//! connection is believed afterwards. The first failure makes the rest of the [`Transaction`] refuse, its commit included, and has the
//! connection closed before anybody else gets it ([`Engine::has_failed`]); the next change opens a new one. A connection on
//! which the driver still counts a transaction is closed too, whatever the reason, so that a transaction always begins with BEGIN and
//! ends with the COMMIT whose success we pass on: never with the release of a savepoint.
//!
//! Whoever writes owns neither BEGIN nor COMMIT, only what happens between them ([`Connections::unrecorded`]). What others have to hear of
//! goes through `Connections::change`, which is made of that.
//!
//! Must not know: nouns. Look next: [`crate::engine`] (how a change begins there, and how a connection is closed).

use async_trait::async_trait;
use doorward_service::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::connection::{Condition, Connections, failed};
use crate::engine::{Engine, NotBegun};

/// What a piece of work came to.
#[must_use = "it says whether anything is to be kept"]
pub(crate) enum Quiet<T> {
    /// Rows were written.
    Written(T),
    /// There was nothing to change: no trace stays, of the work neither.
    Nothing(T),
}

impl Connections {
    /// Does what no event tells of, nor the feed: what is not worth one, is the log itself, or has told of itself. Each use says which.
    pub(crate) async fn unrecorded<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction) -> Result<Quiet<T>, StoreError>,
    ) -> Result<T, StoreError> {
        self.engine.watch().await;
        self.engine.is_still_there().inspect_err(|_| self.condition.doubts())?;
        self.condition.hears()?;
        let transaction = Transaction::begin(self).await?;
        let answer = match work(&transaction).await? {
            Quiet::Written(answer) => answer,
            Quiet::Nothing(answer) => return Ok(answer),
        };
        self.engine.may_commit().inspect_err(|_| self.condition.doubts())?;
        transaction.commit().await.map_err(failed)?;
        Ok(answer)
    }
}

/// A transaction that writes. Dropped without commit, it is rolled back.
#[derive(Debug)]
#[must_use = "dropped, it is rolled back"]
pub(crate) struct Transaction {
    inner: DatabaseTransaction,
    engine: Arc<dyn Engine>,
    condition: Arc<Condition>,
    has_failed: AtomicBool,
}

impl Transaction {
    async fn begin(connections: &Connections) -> Result<Self, StoreError> {
        let (engine, condition) = (Arc::clone(&connections.engine), Arc::clone(&connections.condition));
        match engine.begin().await {
            Ok(inner) => Ok(Self { inner, engine, condition, has_failed: AtomicBool::new(false) }),
            Err(NotBegun::Failed(error)) => {
                engine.has_failed();
                condition.has_failed();
                Err(failed(error))
            }
            Err(NotBegun::Lost(error)) => {
                condition.doubts();
                Err(error)
            }
        }
    }

    /// From here on what is written goes where it is kept at once, not only when it is committed: rolled back, it has shown that there is
    /// room, and leaves the room to whoever writes next. False where that shows nothing.
    pub(crate) async fn write_through(&self) -> Result<bool, DbErr> {
        self.still_holds()?;
        self.noted(self.engine.write_through(&self.inner).await)
    }

    /// On disk when this returns `Ok`; otherwise nothing of it is kept.
    async fn commit(self) -> Result<(), DbErr> {
        self.still_holds()?;
        let Self { inner, engine, condition, .. } = self;
        // Begun with BEGIN on a connection at rest, so this is COMMIT itself: its success is the engine's word that all is on disk.
        let outcome = inner.commit().await;
        if outcome.is_ok() {
            condition.has_kept();
        } else {
            engine.has_failed();
            condition.has_failed();
        }
        outcome
    }

    /// After a failure the engine may have rolled back on its own: a later statement would then be a change by itself.
    fn still_holds(&self) -> Result<(), DbErr> {
        if self.has_failed.load(Ordering::Acquire) {
            return Err(DbErr::Custom(
                "an earlier statement of this transaction failed; nothing of it is kept".to_owned(),
            ));
        }
        Ok(())
    }

    fn noted<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        // What is in use already is an answer, not a failure: the engine undoes that statement only.
        if outcome.as_ref().is_err_and(|error| error.sql_err().is_none()) {
            self.has_failed.store(true, Ordering::Release);
            self.engine.has_failed();
            self.condition.has_failed();
        }
        outcome
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.still_holds()?;
        self.noted(self.inner.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.still_holds()?;
        self.noted(self.inner.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.still_holds()?;
        self.noted(self.inner.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.still_holds()?;
        self.noted(self.inner.query_all_raw(statement).await)
    }
}
