//! One connection that writes, a few that read.
//!
//! All writing goes through one connection, so that writers queue here, in order, rather than fight for the file; other processes
//! are kept off by the engine's lock, taken when a transaction begins. Knows nothing of nouns.

mod writer;

use doorward_service::ports::StoreError;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, SqlErr, TransactionTrait};
use std::sync::Arc;

use crate::dialect;
use crate::file_identity::{FileIdentity, Lost};
pub(crate) use writer::{Writer, Written};

/// The connections to one database. In memory both are the same single connection.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    pub(crate) condition: Arc<Writer>,
    /// `None` in memory.
    pub(crate) file: Option<Arc<FileIdentity>>,
}

impl Connections {
    pub(crate) fn new(
        writer: DatabaseConnection,
        reader: DatabaseConnection,
        condition: Arc<Writer>,
        file: Option<FileIdentity>,
    ) -> Self {
        Self { writer, reader, condition, file: file.map(Arc::new) }
    }

    /// For opening, migrating, tending and closing the database. Whoever changes what it remembers goes through [`Connections::change`].
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Begins to read what has to be of one moment.
    pub(crate) async fn moment(&self) -> Result<DatabaseTransaction, StoreError> {
        self.reader.begin().await.map_err(failed)
    }

    /// Fails when what is written would go into a file that nobody finds again.
    pub(crate) fn is_still_there(&self) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), |file| file.check()).map_err(|lost| StoreError::Unavailable(Box::new(lost)))
    }

    /// The same of the log beside it, for whoever has begun to write.
    pub(crate) fn check_log(&self) -> Result<(), Lost> {
        self.file.as_ref().map_or(Ok(()), |file| file.check_beside(self.condition.opened()))
    }

    /// Copies what was acknowledged from the log, which the connection still has open, into the file: not where another process goes by a log of
    /// its own, to which the file would change under the hand.
    pub(crate) async fn rescue(&self, lost: Lost) -> StoreError {
        if matches!(lost, Lost::BesideGone(_)) {
            let _ = self.checkpoint().await;
        }
        StoreError::Unavailable(Box::new(lost))
    }

    /// Looks at the log while nothing is written: before it is read, so that nothing follows from what is read there, and now and then, so that
    /// what is in a log that was removed is saved before another process begins one.
    pub(crate) async fn watch_log(&self) {
        let Some(file) = &self.file else { return };
        match file.watch_beside(self.condition.opened()) {
            Err(Lost::BesideGone(_)) if !self.condition.is_rescued() => {
                if self.checkpoint().await.is_ok() {
                    self.condition.has_rescued(true);
                }
            }
            Ok(()) => self.condition.has_rescued(false),
            Err(_) => {}
        }
    }

    /// Copies the log into the database, unless that would destroy it.
    pub(crate) async fn checkpoint(&self) -> Result<(), StoreError> {
        self.has_whole_log()?;
        dialect::checkpoint(&self.writer).await.map_err(failed)
    }

    /// Fails when the log was cut short or written over.
    fn has_whole_log(&self) -> Result<(), StoreError> {
        let Some(file) = &self.file else { return Ok(()) };
        let _ = file.watch_beside(self.condition.opened());
        if file.is_log_damaged() { self.is_still_there() } else { Ok(()) }
    }

    /// Closes all connections once what runs has finished. The last one to be closed copies the log into the database: where that would
    /// destroy it, they stay open until the process ends.
    pub(crate) async fn close(&self) {
        if self.has_whole_log().is_err() {
            std::mem::forget(self.clone());
            return;
        }
        // Closing fails only where there is nothing to close.
        let _ = self.reader.close_by_ref().await;
        let _ = self.writer.close_by_ref().await;
    }
}

/// The database failed; the cause goes along for the log.
pub(crate) fn failed(error: DbErr) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

/// What is stored cannot be read back as what it should be. Never the value: it may be anything.
pub(crate) fn damaged(what: &'static str) -> StoreError {
    StoreError::Unavailable(Box::new(DbErr::Custom(format!("the database holds an unreadable {what}"))))
}

/// As [`failed`], but what is in use already is a [`StoreError::Conflict`], if that has a word.
pub(crate) fn conflict_or_failed(error: DbErr) -> StoreError {
    let Some(SqlErr::UniqueConstraintViolation(violated)) = error.sql_err() else { return failed(error) };
    dialect::conflict(&violated).map_or_else(|| failed(error), StoreError::Conflict)
}
