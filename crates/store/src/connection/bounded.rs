//! A connection whose answers are waited for only so long: a server may be stopped, or cut off, and say nothing at all.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, TransactionOptions, TransactionTrait,
};
use std::time::Duration;

/// What is asked through it.
#[derive(Debug, Clone)]
pub(crate) struct Bounded<C> {
    inner: C,
    /// `None` where whoever answers is in this process.
    patience: Option<Duration>,
}

impl<C> Bounded<C> {
    pub(crate) fn new(inner: C, patience: Option<Duration>) -> Self {
        Self { inner, patience }
    }

    /// Waits for this.
    async fn wait<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        within(self.patience, answer).await
    }
}

impl Bounded<DatabaseConnection> {
    /// The pool itself, for whoever closes it.
    pub(crate) fn pool(&self) -> &DatabaseConnection {
        &self.inner
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self, options: TransactionOptions) -> Result<Bounded<DatabaseTransaction>, DbErr> {
        let inner = self.wait(self.inner.begin_with_options(options)).await?;
        Ok(Bounded { inner, patience: self.patience })
    }
}

impl Bounded<DatabaseTransaction> {
    /// The transaction itself, for its engine.
    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Commits. Where that is not answered, nobody here knows what became of it.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        within(self.patience, self.inner.commit()).await
    }
}

/// Waits for this for so long.
pub(super) async fn within<T>(
    patience: Option<Duration>,
    answer: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let Some(patience) = patience else { return answer.await };
    tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| Err(silent()))
}

/// What is said of an answer that did not come.
pub(crate) fn silent() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the database does not answer".to_owned()))
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Bounded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.wait(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.wait(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.wait(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.wait(self.inner.query_all_raw(statement)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_is_not_waited_for() {
        let silence = std::future::pending::<Result<(), DbErr>>();
        let told = within(Some(Duration::from_secs(10)), silence).await.unwrap_err();
        assert!(told.to_string().contains("does not answer"), "{told}");
        assert!(within(Some(Duration::from_secs(10)), async { Ok(()) }).await.is_ok());
        assert!(within(None, async { Ok(()) }).await.is_ok());
    }
}
