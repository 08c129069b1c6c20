//! Opening the database and handing out the ports.

use doorward_service::Stores;
use std::sync::Arc;

use crate::connection::Connections;
use crate::engine::{self, OpenError};
use crate::{access, audit, changes, grants, groups, keys, migration, probe, sessions, settings, users};

/// An open, migrated database.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) connections: Connections,
}

impl Store {
    /// Opens `sqlite://path`, `sqlite:///absolute/path` or `sqlite::memory:`, making file (0600) and folder (0700) if missing, and
    /// brings it up to date. May be used from any tokio runtime (with time) that goes on running: the engine gives connections back in
    /// a task of the runtime that used them.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let store = Self { connections: engine::open(url).await?.into() };
        store.migrate().await?;
        // So that the file holds what it should even for whoever copies nothing else; a full disk is no reason not to start.
        let _ = store.connections.engine.checkpoint().await;
        store.connections.engine.settle().await;
        Ok(store)
    }

    /// Brings the database up to date; nothing happens when it is. Two processes may do so at once.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        migration::migrate(&self.connections).await.map_err(|error| self.connections.engine.in_words(error))
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
