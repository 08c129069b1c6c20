//! What the engines have in common that are servers: two pools of connections, one for those who write and one for those who read, and how
//! a change begins that others of this process and of other replicas may not get in the way of.
//!
//! Writers take turns, as they do on a file: each begins by locking one row, so that what it reads stays true until it commits, whatever the
//! isolation is called there. Whoever holds it and is not heard of any more is thrown out by the server after a while, whose patience is set
//! on every connection, and every answer is waited for only so long here.
//!
//! Must not know: which server it is ([`postgres`], [`mysql`]).

mod location;
pub(crate) mod mysql;
pub(crate) mod postgres;

use async_trait::async_trait;
use doorward_service::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait};
use sqlx::{ConnectOptions, Connection};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

use super::{Dialect, Engine, Finding, NotBegun, OpenError, Opened, cause};
pub(crate) use location::Location;

/// Whoever changes something holds this row: that of the change feed, which most changes move anyway.
const TURN: &str = "SELECT seq FROM sequences WHERE name = 'changes' FOR UPDATE";

/// For how long a statement waits for a lock.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// For how long the server works on one statement.
const STATEMENT_PATIENCE: Duration = Duration::from_secs(10);

/// For how long an answer is waited for: longer than the server works on one that it can give.
const ANSWER_PATIENCE: Duration = Duration::from_secs(12);

/// For how long a connection that is given back is waited for until it is at rest.
const REST_PATIENCE: Duration = Duration::from_secs(2);

/// For how long a transaction may be left alone by whoever began it: somebody who is stopped or cut off keeps the others from writing.
const IDLE_PATIENCE: Duration = Duration::from_secs(5);

/// For how long a replica that starts waits for another that brings the database up to date.
const STEPS_PATIENCE: Duration = Duration::from_mins(10);

/// Between two attempts to connect to a server that is starting.
const PAUSE: Duration = Duration::from_millis(100);

/// Of the connections, those that write: few, since they take turns.
fn writers(connections: u32) -> u32 {
    (connections / 4).clamp(1, 4)
}

/// The others read, but for one that listens.
fn readers(location: &Location) -> u32 {
    location.connections - writers(location.connections) - 1
}

/// An open database of a server.
#[derive(Debug)]
struct Server {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    vendor: &'static dyn Vendor,
    /// Hears what the server passes on to all who are connected, where it does.
    listener: Option<postgres::Listener>,
}

/// Which server it is.
#[async_trait]
trait Vendor: Dialect + std::fmt::Debug {
    /// Whether a statement, or COMMIT, failed because another was in the way, and nothing of the transaction is kept.
    fn is_in_the_way(&self, error: &dyn sqlx::error::DatabaseError) -> bool;

    /// What `doorward doctor` is told of the connection.
    async fn findings(&self, db: &DatabaseConnection) -> Vec<Finding>;
}

#[async_trait]
impl Engine for Server {
    async fn begin(&self) -> Result<DatabaseTransaction, NotBegun> {
        let begun = self.writer.begin_with_options(self.vendor.writing()).await.map_err(NotBegun::Failed)?;
        let turn = Statement::from_string(begun.get_database_backend(), TURN);
        match begun.query_one_raw(turn).await.map_err(NotBegun::Failed)? {
            Some(_) => Ok(begun),
            None => Err(NotBegun::Lost(StoreError::Unavailable("the row is gone by which writers take turns".into()))),
        }
    }

    fn is_in_the_way(&self, error: &DbErr) -> bool {
        cause(error).and_then(sqlx::Error::as_database_error).is_some_and(|error| self.vendor.is_in_the_way(error))
    }

    /// An answer of the server's does, unless it is that of one that goes away (SQLSTATE classes 08 and 57).
    fn settles(&self, error: &DbErr) -> bool {
        let answer = cause(error).and_then(sqlx::Error::as_database_error);
        answer.is_some_and(|error| !error.code().is_some_and(|code| code.starts_with("57") || code.starts_with("08")))
    }

    async fn woken(&self) {
        match &self.listener {
            Some(listener) => listener.heard().await,
            None => std::future::pending().await,
        }
    }

    fn patience(&self) -> Option<Duration> {
        Some(ANSWER_PATIENCE)
    }

    /// A connection on which anything is left open is closed when it is given back.
    fn has_failed(&self) {}

    async fn findings(&self) -> Vec<Finding> {
        self.vendor.findings(&self.reader).await
    }

    #[cfg(test)]
    fn forget_failure(&self) {}
}

/// Connects for the first time, so that what is wrong shows at once and by its name. A server that is only starting is waited for.
async fn first_connection<C: Connection>(
    options: &impl ConnectOptions<Connection = C>,
    location: &Location,
) -> Result<(), OpenError> {
    let until = Instant::now() + location.patience;
    loop {
        match tokio::time::timeout_at(until, options.connect()).await {
            Ok(Ok(connection)) => {
                // It has shown what it was for.
                let _ = connection.close().await;
                return Ok(());
            }
            Ok(Err(error)) if is_starting(&error) && Instant::now() + PAUSE < until => tokio::time::sleep(PAUSE).await,
            Ok(Err(error)) => return Err(OpenError::driver(error)),
            Err(_) => return Err(OpenError::driver(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))),
        }
    }
}

/// Nobody listens, or `cannot_connect_now`.
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        error => error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("57P03"),
    }
}

fn opened(
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    vendor: &'static dyn Vendor,
    listener: Option<postgres::Listener>,
) -> Opened {
    let engine = Server { writer: writer.clone(), reader: reader.clone(), vendor, listener };
    Opened { writer, reader, engine: Arc::new(engine) }
}

/// What this finds, a line a row, of the column `line`.
async fn lines(db: &DatabaseConnection, queries: &[&str]) -> Result<Vec<String>, DbErr> {
    let mut lines = Vec::new();
    for query in queries {
        for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), *query)).await? {
            lines.push(row.try_get("", "line")?);
        }
    }
    Ok(lines)
}

/// The first that this finds: the columns `name` and `place`.
async fn named(db: &DatabaseConnection, query: &str) -> Result<Option<(String, String)>, DbErr> {
    let found = db.query_one_raw(Statement::from_string(db.get_database_backend(), query)).await?;
    found.map(|row| Ok((row.try_get("", "name")?, row.try_get("", "place")?))).transpose()
}

/// Whether others could read along, from what the server says of the connection: nothing where they could.
fn encryption(told: Result<String, DbErr>) -> Finding {
    let found = match told {
        Ok(told) if told.is_empty() => Ok("the connection to the database is not encrypted".to_owned()),
        Ok(told) => Ok(format!("the connection to the database is encrypted ({told})")),
        Err(error) => Err(super::told(&error)),
    };
    ("database connection", found)
}

/// A pool of connections that are made when needed. One that broke, with the server or on the way, is found before it is used; one on which a
/// transaction is still open when it is given back is closed.
macro_rules! pool {
    ($options:ty, $connections:expr, $location:expr, $session:expr) => {
        <$options>::new()
            .max_connections($connections)
            .min_connections(0)
            .acquire_timeout($location.patience)
            .idle_timeout(std::time::Duration::from_mins(5))
            .max_lifetime(std::time::Duration::from_mins(30))
            .test_before_acquire(true)
            .after_connect(move |connection, _| {
                let session = $session.clone();
                Box::pin(
                    async move { sqlx::Executor::execute(connection, sqlx::AssertSqlSafe(session)).await.map(drop) },
                )
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    let at_rest = sqlx::Connection::ping(&mut *connection);
                    let is_at_rest = tokio::time::timeout(crate::engine::server::REST_PATIENCE, at_rest).await;
                    Ok(matches!(is_at_rest, Ok(Ok(()))) && !sqlx::Connection::is_in_transaction(connection))
                })
            })
    };
}
use pool;
