//! Backups: the whole database as one file, made while it is in use, proved before it is called one, and put back.
//!
//! Speaks of files, so it is `SQLite`'s alone. Knows nothing of nouns: what a good one holds is for [`Contents`] to say. To the engine
//! a database is a file and what lies beside it ([`files::sides`]); everything here takes the two as one thing, because a log left beside
//! a file is played over whatever has that file's name next.

mod claim;
mod create;
mod files;
mod ownership;
mod restore;
mod sum;
mod verify;

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DbErr, sqlx};
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use create::create;
pub use files::remains;
pub(crate) use restore::restore;
pub(crate) use verify::verify;

/// What did not work, in words for whoever makes backups.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no such file.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// There is no such folder.
    #[error("there is no folder {}: make it first", .0.display())]
    NoFolder(PathBuf),
    /// Something is there already, and is left alone.
    #[error("{} is there already and is left as it is", .0.display())]
    Exists(PathBuf),
    /// No file of this name can be a backup.
    #[error("{} cannot be the name of a backup: {why}", path.display())]
    Name {
        /// The name.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// Some process has the database open.
    #[error("{} is in use: stop the Doorward that runs on it first", .0.display())]
    InUse(PathBuf),
    /// It is somebody else's: what this account makes there they could not open, or, where this is root, could put something else in
    /// the place of.
    #[error("{} belongs to user id {uid}: run this as that user", path.display())]
    Owner {
        /// What is there.
        path: PathBuf,
        /// Whose it is.
        uid: u32,
    },
    /// This is root, and others could put something else in the place of what it makes.
    #[error("{} can be written to by others, so root makes nothing in it: take that from them (chmod go-w)", .0.display())]
    Shared(PathBuf),
    /// What was made has been changed for something else meanwhile.
    #[error("{} is not the file that was made under this name", .0.display())]
    Swapped(PathBuf),
    /// It is not a backup that could be put back.
    #[error("{} is no good backup: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The database itself is not sound, so no copy of it is a backup.
    #[error(
        "{} cannot be backed up: {why}. Make the backup with the Doorward that made this database; to keep it as it is, stop Doorward and copy \
         the file with what lies beside it",
        path.display()
    )]
    Unsound {
        /// The database.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It never was one, as far as can be seen.
    #[error("{} is not a Doorward backup", .0.display())]
    Foreign(PathBuf),
    /// The old database was moved, and neither could the new one be placed nor the old one be moved back.
    #[error("{cause}; the database that was there is {} now and could not be moved back", kept.display())]
    Halfway {
        /// The old database.
        kept: PathBuf,
        /// Why the new one could not be placed.
        cause: Box<BackupError>,
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
    /// Whether a sum lies beside it (`….sha256`); then it is the right one.
    pub has_sum: bool,
}

/// What the database is for, to those who know.
#[async_trait]
pub(crate) trait Contents: Send + Sync {
    /// Whether it is all ours, and holds together: how long its audit log is, or what is wrong.
    async fn check(&self, db: &DatabaseConnection) -> Result<u64, String>;

    /// The statement that forgets what is not put back: a backup remembers what was ended since.
    fn forgetting(&self) -> &'static str;
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
