//! What is known about the one connection that writes: whether it may be used again, and what the last writes came to.

use doorward_service::ports::StoreError;
use parking_lot::Mutex;
use sea_orm::sqlx::{self, Connection as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

use crate::dialect;

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

    /// What became of a write.
    pub(crate) fn note(&self, written: Written) {
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

    /// Whether a write has failed since this was asked last.
    pub(crate) fn must_make_room(&self) -> bool {
        self.lacks_room.swap(false, Ordering::AcqRel)
    }

    /// The connection in use has next to no page cache from now on.
    pub(crate) fn has_cramped(&self) {
        self.is_cramped.store(true, Ordering::Release);
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
    pub(crate) fn failed(&self) {
        self.must_close.store(true, Ordering::Release);
        self.lacks_room.store(true, Ordering::Release);
        self.failures.fetch_add(1, Ordering::AcqRel);
        self.note(Written::Failed);
    }
}
