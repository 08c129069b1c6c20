//! `SQLite`: one connection that writes, so that writers queue here, in order, rather than fight for the file; other processes are kept off
//! by the engine's lock, taken when a transaction begins.
//!
//! The database is a file, and a log beside it that the engine copies into the file now and then: most of what is here is about both still
//! being what they were ([`file_identity`]) and about a connection that anything failed on ([`handle`]). [`backup`] makes a copy of the two
//! as one file.

pub(crate) mod backup;
mod errors;
mod file_identity;
mod handle;
mod looked_over;
mod open;
#[cfg(test)]
pub(crate) mod plans;
mod sql;

use async_trait::async_trait;
use doorward_service::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use std::path::PathBuf;
use std::sync::Arc;

use super::{Dialect as _, Engine, Finding, NotBegun, OpenError};
use file_identity::{FileIdentity, Lost};
use handle::Handle;
pub(crate) use open::{in_file, in_memory};
pub(crate) use sql::Sql;

/// An open database.
#[derive(Debug)]
struct Sqlite {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    handle: Arc<Handle>,
    /// `None` in memory.
    file: Option<Kept>,
}

/// Where it is kept.
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    identity: FileIdentity,
}

#[async_trait]
impl Engine for Sqlite {
    /// With the write lock taken. After a failure the log is copied into the database first, as far as that goes: what the log takes up on a
    /// full disk can then be written over.
    async fn begin(&self) -> Result<DatabaseTransaction, NotBegun> {
        if self.handle.must_make_room() {
            let _ = sql::checkpoint(&self.writer).await;
        }
        let begun = self.writer.begin_with_options(Sql.writing()).await.map_err(NotBegun::Failed)?;
        self.is_still_there().map_err(NotBegun::Lost)?;
        match self.check_log() {
            Ok(()) => Ok(begun),
            Err(lost) => {
                drop(begun);
                Err(NotBegun::Lost(self.rescue(lost).await))
            }
        }
    }

    /// What was there when this began: the engine adds to it without looking, and may copy it into the database.
    fn may_commit(&self) -> Result<(), StoreError> {
        self.check_log().map_err(|lost| StoreError::Unavailable(Box::new(lost)))
    }

    fn is_still_there(&self) -> Result<(), StoreError> {
        let Some(file) = &self.file else { return Ok(()) };
        file.identity.check().map_err(|lost| StoreError::Unavailable(Box::new(lost)))
    }

    /// At the log: before it is read, so that nothing follows from what is read there, and now and then, so that what is in a log that was
    /// removed is saved before another process begins one.
    async fn watch(&self) {
        let Some(file) = &self.file else { return };
        match file.identity.watch_beside(self.handle.opened()) {
            Err(Lost::BesideGone(_)) if !self.handle.is_rescued() => {
                if self.checkpoint().await.is_ok() {
                    self.handle.has_rescued(true);
                }
            }
            Ok(()) => self.handle.has_rescued(false),
            Err(_) => {}
        }
    }

    fn is_in_the_way(&self, error: &DbErr) -> bool {
        errors::is_busy(error)
    }

    fn has_failed(&self) {
        self.handle.has_failed();
    }

    async fn write_through(&self, change: &DatabaseTransaction) -> Result<bool, DbErr> {
        // In memory there is no disk.
        if self.file.is_none() {
            return Ok(false);
        }
        self.handle.has_cramped();
        change.execute_unprepared(sql::NO_CACHE).await.map(|_| true)
    }

    /// Unless that would destroy the log.
    async fn checkpoint(&self) -> Result<(), StoreError> {
        self.has_whole_log()?;
        sql::checkpoint(&self.writer).await.map_err(|error| StoreError::Unavailable(Box::new(error)))
    }

    /// The last connection to be closed copies the log into the database.
    fn may_close(&self) -> bool {
        self.has_whole_log().is_ok()
    }

    async fn settle(&self) {
        open::settle([&self.writer, &self.reader]).await;
    }

    fn in_words(&self, error: OpenError) -> OpenError {
        errors::in_words(error, self.file.as_ref().map(|file| file.path.as_path()))
    }

    async fn findings(&self) -> Vec<Finding> {
        looked_over::findings(self.file.as_ref().map(|file| file.path.as_path()), &self.reader).await
    }

    #[cfg(test)]
    fn forget_failure(&self) {
        self.handle.forget_failure();
    }
}

impl Sqlite {
    /// Whether the log beside the file is still the one that this process has open, for whoever has begun to write.
    fn check_log(&self) -> Result<(), Lost> {
        self.file.as_ref().map_or(Ok(()), |file| file.identity.check_beside(self.handle.opened()))
    }

    /// Copies what was acknowledged from the log, which the connection still has open, into the file: not where another process goes by a log of
    /// its own, to which the file would change under the hand.
    async fn rescue(&self, lost: Lost) -> StoreError {
        if matches!(lost, Lost::BesideGone(_)) {
            let _ = self.checkpoint().await;
        }
        StoreError::Unavailable(Box::new(lost))
    }

    /// Fails when the log was cut short or written over.
    fn has_whole_log(&self) -> Result<(), StoreError> {
        let Some(file) = &self.file else { return Ok(()) };
        let _ = file.identity.watch_beside(self.handle.opened());
        if file.identity.is_log_damaged() { self.is_still_there() } else { Ok(()) }
    }
}
