//! Hearing of changes made elsewhere: by the command line, or by another replica.

use async_trait::async_trait;
use doorward_domain::{GroupId, KeyId, SessionId, UserId};

use super::StoreError;

/// Something that cached knowledge may depend on has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// This user, their grants, their groups, or all their sessions and keys.
    User(UserId),
    /// This session has ended.
    Session(SessionId),
    /// This group: its grants, its name, or the groups it is in; for all in it.
    Group(GroupId),
    /// This API key, or its grants.
    Key(KeyId),
}

/// The feed of changes: numbered, in order of commit.
#[async_trait]
pub trait Changes: Send + Sync {
    /// The number of the newest change; 0 when there was none.
    async fn latest(&self) -> Result<i64, StoreError>;

    /// All changes after `seen`, oldest first, with the number of the newest. Cheap when there are none: polled every 500 ms.
    async fn since(&self, seen: i64) -> Result<(Vec<Change>, i64), StoreError>;

    /// Returns once something may have changed: as soon as the database, or whoever else carries word of it, says so. Nothing hangs on it: the feed is
    /// the truth, and is read once a tick by whoever is never woken. What is said between two calls may be lost, and said for nothing.
    async fn woken(&self) {
        std::future::pending::<()>().await;
    }

    /// Forgets all but the newest `keep`; a reader further behind than that is told with [`StoreError::BadQuery`] by
    /// [`Self::since`] and must drop everything it has cached.
    async fn trim(&self, keep: u32) -> Result<(), StoreError>;
}
