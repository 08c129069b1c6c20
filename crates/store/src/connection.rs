//! One connection that writes, a few that read, and the engine at the other end. Knows nothing of nouns.

mod bounded;
mod condition;

use doorward_service::ports::StoreError;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, SqlErr};
use std::sync::Arc;

use crate::engine::{Engine, Opened, dialect};
use crate::unique;
use bounded::within;
pub(crate) use bounded::{Bounded, silent};
pub(crate) use condition::{Condition, Written};

/// The connections to one database.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    writer: DatabaseConnection,
    pub(crate) reader: Bounded<DatabaseConnection>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) condition: Arc<Condition>,
}

impl From<Opened> for Connections {
    fn from(Opened { writer, reader, engine }: Opened) -> Self {
        let reader = Bounded::new(reader, engine.patience());
        Self { writer, reader, engine, condition: Arc::default() }
    }
}

impl Connections {
    /// For migrating, tending and closing the database. Whoever changes what it remembers goes through [`Connections::change`].
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// An answer, if it comes within the time that is left to any.
    pub(crate) async fn answered<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        within(self.engine.patience(), answer).await
    }

    /// Begins to read what has to be of one moment.
    pub(crate) async fn moment(&self) -> Result<Bounded<DatabaseTransaction>, StoreError> {
        self.reader.begin(dialect(self.reader.get_database_backend()).reading()).await.map_err(failed)
    }

    /// Closes all connections once what runs has finished.
    pub(crate) async fn close(&self) {
        if !self.engine.may_close() {
            std::mem::forget(self.clone());
            return;
        }
        // It fails only where there is nothing to close, and whoever does not answer is not waited for.
        let _ = self.answered(self.reader.pool().close_by_ref()).await;
        let _ = self.answered(self.writer.close_by_ref()).await;
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
    unique::conflict(&violated).map_or_else(|| failed(error), StoreError::Conflict)
}
