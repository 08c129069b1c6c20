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
//! A change that another was in the way of is done again from its beginning, a few times ([`patience`]): so what happens in it may happen more
//! than once, and only the last time counts. Nothing of the times before is kept, whatever failed, or the engine does not say so.
//!
//! Must not know: nouns. Look next: [`crate::engine`] (how a change begins there, what is in the way, and how a connection is closed).

mod patience;

use async_trait::async_trait;
use doorward_service::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::connection::{Bounded, Condition, Connections, failed, silent};
use crate::engine::{Engine, NotBegun};
use patience::Patience;

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
        work: impl AsyncFnOnce(&Transaction) -> Result<Quiet<T>, StoreError> + Clone,
    ) -> Result<T, StoreError> {
        let mut patience = Patience::new();
        loop {
            match self.attempt(work.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(NotDone::Failed(error)) => return Err(error),
                Err(NotDone::InTheWay(error)) => {
                    if !patience.is_left().await {
                        self.condition.has_failed();
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn attempt<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction) -> Result<Quiet<T>, StoreError>,
    ) -> Result<T, NotDone> {
        self.engine.watch().await;
        self.engine.is_still_there().inspect_err(|_| self.condition.doubts())?;
        self.condition.hears()?;
        let transaction = Transaction::begin(self).await?;
        let answer = match work(&transaction).await {
            Ok(Quiet::Written(answer)) => answer,
            Ok(Quiet::Nothing(answer)) => return Ok(answer),
            Err(error) => return Err(transaction.not_done(error)),
        };
        self.engine.may_commit().inspect_err(|_| self.condition.doubts())?;
        transaction.commit().await?;
        Ok(answer)
    }
}

/// Why a change was not done. Nothing of it is kept.
enum NotDone {
    /// Another was in the way: it may work the next time.
    InTheWay(StoreError),
    /// It would not work the next time either, or is refused.
    Failed(StoreError),
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// A transaction that writes. Dropped without commit, it is rolled back.
#[derive(Debug)]
#[must_use = "dropped, it is rolled back"]
pub(crate) struct Transaction {
    inner: Bounded<DatabaseTransaction>,
    engine: Arc<dyn Engine>,
    condition: Arc<Condition>,
    has_failed: AtomicBool,
    /// What failed first did so because another was in the way.
    is_in_the_way: AtomicBool,
}

impl Transaction {
    async fn begin(connections: &Connections) -> Result<Self, NotDone> {
        let (engine, condition) = (Arc::clone(&connections.engine), Arc::clone(&connections.condition));
        match begun(&*engine).await {
            Ok(inner) => {
                let inner = Bounded::new(inner, engine.patience());
                let [has_failed, is_in_the_way] = [false, false].map(AtomicBool::new);
                Ok(Self { inner, engine, condition, has_failed, is_in_the_way })
            }
            Err(NotBegun::Failed(error)) => Err(after(&*engine, &condition, error)),
            Err(NotBegun::Lost(error)) => {
                condition.doubts();
                Err(NotDone::Failed(error))
            }
        }
    }

    /// From here on what is written goes where it is kept at once, not only when it is committed: rolled back, it has shown that there is
    /// room, and leaves the room to whoever writes next. False where that shows nothing.
    pub(crate) async fn write_through(&self) -> Result<bool, DbErr> {
        self.still_holds()?;
        self.noted(self.engine.write_through(self.inner.transaction()).await)
    }

    /// On disk when this returns `Ok`; otherwise nothing of it is kept, but for [`StoreError::InDoubt`].
    async fn commit(self) -> Result<(), NotDone> {
        if let Err(error) = self.still_holds() {
            return Err(self.not_done(failed(error)));
        }
        let Self { inner, engine, condition, .. } = self;
        // Begun with BEGIN on a connection at rest, so this is COMMIT itself: its success is the engine's word that all is on disk.
        let outcome = condition.outcome();
        match inner.commit().await {
            Ok(()) => {
                outcome.settle();
                condition.has_kept();
                Ok(())
            }
            Err(error) if engine.settles(&error) => {
                outcome.settle();
                Err(after(&*engine, &condition, error))
            }
            Err(error) => {
                note_failure(&*engine, &condition, false);
                Err(NotDone::Failed(StoreError::InDoubt(Box::new(error))))
            }
        }
    }

    /// Whether what this writes may be there already.
    pub(crate) fn may_repeat(&self) -> bool {
        self.condition.has_unknown_outcome()
    }

    /// What the work came to that says this: where a statement found another in the way, that is why, whatever the work made of it.
    fn not_done(&self, error: StoreError) -> NotDone {
        if self.is_in_the_way.load(Ordering::Acquire) { NotDone::InTheWay(error) } else { NotDone::Failed(error) }
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
        let Err(error) = &outcome else { return outcome };
        let is_first = !self.has_failed.swap(true, Ordering::AcqRel);
        // What is in use already is an answer of the database, which is well.
        if error.sql_err().is_none() {
            let is_in_the_way = is_first && self.engine.is_in_the_way(error);
            self.is_in_the_way.fetch_or(is_in_the_way, Ordering::AcqRel);
            note_failure(&*self.engine, &self.condition, is_in_the_way);
        }
        outcome
    }
}

/// Within the time that is left to any answer.
async fn begun(engine: &dyn Engine) -> Result<DatabaseTransaction, NotBegun> {
    let Some(patience) = engine.patience() else { return engine.begin().await };
    let silent = |_| Err(NotBegun::Failed(silent()));
    tokio::time::timeout(patience, engine.begin()).await.unwrap_or_else(silent)
}

/// What comes of a BEGIN or COMMIT that failed.
fn after(engine: &dyn Engine, condition: &Condition, error: DbErr) -> NotDone {
    let is_in_the_way = engine.is_in_the_way(&error);
    note_failure(engine, condition, is_in_the_way);
    if is_in_the_way { NotDone::InTheWay(failed(error)) } else { NotDone::Failed(failed(error)) }
}

/// Nothing of the connection is believed any more. Whether the database takes writes is another question, where another was in the way.
fn note_failure(engine: &dyn Engine, condition: &Condition, is_in_the_way: bool) {
    engine.has_failed();
    if !is_in_the_way {
        condition.has_failed();
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
