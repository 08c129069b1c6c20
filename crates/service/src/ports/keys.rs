//! Remembering API keys.

use async_trait::async_trait;
use doorward_domain::{ApiKey, Grant, GroupId, KeyId, Timestamp, TokenHash, User, UserId, Username};
use ipnet::IpNet;
use std::net::IpAddr;

use super::{Changed, Effects, Listed, Paging, StoreError};

/// Which keys to list. Sorts by `name` (default), `created_at`, `expires_at`, `last_used_at`; searches name and owner's name.
#[derive(Debug, Clone, Default)]
pub struct KeyQuery {
    /// Only those of this user.
    pub owner: Option<UserId>,
    /// Which page.
    pub paging: Paging,
}

/// A key with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// The key.
    pub key: ApiKey,
    /// Its owner's name.
    pub owner: Option<Username>,
    /// Everything granted to it, oldest first.
    pub grants: Vec<Grant>,
    /// When the secret ends, or has ended, that its own took the place of; `None` where none did.
    pub old_until: Option<Timestamp>,
}

/// A key that opens the door, as it is read, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveKey {
    /// The key.
    pub key: ApiKey,
    /// When the secret it was found by ends: one that another has taken the place of.
    pub until: Option<Timestamp>,
    /// Everything granted to it.
    pub grants: Vec<Grant>,
    /// Its owner, if it has one.
    pub owner: Option<Owner>,
}

/// Whose key it is, and all they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The person; enabled.
    pub user: User,
    /// Everything granted to them.
    pub grants: Vec<Grant>,
    /// The groups they are directly in.
    pub groups: Vec<GroupId>,
}

/// What to change of a key; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// The new name.
    pub name: Option<Username>,
    /// From where it may be used.
    pub allowed_addresses: Option<Vec<IpNet>>,
    /// The new end (`Some(None)` is never).
    pub expires_at: Option<Option<Timestamp>>,
}

/// What came of making a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMade {
    /// It is there.
    Made,
    /// There is no such owner (any more).
    NoOwner,
    /// Its owner has as many as one person may.
    TooMany,
}

/// Remembers API keys. Every change of a key appends [`super::Change::Key`]. A user who is deleted takes their keys along; the keys of one
/// who is disabled sleep.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Makes a key under the hash of its text, with a grant to it; else nothing is written. One person owns at most `most`. Name in use:
    /// [`StoreError::Conflict`] with `name`.
    async fn create(
        &self,
        key: &ApiKey,
        secret: &TokenHash,
        grant: &Grant,
        most: u64,
        effects: Effects<'_>,
    ) -> Result<Changed<KeyMade>, StoreError>;

    /// A page of keys.
    async fn list(&self, query: &KeyQuery) -> Result<Listed<ListedKey>, StoreError>;

    /// By id.
    async fn find(&self, id: KeyId) -> Result<Option<ListedKey>, StoreError>;

    /// By name.
    async fn find_by_name(&self, name: &Username) -> Result<Option<ListedKey>, StoreError>;

    /// The live key under this hash, with all it was given, in one read. Unknown, revoked, rotated away and expired all look the same, and
    /// so does one whose owner is disabled.
    async fn find_live(&self, secret: &TokenHash, now: Timestamp) -> Result<Option<LiveKey>, StoreError>;

    /// Changes a key and returns it as it is now; `None` if there is none. Name in use: as above.
    async fn update(
        &self,
        id: KeyId,
        change: &KeyChange,
        effects: Effects<'_>,
    ) -> Result<Changed<Option<ListedKey>>, StoreError>;

    /// Gives a key another secret. The one before opens until `old_until` and no longer, those before that no more; false if there is no such
    /// key.
    async fn rotate(
        &self,
        id: KeyId,
        secret: &TokenHash,
        old_until: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError>;

    /// Deletes a key with its grants; exactly one of several racing calls gets it, the others `None`.
    async fn revoke(&self, id: KeyId, effects: Effects<'_>) -> Result<Changed<Option<ApiKey>>, StoreError>;

    /// Notes when and from where keys were last used; unknown ids are passed over, and what is older than what is known.
    async fn used(&self, used: &[(KeyId, Timestamp, IpAddr)]) -> Result<(), StoreError>;
}
