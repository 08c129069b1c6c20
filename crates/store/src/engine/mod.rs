//! What the engines do in their own ways. Only this room knows one; everything else speaks through sea-orm and asks here.
//!
//! An [`Engine`] is one open database: whether it is still there, how a change begins on it, what it needs around that. A [`Dialect`] is
//! what is said differently to it. Both have an answer of their own for what an engine has no need of, so that another engine is a file
//! here, its case in [`open`] and in [`dialect()`], and the address it has ([`address`]).
//!
//! Must not know: nouns, nor what a change is about. Look next: [`sqlite`], [`server`].

mod address;
mod dialect;
mod open_error;
mod server;
pub(crate) mod sqlite;
mod unique;

use async_trait::async_trait;
use doorward_service::ports::StoreError;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, sqlx};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use address::Address;
pub use address::InvalidAddress;
pub(crate) use dialect::{Dialect, Kind, dialect};
pub use open_error::OpenError;
pub(crate) use unique::Unique;

/// A database that was opened: a connection that writes, some that read (the same one, where the database is only in that), and what its
/// engine has to do with them.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) writer: DatabaseConnection,
    pub(crate) reader: DatabaseConnection,
    pub(crate) engine: Arc<dyn Engine>,
}

/// Fails, in words, unless this is the address of a database.
pub fn check_address(url: &str) -> Result<(), InvalidAddress> {
    url.parse::<Address>().map(drop)
}

/// Opens the database at this address, making it where the engine can and it is missing.
pub(crate) async fn open(url: &str) -> Result<Opened, OpenError> {
    match url.parse()? {
        Address::Memory => sqlite::in_memory().await,
        Address::File(path) => {
            let path = std::path::absolute(&path).map_err(|cause| OpenError::File { path, cause })?;
            sqlite::in_file(&path).await
        }
        Address::Postgres(location) => server::postgres::open(&location).await,
        Address::MySql(location) => server::mysql::open(&location).await,
    }
}

/// Why a change did not begin.
#[derive(Debug)]
pub(crate) enum NotBegun {
    /// A statement failed.
    Failed(DbErr),
    /// What would be written would not be found again.
    Lost(StoreError),
}

/// What was looked at, and what was found: good or bad, a sentence.
pub(crate) type Finding = (&'static str, Result<String, String>);

/// An error with its causes, on one line.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

/// What the driver said.
fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

/// One open database, as its engine sees it.
#[async_trait]
pub(crate) trait Engine: Debug + Send + Sync {
    /// Begins a change: what it reads stays true until it commits, and what it writes will be found again.
    async fn begin(&self) -> Result<DatabaseTransaction, NotBegun>;

    /// For how long an answer is waited for; `None` where whoever answers is in this process.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Returns once somebody has said that the change feed has grown, here or elsewhere; never, where nobody can say so.
    async fn woken(&self) {
        std::future::pending::<()>().await;
    }

    /// Asked before a change commits: whether what it has written would still be found.
    fn may_commit(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Fails when what is written would go where nobody finds it again.
    fn is_still_there(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Looks at the database while nothing is written: before something is read that others go by, and now and then.
    async fn watch(&self) {}

    /// Whether a change failed because another was in its way, so that it may work when it is done again from its beginning. Only where
    /// it is certain that nothing of it is kept, also when it was COMMIT that failed.
    fn is_in_the_way(&self, error: &DbErr) -> bool;

    /// Whether a COMMIT that failed so is known to have kept nothing.
    fn settles(&self, _: &DbErr) -> bool {
        true
    }

    /// Something failed on the connection that writes: nothing of it is believed any more.
    fn has_failed(&self);

    /// From here on what this change writes goes where it is kept at once, not only when it is committed: rolled back, it has shown that
    /// there is room. False where that shows nothing.
    async fn write_through(&self, _: &DatabaseTransaction) -> Result<bool, DbErr> {
        Ok(false)
    }

    /// Writes into the database what so far is only in a log beside it, where there is one.
    async fn checkpoint(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether to close the connections would destroy nothing; otherwise they stay open until the process ends.
    fn may_close(&self) -> bool {
        true
    }

    /// Waits until the connections used so far are given back, so that the runtime that opened them may stop.
    async fn settle(&self) {}

    /// Says what is wrong where the engine only gave a code.
    fn in_words(&self, error: OpenError) -> OpenError {
        error
    }

    /// What `doorward doctor` is told of what is the engine's own.
    async fn findings(&self) -> Vec<Finding> {
        Vec::new()
    }

    /// So that a test makes the next change fail, not what is done before it because one has failed.
    #[cfg(test)]
    fn forget_failure(&self) {}
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// What is an engine's own, in code: its driver, its statements, which one it is.
    const OWN: [&str; 10] =
        ["sqlx", "PRAGMA", "sqlite_", "Sqlite", "DbBackend", "EXPLAIN", "VACUUM", "pg_", "NOTIFY", "GET_LOCK"];

    /// Files that may name it: what makes it fail, in tests, and what passes statements on whatever they are.
    const NAMED_IN: [&str; 3] = ["faults", "transaction.rs", "connection/bounded.rs"];

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn nothing_else_here_speaks_to_an_engine_in_its_own_words() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for path in files(&root) {
            let name = path.strip_prefix(&root).unwrap();
            if name.starts_with("engine") || NAMED_IN.iter().any(|named| name.to_string_lossy().starts_with(named)) {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in lines {
                assert!(!OWN.iter().any(|own| line.contains(own)), "{}: {line}", name.display());
            }
        }
    }
}
