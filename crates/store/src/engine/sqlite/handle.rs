//! What is known about the one connection that writes: whether it may be used again, and what it needs before the next change.

use sea_orm::sqlx::{self, Connection as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::sql;

/// What is known about the one connection that writes.
#[derive(Debug, Default)]
pub(super) struct Handle {
    /// Something failed on the connection in use: close it when it comes back.
    must_close: AtomicBool,
    /// A write has failed: look for room before the next.
    lacks_room: AtomicBool,
    /// The connection in use has next to no page cache: give it back its usual one when it comes back.
    is_cramped: AtomicBool,
    /// How many connections were opened, one after another.
    opened: AtomicU64,
    /// What was in the log that is gone is in the database.
    is_rescued: AtomicBool,
}

impl Handle {
    pub(super) fn is_rescued(&self) -> bool {
        self.is_rescued.load(Ordering::Acquire)
    }

    pub(super) fn has_rescued(&self, is_so: bool) {
        self.is_rescued.store(is_so, Ordering::Release);
    }

    #[cfg(test)]
    pub(super) fn forget_failure(&self) {
        self.lacks_room.store(false, Ordering::Release);
    }

    /// Whether the connection may be used again: nothing failed on it, and once everything queued on it has run (a rollback, if it was
    /// given back in the middle), no transaction is open.
    pub(super) async fn is_sound(&self, connection: &mut sqlx::SqliteConnection) -> Result<bool, sqlx::Error> {
        let must_close = self.must_close.swap(false, Ordering::AcqRel);
        connection.ping().await?;
        if self.is_cramped.swap(false, Ordering::AcqRel) {
            sqlx::query(sql::USUAL_CACHE).execute(&mut *connection).await?;
        }
        Ok(!must_close && !connection.is_in_transaction())
    }

    /// Whether a write has failed since this was asked last.
    pub(super) fn must_make_room(&self) -> bool {
        self.lacks_room.swap(false, Ordering::AcqRel)
    }

    /// The connection in use has next to no page cache from now on.
    pub(super) fn has_cramped(&self) {
        self.is_cramped.store(true, Ordering::Release);
    }

    /// Another connection takes the place of the one before, whatever became of that.
    pub(super) fn has_opened(&self) {
        self.opened.fetch_add(1, Ordering::AcqRel);
    }

    /// Which connection is in use: the one opened last.
    pub(super) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Acquire)
    }

    /// Nothing of the connection is believed any more.
    pub(super) fn has_failed(&self) {
        self.must_close.store(true, Ordering::Release);
        self.lacks_room.store(true, Ordering::Release);
    }
}
