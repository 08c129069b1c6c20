//! A change under way: the one shape through which everything is written.
//!
//! A failed statement, COMMIT or ROLLBACK can leave the engine with another idea of what is open than the driver has: a full disk rolls
//! back by itself, the driver then fails to, and whatever comes next runs inside savepoints that nobody ever commits. So nothing of the
//! connection is believed afterwards. The first failure makes the rest of the [`Transaction`] refuse, its commit included, and has the
//! connection closed before anybody else gets it ([`Writer::is_sound`], asked by the pool); the next change opens a new one. A connection on
//! which the driver still counts a transaction is closed too, whatever the reason, so that a transaction always begins with BEGIN and
//! ends with the COMMIT whose success we pass on: never with the release of a savepoint.
//!
//! Beginning and committing are for [`change`] alone, so that nothing is changed that is not told of.
//!
//! Must not know: nouns. Look next: `sqlite` (the pool that asks whether a connection is sound).

mod change;

use async_trait::async_trait;
use doorward_service::ports::StoreError;
use parking_lot::Mutex;
use sea_orm::sqlx::{self, Connection as _};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionTrait,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

use crate::dialect;

pub(crate) use change::{Outcome, Quiet};

/// For how long a feed that could not be read keeps changes off: longer than until it is read again, if anybody reads it.
const UNHEARD: Duration = Duration::from_secs(2);

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is on disk.
    Kept,
    /// It is not.
    Failed,
}

/// What is known about the one connection that writes.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// Something failed on the connection in use: close it when it comes back.
    must_close: AtomicBool,
    /// A write has failed: look for room before the next.
    lacks_room: AtomicBool,
    /// The connection in use has next to no page cache: give it back its usual one when it comes back.
    is_cramped: AtomicBool,
    /// How often a write has failed.
    failures: AtomicU64,
    /// How many connections were opened, one after another.
    opened: AtomicU64,
    /// When a rehearsal last showed that there is room, and how often a write had failed before.
    rehearsed: Mutex<Option<(Instant, u64)>>,
    /// When something was last written or failed to be, and which.
    last: Mutex<Option<(Instant, Written)>>,
    /// When the change feed could not be read, if that was how the last reading of it ended.
    unheard: Mutex<Option<Instant>>,
    /// What was in the log that is gone is in the database.
    is_rescued: AtomicBool,
}

impl Writer {
    /// What became of the last write, and how long ago that was.
    pub(crate) fn last(&self) -> Option<(Duration, Written)> {
        self.last.lock().map(|(at, written)| (at.elapsed(), written))
    }

    /// Fails while the change feed cannot be read: nobody here would hear of a change, and the database may not be what it was.
    pub(crate) fn hears(&self) -> Result<(), StoreError> {
        match *self.unheard.lock() {
            Some(at) if at.elapsed() < UNHEARD => Err(StoreError::Unavailable("the change feed cannot be read".into())),
            _ => Ok(()),
        }
    }

    /// The feed was read, or not.
    pub(crate) fn note_feed(&self, is_read: bool) {
        *self.unheard.lock() = (!is_read).then(Instant::now);
    }

    pub(crate) fn is_rescued(&self) -> bool {
        self.is_rescued.load(Ordering::Acquire)
    }

    pub(crate) fn has_rescued(&self, is_so: bool) {
        self.is_rescued.store(is_so, Ordering::Release);
    }

    /// How often a write has failed: for [`Self::rehearsed`].
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Acquire)
    }

    /// There is room; what failed before this count was read would not fail now.
    pub(crate) fn rehearsed(&self, failures: u64) {
        *self.rehearsed.lock() = Some((Instant::now(), failures));
    }

    /// How long ago that was.
    pub(crate) fn since_rehearsed(&self) -> Option<Duration> {
        self.rehearsed.lock().map(|(at, _)| at.elapsed())
    }

    /// Whether a write has failed that nothing as large has succeeded after: a smaller one proves nothing.
    pub(crate) fn is_doubted(&self) -> bool {
        self.rehearsed.lock().map_or(0, |(_, failures)| failures) < self.failures()
    }

    /// A change was refused because of the files: what proved before that the database can be written to proves it no more.
    pub(crate) fn doubts(&self) {
        self.failures.fetch_add(1, Ordering::AcqRel);
    }

    /// So that a test makes the next change fail, not the look for room before it.
    #[cfg(test)]
    pub(crate) fn forget_failure(&self) {
        self.lacks_room.store(false, Ordering::Release);
    }

    fn note(&self, written: Written) {
        *self.last.lock() = Some((Instant::now(), written));
    }

    /// Whether the connection may be used again: nothing failed on it, and once everything queued on it has run (a rollback, if it was
    /// given back in the middle), no transaction is open.
    pub(crate) async fn is_sound(&self, connection: &mut sqlx::SqliteConnection) -> Result<bool, sqlx::Error> {
        let must_close = self.must_close.swap(false, Ordering::AcqRel);
        connection.ping().await?;
        if self.is_cramped.swap(false, Ordering::AcqRel) {
            sqlx::query(dialect::USUAL_CACHE).execute(&mut *connection).await?;
        }
        Ok(!must_close && !connection.is_in_transaction())
    }

    /// Another connection takes the place of the one before, whatever became of that.
    pub(crate) fn has_opened(&self) {
        self.opened.fetch_add(1, Ordering::AcqRel);
    }

    /// Which connection is in use: the one opened last.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Acquire)
    }

    /// Nothing of the connection is believed any more.
    fn failed(&self) {
        self.must_close.store(true, Ordering::Release);
        self.lacks_room.store(true, Ordering::Release);
        self.failures.fetch_add(1, Ordering::AcqRel);
        self.note(Written::Failed);
    }
}

/// A transaction that writes. Dropped without commit, it is rolled back.
#[derive(Debug)]
#[must_use = "dropped, it is rolled back"]
pub(crate) struct Transaction {
    inner: DatabaseTransaction,
    writer: Arc<Writer>,
    has_failed: AtomicBool,
}

impl Transaction {
    /// Begins with the write lock taken. After a failure the log is copied into the database first, as far as that goes: what the log
    /// takes up on a full disk can then be written over.
    async fn begin(db: &DatabaseConnection, writer: &Arc<Writer>) -> Result<Self, DbErr> {
        if writer.lacks_room.swap(false, Ordering::AcqRel) {
            let _ = dialect::checkpoint(db).await;
        }
        let inner = db.begin_with_options(dialect::writing()).await.inspect_err(|_| writer.failed())?;
        Ok(Self { inner, writer: Arc::clone(writer), has_failed: AtomicBool::new(false) })
    }

    /// From here on what is written goes to the file at once, not only when it is committed: rolled back, it has shown that there is room,
    /// and leaves the room to whoever writes next.
    pub(crate) async fn write_through(&self) -> Result<(), DbErr> {
        self.writer.is_cramped.store(true, Ordering::Release);
        self.execute_unprepared(dialect::NO_CACHE).await.map(drop)
    }

    /// On disk when this returns `Ok`; otherwise nothing of it is kept.
    async fn commit(self) -> Result<(), DbErr> {
        self.still_holds()?;
        let Self { inner, writer, .. } = self;
        // Begun with BEGIN on a connection at rest, so this is COMMIT itself: its success is the engine's word that all is on disk.
        let outcome = inner.commit().await;
        match &outcome {
            Ok(()) => writer.note(Written::Kept),
            Err(_) => writer.failed(),
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
            self.writer.failed();
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
