//! Opening `SQLite`: the file, the settings of each connection, and its errors in words.

use sea_orm::{
    DbErr, RuntimeErr, SqlxSqliteConnector,
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

use crate::backup;
use crate::connection::{Connections, Writer};
use crate::file_identity::FileIdentity;
use crate::open_error::OpenError;

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
pub(crate) async fn in_memory() -> Result<Connections, OpenError> {
    let options = common(SqliteConnectOptions::new().in_memory(true));
    let pool = pool(1).connect_with(options).await.map_err(wrapped)?;
    let both = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    Ok(Connections::new(both.clone(), both, Arc::default(), None))
}

/// Connects to the file, making it and its folder if missing. Readers connect when first needed.
pub(crate) async fn in_file(path: &Path) -> Result<Connections, OpenError> {
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
    let condition = Arc::<Writer>::default();
    let writer = connect_patiently(writing, &condition).await.map_err(|error| in_words(wrapped(error), Some(path)))?;
    let file = FileIdentity::of(path).map_err(|cause| OpenError::File { path: path.to_owned(), cause })?;
    let reader = pool(READERS).connect_lazy_with(options.pragma("query_only", "ON").pragma("cache_size", "-512"));
    let [writer, reader] = [writer, reader].map(SqlxSqliteConnector::from_sqlx_sqlite_pool);
    Ok(Connections::new(writer, reader, condition, Some(file)))
}

/// Makes the folder (0700) and the file (0600), or checks that what is there can be written. The engine gives its side files the
/// mode of the main one.
fn prepare(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map(drop)
}

/// A small page cache (as [`crate::dialect::USUAL_CACHE`], in KiB) and few prepared statements: memory is counted in single megabytes here.
fn common(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("cache_size", "-1024")
        .statement_cache_capacity(64)
        .disable_statement_logging()
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
fn writing(condition: &Arc<Writer>) -> SqlitePoolOptions {
    let (opened, given_back, taken) = (Arc::clone(condition), Arc::clone(condition), Arc::clone(condition));
    pool(1)
        .after_connect(move |_, _| {
            opened.has_opened();
            Box::pin(async { Ok(()) })
        })
        .after_release(move |connection, _| {
            let condition = Arc::clone(&given_back);
            Box::pin(async move { condition.is_sound(connection).await })
        })
        .before_acquire(move |connection, _| {
            let condition = Arc::clone(&taken);
            Box::pin(async move { condition.is_sound(connection).await })
        })
}

/// The very first switch to the write-ahead log does not wait for a second process doing the same, so it is tried again, for as long
/// as anything else would be waited for.
async fn connect_patiently(
    options: SqliteConnectOptions,
    condition: &Arc<Writer>,
) -> Result<sqlx::SqlitePool, sqlx::Error> {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        match writing(condition).connect_with(options.clone()).await {
            Err(error) if code(&error) == Some(BUSY) && tokio::time::Instant::now() < until => {}
            done => return done,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the connections used so far are given back, so that the runtime that opened the store may stop.
pub(crate) async fn settle(connections: &Connections) {
    let pools = [connections.writer().get_sqlite_connection_pool(), connections.reader.get_sqlite_connection_pool()];
    for pool in pools {
        while usize::try_from(pool.size()).is_ok_and(|size| size > pool.num_idle()) {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
}

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const CORRUPT: i32 = 11;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

/// `SQLite`'s primary result code, without the extension in the upper bits.
fn code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

fn wrapped(error: sqlx::Error) -> OpenError {
    OpenError::Database(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
}

/// Says what is wrong with the file where the engine only gave a code.
pub(crate) fn in_words(error: OpenError, path: Option<&Path>) -> OpenError {
    let OpenError::Database(
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause)),
    ) = &error
    else {
        return error;
    };
    let Some(path) = path.map(Path::to_owned) else { return error };
    match code(cause) {
        Some(BUSY | LOCKED) => OpenError::Locked(path),
        Some(CORRUPT | NOT_A_DATABASE) => OpenError::Corrupt(path),
        Some(READ_ONLY) => OpenError::File { path, cause: io::ErrorKind::ReadOnlyFilesystem.into() },
        Some(CANNOT_OPEN) => OpenError::File { path, cause: io::ErrorKind::PermissionDenied.into() },
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;
    use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

    async fn pragma(db: &DatabaseConnection, name: &str) -> String {
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
        assert!(reader.execute_unprepared("DELETE FROM heads").await.is_err(), "readers never write");
    }
}
