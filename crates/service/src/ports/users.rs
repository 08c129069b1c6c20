//! Remembering people.

use async_trait::async_trait;
use doorward_domain::{Email, Role, SessionId, Timestamp, User, UserId, Username};

use super::{Changed, Effects, Listed, Paging, Proof, StoreError};

/// Which users to list. Sorts by `username` (default), `created_at`, `last_sign_in_at`; searches username, e-mail, full name.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// Only those with this role on everything.
    pub role: Option<Role>,
    /// Only those enabled or disabled.
    pub is_disabled: Option<bool>,
    /// Which page.
    pub paging: Paging,
}

/// What to change of a user; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The new role on everything (`Some(None)` takes it away).
    pub role: Option<Option<Role>>,
    /// The new address (`Some(None)` removes it).
    pub email: Option<Option<Email>>,
    /// The new name.
    pub full_name: Option<String>,
    /// Disable or enable. Disabling ends every session of the user in the same transaction.
    pub is_disabled: Option<bool>,
}

/// Remembers people. Every change of a user appends [`super::Change::User`] to the feed.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Makes a user, with its role as a grant on everything. `password_hash` in PHC form; `None` is a user without a password.
    /// Username or e-mail in use, also the one as somebody's other: [`StoreError::Conflict`] with `username` or `email`.
    async fn create(
        &self,
        user: &User,
        password_hash: Option<&str>,
        effects: Effects<'_>,
    ) -> Result<Changed<()>, StoreError>;

    /// As [`Self::create`], but only if there is no enabled admin; false (and nothing written) if there is. Of several racing
    /// calls one wins. `setup_token` is forgotten in the same transaction.
    async fn create_first_admin(
        &self,
        user: &User,
        password_hash: &str,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError>;

    /// By id.
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// By name, with the stored password hash.
    async fn find_by_name(&self, name: &Username) -> Result<Option<(User, Option<String>)>, StoreError>;

    /// By e-mail address, compared without case, with the stored password hash.
    async fn find_by_email(&self, email: &Email) -> Result<Option<(User, Option<String>)>, StoreError>;

    /// A page of users.
    async fn list(&self, query: &UserQuery) -> Result<Listed<User>, StoreError>;

    /// Changes a user and returns it as it is now; `None` if there is none. [`StoreError::LastAdmin`] if it would leave no
    /// enabled user with the role admin on everything.
    async fn update(
        &self,
        id: UserId,
        change: &UserChange,
        now: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<Option<User>>, StoreError>;

    /// Deletes a user with sessions and grants; false if there is none. [`StoreError::LastAdmin`] as above.
    async fn delete(&self, id: UserId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError>;

    /// Replaces the password hash and ends every session of the user; false if there is no such user.
    async fn set_password(&self, id: UserId, hash: &str, effects: Effects<'_>) -> Result<Changed<bool>, StoreError>;

    /// The same by the user, who has shown who they are, in a session that stays. False, with nothing written, when that session has
    /// ended or the proof holds no longer.
    async fn change_password(
        &self,
        id: UserId,
        keep: SessionId,
        proof: Proof<'_>,
        hash: &str,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError>;

    /// Replaces the hash of an unchanged password with a stronger one, if it is still `old`: whether it was. Not an event; ends nothing.
    async fn upgrade_hash(&self, id: UserId, old: &str, new: &str) -> Result<bool, StoreError>;

    /// Whether any enabled user has the role admin on everything. Denials do not count here: denying an administrator must not bring back the
    /// setup of a first one.
    async fn has_admin(&self) -> Result<bool, StoreError>;
}
