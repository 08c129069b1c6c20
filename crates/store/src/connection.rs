//! One connection that writes, a few that read.
//!
//! All writing goes through one connection, so that writers queue here, in order, rather than fight for the file; other processes
//! are kept off by the engine's lock, taken when a transaction begins. Knows nothing of nouns.

use doorward_service::ports::StoreError;
use sea_orm::{DatabaseConnection, DbErr, SqlErr};
use std::sync::Arc;

use crate::file_identity::FileIdentity;
use crate::transaction::{Transaction, Writer};

/// The connections to one database. In memory both are the same single connection.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    pub(crate) condition: Arc<Writer>,
    /// `None` in memory.
    pub(crate) file: Option<Arc<FileIdentity>>,
}

impl Connections {
    /// Begins a transaction that writes. Dropped without commit, it is rolled back. Nothing is written in any other way.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        let transaction = Transaction::begin(&self.writer, &self.condition).await.map_err(failed)?;
        self.is_still_there()?;
        Ok(transaction)
    }

    /// Fails when what is written would go into a file that nobody finds again.
    pub(crate) fn is_still_there(&self) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), |file| file.check()).map_err(|lost| StoreError::Unavailable(Box::new(lost)))
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

/// As [`failed`], but a unique column already in use is [`StoreError::Conflict`] with the word given for it.
pub(crate) fn conflict_or_failed(error: DbErr, unique: &[(&str, &'static str)]) -> StoreError {
    let Some(SqlErr::UniqueConstraintViolation(violated)) = error.sql_err() else { return failed(error) };
    let word = unique.iter().find(|(column, _)| violated.contains(column)).map(|(_, word)| *word);
    word.map_or_else(|| failed(error), StoreError::Conflict)
}
