//! Giving and taking roles. Needs `admin`.

use doorward_domain::{Grant, GrantId, Role, Scope, Subject, Timestamp};

use crate::ports::{GrantQuery, Listed, StoreError};
use crate::{Actor, NotAllowed};

/// Why a grant was not made or removed.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The actor may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such grant.
    #[error("there is no such grant")]
    NotFound,
    /// There is no such user.
    #[error("there is no such user")]
    UnknownSubject,
    /// There is no such app.
    #[error("there is no app of that name")]
    UnknownApp,
    /// The end is not in the future.
    #[error("`until` must be in the future")]
    AlreadyOver,
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A grant to make.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Who.
    pub subject: Subject,
    /// Which role.
    pub role: Role,
    /// On what.
    pub scope: Scope,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// Gives and takes roles.
#[derive(Debug)]
pub struct Grants {}

impl Grants {
    /// A page of grants.
    pub async fn list(&self, _actor: &Actor, _query: &GrantQuery) -> Result<Listed<Grant>, GrantError> {
        Err(GrantError::NotFound)
    }

    /// Makes a grant, or changes the one with the same subject and scope.
    pub async fn put(&self, _actor: &Actor, _new: NewGrant) -> Result<Grant, GrantError> {
        Err(GrantError::NotFound)
    }

    /// By id.
    pub async fn find(&self, _actor: &Actor, _id: GrantId) -> Result<Grant, GrantError> {
        Err(GrantError::NotFound)
    }

    /// Removes one.
    pub async fn remove(&self, _actor: &Actor, _id: GrantId) -> Result<(), GrantError> {
        Err(GrantError::NotFound)
    }
}
