//! Backups: the whole database as one file, made while it is in use, proved before it is called one, and put back.
//!
//! Speaks of files, so it is `SQLite`'s alone. Knows nothing of nouns but that a restored database must sign everybody out.

use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _, Row as _, sqlite::SqliteConnectOptions};
use sea_orm::{DatabaseConnection, DbErr, SqlxSqliteConnector};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{audit, migration};

/// How long another process that uses the database is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What did not work, in words for whoever makes backups.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no such file.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// Something is there already, and is left alone.
    #[error("{} is there already and is left as it is", .0.display())]
    Exists(PathBuf),
    /// Some process has the database open.
    #[error("{} is in use: stop the Doorward that runs on it first", .0.display())]
    InUse(PathBuf),
    /// It is not a backup that could be put back.
    #[error("{} is no good backup: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The engine failed.
    #[error("the database cannot be copied: {0}")]
    Database(#[from] sqlx::Error),
}

/// What a good backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Entries of the audit log; the chain over them holds.
    pub audit_entries: u64,
    /// Bytes.
    pub size: u64,
}

/// Copies the database as it is at one moment, while others read and write it, into a new file for its owner only. When this returns the
/// copy is on disk and has been verified; otherwise there is no such file.
pub async fn create_backup(database: &Path, to: &Path) -> Result<BackupReport, BackupError> {
    if !database.exists() {
        return Err(BackupError::Missing(database.to_owned()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let partial = beside(to, ".partial");
    let made = copy_at_one_moment(database, &partial).await;
    let verified = match made {
        Ok(()) => verify_backup(&partial).await,
        Err(error) => Err(error),
    };
    let placed = verified.and_then(|report| place(&partial, to).map(|()| report));
    if placed.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    placed
}

/// Reads all of a backup: the file is whole, its tables are ours, the audit chain holds.
pub async fn verify_backup(file: &Path) -> Result<BackupReport, BackupError> {
    let size = std::fs::metadata(file).map_err(|cause| file_error(file, cause))?.len();
    let unusable = |why: String| BackupError::Unusable { path: file.to_owned(), why };
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true).disable_statement_logging();
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
    let verdict: Result<String, _> = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&pool).await;
    match verdict {
        Ok(ok) if ok == "ok" => {}
        Ok(damage) => return Err(unusable(damage)),
        Err(error) => return Err(unusable(error.to_string())),
    }
    let db = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    let checked = holds(&db).await.map_err(unusable);
    let _ = db.close().await;
    Ok(BackupReport { audit_entries: checked?, size })
}

async fn holds(db: &DatabaseConnection) -> Result<u64, String> {
    let steps = migration::applied(db).await.map_err(|error| error.to_string())?;
    if steps.is_empty() {
        return Err(
            "it holds no tables of Doorward (a copy of the main file alone leaves out what is in the write-ahead log)".to_owned()
        );
    }
    migration::acquainted(&steps).map_err(|error| error.to_string())?;
    let (faults, entries) = audit::verify(db).await.map_err(|error| error.to_string())?;
    match faults.first() {
        Some(fault) => Err(format!("the audit chain does not hold at entry {}: {}", fault.seq, fault.what)),
        None => Ok(entries),
    }
}

/// Puts a backup in the place of the database. A database that is there is only replaced when `replace` says so, is not in use, and is
/// kept beside the new one; where, is returned. Everybody is signed out: the backup remembers sessions that were ended since.
pub async fn restore_backup(file: &Path, database: &Path, replace: bool) -> Result<(BackupReport, Option<PathBuf>), BackupError> {
    let report = verify_backup(file).await?;
    let is_there = database.exists();
    if is_there && !replace {
        return Err(BackupError::Exists(database.to_owned()));
    }
    if is_there {
        nobody_uses(database).await?;
    }
    let partial = beside(database, ".restoring");
    let copied = copy_file(file, &partial);
    let ready = match copied {
        Ok(()) => sign_everybody_out(&partial).await,
        Err(error) => Err(error),
    };
    let kept = ready.and_then(|()| if is_there { set_aside(database).map(Some) } else { Ok(None) });
    let placed = kept.and_then(|kept| place(&partial, database).map(|()| kept));
    if placed.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    placed.map(|kept| (report, kept))
}

/// `VACUUM INTO` reads in one transaction, so what it writes is one moment of the database.
async fn copy_at_one_moment(database: &Path, to: &Path) -> Result<(), BackupError> {
    // The engine fills an empty file that is there already: made by us, it is for its owner only.
    new_file(to)?;
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(false).busy_timeout(PATIENCE);
    let mut connection = options.disable_statement_logging().connect().await?;
    let copied = sqlx::query("VACUUM INTO ?").bind(to.to_string_lossy().into_owned()).execute(&mut connection).await;
    connection.close().await?;
    copied?;
    sync(to)
}

/// The engine gives up the write-ahead log only when nobody else has the database open; what was in the log is in the file then.
async fn nobody_uses(database: &Path) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(false).busy_timeout(Duration::ZERO);
    let opened = options.disable_statement_logging().connect().await;
    // What cannot be opened as a database is in use by none.
    let Ok(mut connection) = opened else { return Ok(()) };
    let mode = sqlx::query("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await;
    let _ = connection.close().await;
    match mode {
        Ok(row) if row.try_get::<String, _>(0).is_ok_and(|mode| mode == "delete") => Ok(()),
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == "26" || code == "11") => Ok(()),
        _ => Err(BackupError::InUse(database.to_owned())),
    }
}

async fn sign_everybody_out(database: &Path) -> Result<(), BackupError> {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(false).disable_statement_logging();
    let mut connection = options.connect().await?;
    let ended = sqlx::query("DELETE FROM sessions").execute(&mut connection).await;
    connection.close().await?;
    ended?;
    sync(database)
}

/// Renames what is there, without losing what was set aside before.
fn set_aside(database: &Path) -> Result<PathBuf, BackupError> {
    let free = (1..=999).map(|n| beside(database, &format!(".replaced-{n}"))).find(|path| !path.exists());
    let aside = free.ok_or_else(|| BackupError::Exists(beside(database, ".replaced-999")))?;
    std::fs::rename(database, &aside).map_err(|cause| file_error(database, cause))?;
    Ok(aside)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut target = new_file(to)?;
    let mut source = File::open(from).map_err(|cause| file_error(from, cause))?;
    io::copy(&mut source, &mut target).map_err(|cause| file_error(to, cause))?;
    target.sync_all().map_err(|cause| file_error(to, cause))
}

fn new_file(path: &Path) -> Result<File, BackupError> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|cause| file_error(path, cause))
}

fn sync(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|cause| file_error(path, cause))
}

/// Gives a finished file its name, which must be free: unlike a rename, a link never takes the place of what came there meanwhile.
fn place(partial: &Path, to: &Path) -> Result<(), BackupError> {
    std::fs::hard_link(partial, to).map_err(|cause| file_error(to, cause))?;
    std::fs::remove_file(partial).map_err(|cause| file_error(partial, cause))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync(folder)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn file_error(path: &Path, cause: io::Error) -> BackupError {
    match cause.kind() {
        io::ErrorKind::NotFound => BackupError::Missing(path.to_owned()),
        io::ErrorKind::AlreadyExists => BackupError::Exists(path.to_owned()),
        _ => BackupError::File { path: path.to_owned(), cause },
    }
}

impl From<DbErr> for BackupError {
    fn from(error: DbErr) -> Self {
        Self::Database(sqlx::Error::Protocol(error.to_string()))
    }
}
