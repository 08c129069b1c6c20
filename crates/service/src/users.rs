//! Administering people, and what people do with their own account.

use doorward_domain::{
    Role, Secret, User, UserId,
    user::{InvalidEmail, InvalidUsername},
};

use crate::ports::{Listed, StoreError, UserChange, UserQuery};
use crate::{Actor, Admitted, NotAllowed};

/// A name, password or address that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUser {
    /// The name.
    #[error(transparent)]
    Username(#[from] InvalidUsername),
    /// The address.
    #[error(transparent)]
    Email(#[from] InvalidEmail),
    /// The password; in words.
    #[error("{0}")]
    Password(String),
    /// The full name is too long.
    #[error("a full name has at most 200 characters and no control characters")]
    FullName,
}

/// Why a user was not administered.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The actor may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// Something given cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidUser),
    /// The current password is wrong.
    #[error("the current password is not right")]
    WrongPassword,
    /// Too many wrong tries of the current password.
    #[error("too many tries; wait a moment")]
    Throttled,
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A user to make.
#[derive(Debug)]
pub struct NewUser {
    /// The name.
    pub username: String,
    /// `None` makes a user who cannot sign in with a password (yet).
    pub password: Option<Secret>,
    /// The address.
    pub email: Option<String>,
    /// The name people call them.
    pub full_name: String,
    /// The role on everything.
    pub role: Option<Role>,
}

/// Administers people. Everything but [`Users::change_own_password`] needs `admin`.
#[derive(Debug)]
pub struct Users {}

impl Users {
    /// A page of users.
    pub async fn list(&self, _actor: &Actor, _query: &UserQuery) -> Result<Listed<User>, UserError> {
        Err(UserError::NotFound)
    }

    /// By id.
    pub async fn find(&self, _actor: &Actor, _id: UserId) -> Result<User, UserError> {
        Err(UserError::NotFound)
    }

    /// By name.
    pub async fn find_by_name(&self, _actor: &Actor, _name: &str) -> Result<User, UserError> {
        Err(UserError::NotFound)
    }

    /// Makes a user.
    pub async fn create(&self, _actor: &Actor, _new: NewUser) -> Result<User, UserError> {
        Err(UserError::NotFound)
    }

    /// Changes a user.
    pub async fn update(&self, _actor: &Actor, _id: UserId, _change: UserChange) -> Result<User, UserError> {
        Err(UserError::NotFound)
    }

    /// Sets a password; ends all the user's sessions.
    pub async fn set_password(&self, _actor: &Actor, _id: UserId, _password: Secret) -> Result<(), UserError> {
        Err(UserError::NotFound)
    }

    /// Deletes a user.
    pub async fn delete(&self, _actor: &Actor, _id: UserId) -> Result<(), UserError> {
        Err(UserError::NotFound)
    }

    /// Changes the caller's own password and ends all their other sessions.
    pub async fn change_own_password(
        &self,
        _admitted: &Admitted,
        _client_ip: &str,
        _current: Secret,
        _new: Secret,
    ) -> Result<(), UserError> {
        Err(UserError::NotFound)
    }
}
