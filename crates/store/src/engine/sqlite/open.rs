//! Opening the file: the settings of each connection, and which of them may be used again.

use sea_orm::{
    DatabaseConnection, SqlxSqliteConnector,
    sqlx::{
        self, ConnectOptions as _,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};
use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::errors::{BUSY, code, in_words};
use super::file_identity::{FileIdentity, Lost};
use super::handle::Handle;
use super::{Kept, Sqlite, backup};
use crate::engine::{OpenError, Opened};

/// How long we wait for another process to finish writing.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a caller waits for a connection that others of this process are using.
const QUEUE_PATIENCE: Duration = Duration::from_secs(10);

/// Bytes the write-ahead log keeps on disk once its content is in the database.
const LARGEST_IDLE_LOG: &str = "16777216";

/// Pages (of 4 KiB) in the write-ahead log from which on its content is copied into the database by whoever commits.
const LOG_PAGES: &str = "500";

/// Reads come from session-cache misses and administration: a few connections do.
const READERS: u32 = 4;

/// One connection for both, because each connection in memory would be a database of its own.
pub(crate) async fn in_memory() -> Result<Opened, OpenError> {
    let options = common(SqliteConnectOptions::new().in_memory(true));
    let pool = pool(1).connect_with(options).await.map_err(OpenError::driver)?;
    let both = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    Ok(opened(both.clone(), both, Arc::default(), None))
}

/// Connects to the file, making it and its folder if missing. Readers connect when first needed. Nothing has been written, which may copy
/// the log into the database, where the log is not whole.
pub(crate) async fn in_file(path: &Path) -> Result<Opened, OpenError> {
    if let Some(remains) = backup::remains(path) {
        return Err(OpenError::Remains { path: path.to_owned(), remains });
    }
    prepare(path).map_err(|cause| OpenError::File { path: path.to_owned(), cause })?;
    let options = common(SqliteConnectOptions::new().filename(path).create_if_missing(false));
    // Synchronous FULL: a committed audit entry survives a power cut. Write-ahead log: readers and the writer do not block one another.
    let writing = options
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", LARGEST_IDLE_LOG)
        .pragma("wal_autocheckpoint", LOG_PAGES);
    let handle = Arc::<Handle>::default();
    let writer =
        connect_patiently(writing, &handle).await.map_err(|error| in_words(OpenError::driver(error), Some(path)))?;
    let identity = FileIdentity::of(path).map_err(|cause| OpenError::File { path: path.to_owned(), cause })?;
    // A fresh one comes with the first change.
    if let Err(Lost::LogDamaged(log)) = identity.check_beside(handle.opened()) {
        return Err(OpenError::LogDamaged(log));
    }
    let reader = pool(READERS).connect_lazy_with(options.pragma("query_only", "ON").pragma("cache_size", "-512"));
    let [writer, reader] = [writer, reader].map(SqlxSqliteConnector::from_sqlx_sqlite_pool);
    Ok(opened(writer, reader, handle, Some(Kept { path: path.to_owned(), identity })))
}

fn opened(writer: DatabaseConnection, reader: DatabaseConnection, handle: Arc<Handle>, file: Option<Kept>) -> Opened {
    let engine = Sqlite { writer: writer.clone(), reader: reader.clone(), handle, file };
    Opened { writer, reader, engine: Arc::new(engine) }
}

/// Makes the folder (0700) and the file (0600), or checks that what is there can be written. The engine gives its side files the
/// mode of the main one.
fn prepare(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map(drop)
}

/// A small page cache (as [`super::sql::USUAL_CACHE`], in KiB) and few prepared statements: memory is counted in single megabytes here.
fn common(options: SqliteConnectOptions) -> SqliteConnectOptions {
    let options = options
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("cache_size", "-1024")
        .statement_cache_capacity(64)
        .disable_statement_logging();
    // Rows that no statement orders come the other way round in tests, so that nothing relies on the way they happen to come.
    if cfg!(debug_assertions) { options.pragma("reverse_unordered_selects", "ON") } else { options }
}

/// Connections never age out: in memory that would lose everything, in a file it would gain nothing.
fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .min_connections(0)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(QUEUE_PATIENCE)
}

/// One connection, looked at whenever it changes hands: one that anything failed on, or that is not at rest, is closed, and the next
/// change opens another. In memory that would lose everything, so it is done for files only.
fn writing(handle: &Arc<Handle>) -> SqlitePoolOptions {
    let (opened, given_back, taken) = (Arc::clone(handle), Arc::clone(handle), Arc::clone(handle));
    pool(1)
        .after_connect(move |_, _| {
            opened.has_opened();
            Box::pin(async { Ok(()) })
        })
        .after_release(move |connection, _| {
            let handle = Arc::clone(&given_back);
            Box::pin(async move { handle.is_sound(connection).await })
        })
        .before_acquire(move |connection, _| {
            let handle = Arc::clone(&taken);
            Box::pin(async move { handle.is_sound(connection).await })
        })
}

/// The very first switch to the write-ahead log does not wait for a second process doing the same, so it is tried again, for as long
/// as anything else would be waited for.
async fn connect_patiently(
    options: SqliteConnectOptions,
    handle: &Arc<Handle>,
) -> Result<sqlx::SqlitePool, sqlx::Error> {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        match writing(handle).connect_with(options.clone()).await {
            Err(error) if code(&error) == Some(BUSY) && tokio::time::Instant::now() < until => {}
            done => return done,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the connections of these pools are given back.
pub(super) async fn settle(connections: [&DatabaseConnection; 2]) {
    for pool in connections.map(DatabaseConnection::get_sqlite_connection_pool) {
        while usize::try_from(pool.size()).is_ok_and(|size| size > pool.num_idle()) {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;
    use sea_orm::{ConnectionTrait, Statement};

    async fn pragma(db: &impl ConnectionTrait, name: &str) -> String {
        // Numbers as text, so that one function reads them all.
        let query = Statement::from_string(
            db.get_database_backend(),
            format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"),
        );
        db.query_one_raw(query).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn a_committed_entry_survives_a_power_cut_and_references_hold() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("d.db").display())).await.unwrap();
        let (writer, reader) = (store.connections.writer(), &store.connections.reader);
        assert_eq!(pragma(writer, "journal_mode").await, "wal");
        assert_eq!(pragma(writer, "synchronous").await, "2", "FULL");
        assert_eq!(
            (pragma(writer, "foreign_keys").await, pragma(reader, "query_only").await),
            ("1".to_owned(), "1".to_owned())
        );
        assert_eq!(pragma(reader, "reverse_unordered_selects").await, "1", "as long as tests are not optimised");
        assert!(reader.execute_unprepared("DELETE FROM sequences").await.is_err(), "readers never write");
    }
}
