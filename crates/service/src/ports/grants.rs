//! Remembering grants.

use async_trait::async_trait;
use doorward_domain::{AppName, Grant, GrantId, Subject, Timestamp};

use super::{Changed, Effects, Listed, Paging, StoreError};

/// Which grants to list. Sorts by `created_at` (default); searches the subject's name, app, pattern and reason.
#[derive(Debug, Clone, Default)]
pub struct GrantQuery {
    /// Only those of this subject.
    pub subject: Option<Subject>,
    /// Only those on this app.
    pub app: Option<AppName>,
    /// Only those that count at this moment.
    pub holding_at: Option<Timestamp>,
    /// Which page.
    pub paging: Paging,
}

/// A grant with the name of whom it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedGrant {
    /// The grant.
    pub grant: Grant,
    /// A username, a group's or a key's name.
    pub subject: String,
}

/// Remembers grants. Every change appends the [`super::Change`] of the subject.
#[async_trait]
pub trait GrantStore: Send + Sync {
    /// Makes the grant, or gives the one with the same subject and scope the new effect, end and reason; of two put at once, one is there
    /// afterwards. What answers a request for access ([`super::AccessStore::approve`]) stands beside it and is left as it is. Returns it as stored, `None` when the subject does not exist. [`StoreError::LastAdmin`] if it would leave no enabled
    /// admin.
    async fn put(&self, grant: &Grant, effects: Effects<'_>) -> Result<Changed<Option<NamedGrant>>, StoreError>;

    /// A page of grants.
    async fn list(&self, query: &GrantQuery) -> Result<Listed<NamedGrant>, StoreError>;

    /// By id.
    async fn find(&self, id: GrantId) -> Result<Option<NamedGrant>, StoreError>;

    /// Removes it; false if there is none. [`StoreError::LastAdmin`] as above.
    async fn remove(&self, id: GrantId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError>;
}
