//! Opening the database and handing out the ports.

use doorward_service::Stores;
use sea_orm::DbErr;
use std::{path::PathBuf, sync::Arc};

use crate::address::{Address, InvalidAddress};
use crate::connection::Connections;
use crate::file_identity::Lost;
use crate::{access, audit, changes, grants, groups, keys, migration, probe, sessions, settings, sqlite, users};

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

/// An open, migrated database.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) connections: Connections,
    /// `None` in memory.
    pub(crate) file: Option<PathBuf>,
}

impl Store {
    /// Opens `sqlite://path`, `sqlite:///absolute/path` or `sqlite::memory:`, making file (0600) and folder (0700) if missing, and
    /// brings it up to date. May be used from any tokio runtime (with time) that goes on running: the engine gives connections back in
    /// a task of the runtime that used them.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let store = match url.parse()? {
            Address::Memory => Self { connections: sqlite::in_memory().await?, file: None },
            Address::File(path) => {
                let path = std::path::absolute(&path).map_err(|cause| OpenError::File { path, cause })?;
                Self { connections: sqlite::in_file(&path).await?, file: Some(path) }
            }
        };
        store.has_whole_log()?;
        store.migrate().await?;
        // So that the file holds what it should even for whoever copies nothing else; a full disk is no reason not to start.
        let _ = store.connections.checkpoint().await;
        sqlite::settle(&store.connections).await;
        Ok(store)
    }

    /// Brings the database up to date; nothing happens when it is. Two processes may do so at once.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        migration::migrate(&self.connections).await.map_err(|error| sqlite::in_words(error, self.file.as_deref()))
    }

    /// Before anything is written, which may copy the log into the database.
    fn has_whole_log(&self) -> Result<(), OpenError> {
        match self.connections.check_log() {
            Err(Lost::LogDamaged(log)) => Err(OpenError::LogDamaged(log)),
            // A fresh one comes with the first change.
            _ => Ok(()),
        }
    }

    /// The ports.
    pub fn stores(&self) -> Stores {
        Stores {
            users: Arc::new(users::SqlUsers(self.connections.clone())),
            sessions: Arc::new(sessions::SqlSessions::new(&self.connections)),
            grants: Arc::new(grants::SqlGrants(self.connections.clone())),
            groups: Arc::new(groups::SqlGroups(self.connections.clone())),
            keys: Arc::new(keys::SqlKeys(self.connections.clone())),
            access: Arc::new(access::SqlAccess(self.connections.clone())),
            audit: Arc::new(audit::SqlAudit(self.connections.clone())),
            settings: Arc::new(settings::SqlSettings(self.connections.clone())),
            changes: Arc::new(changes::SqlChanges(self.connections.clone())),
            health: Arc::new(probe::SqlHealth(self.connections.clone())),
        }
    }

    /// Closes all connections once what runs has finished. Without it, the process's end closes them as well, and nothing is lost.
    pub async fn close(&self) {
        self.connections.close().await;
    }
}
