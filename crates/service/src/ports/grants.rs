//! Remembering grants.

use async_trait::async_trait;
use doorward_domain::{AppName, Grant, GrantId, NewAuditEvent, UserId};

use super::{Listed, Paging, StoreError};

/// Which grants to list. Sorts by `created_at` (default); searches username and app.
#[derive(Debug, Clone, Default)]
pub struct GrantQuery {
    /// Only those of this user.
    pub user: Option<UserId>,
    /// Only those on this app.
    pub app: Option<AppName>,
    /// Which page.
    pub paging: Paging,
}

/// Remembers grants. Every change appends [`super::Change::User`] of the subject.
#[async_trait]
pub trait GrantStore: Send + Sync {
    /// Makes the grant, or gives the one with the same subject and scope the new role and end. Returns it as stored, `None` when
    /// the subject does not exist. [`StoreError::LastAdmin`] if it would leave no enabled admin.
    async fn put(&self, grant: &Grant, audit: &NewAuditEvent) -> Result<Option<Grant>, StoreError>;

    /// A page of grants.
    async fn list(&self, query: &GrantQuery) -> Result<Listed<Grant>, StoreError>;

    /// By id.
    async fn find(&self, id: GrantId) -> Result<Option<Grant>, StoreError>;

    /// Removes it; false if there is none. [`StoreError::LastAdmin`] as above.
    async fn remove(&self, id: GrantId, audit: &NewAuditEvent) -> Result<bool, StoreError>;
}
