//! Why a database cannot be opened.

use sea_orm::{DbErr, RuntimeErr, sqlx};
use std::path::PathBuf;
use std::sync::Arc;

use super::InvalidAddress;

/// The database cannot be used; each case in words for whoever starts Doorward.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names none.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
    /// The file, or a folder above it, cannot be made or opened for writing.
    #[error("the database file {} cannot be opened for writing: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// There is no database, but what would have belonged to one: a new one would destroy that.
    #[error(
        "there is no database {}, but {} is there: the database was moved away without it, or putting a backup back was interrupted. \
         Move the database back, or move {} away and put a backup back with `doorward backup restore`",
        path.display(), remains.display(), remains.display()
    )]
    Remains {
        /// Where the database should be.
        path: PathBuf,
        /// What is there.
        remains: PathBuf,
    },
    /// Not a database, or damaged.
    #[error("{} is not an SQLite database, or it is damaged; restore a backup, or name another file", .0.display())]
    Corrupt(PathBuf),
    /// Another process holds it for longer than we wait.
    #[error("{} is locked by another process", .0.display())]
    Locked(PathBuf),
    /// Another process has the database open, with a log that is not what it was.
    #[error("{} was cut short or written over under a running Doorward: stop that first", .0.display())]
    LogDamaged(PathBuf),
    /// A newer Doorward has changed it.
    #[error(
        "this database was used by a newer version of Doorward (its step `{step}` is unknown here); start that version, or newer"
    )]
    Newer {
        /// The first step this version does not know.
        step: String,
    },
    /// An earlier build, before the first release, made it with other tables.
    #[error(
        "this database was made by an earlier build of Doorward, from before the first release, whose tables were others; it cannot be \
         brought over: move it away or name another file, and start anew"
    )]
    Incompatible,
    /// The engine failed otherwise.
    #[error("the database cannot be opened")]
    Database(#[from] DbErr),
}

impl OpenError {
    /// The driver failed.
    pub(super) fn driver(error: sqlx::Error) -> Self {
        Self::Database(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
    }
}
