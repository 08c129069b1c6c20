//! Opening the database and handing out the ports.

use doorward_service::Stores;
use std::{path::PathBuf, sync::Arc};

use crate::address::Address;
use crate::connection::Connections;
use crate::file_identity::Lost;
use crate::open_error::OpenError;
use crate::{access, audit, changes, grants, groups, keys, migration, probe, sessions, settings, sqlite, users};

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
