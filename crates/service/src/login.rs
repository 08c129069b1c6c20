//! Signing in and out.

use doorward_domain::{Secret, Session, SessionId, User};
use std::{net::IpAddr, time::Duration};

use crate::Admitted;
use crate::ports::StoreError;

/// Somebody tries a name and a password.
#[derive(Debug)]
pub struct PasswordAttempt {
    /// As typed.
    pub username: String,
    /// As typed.
    pub password: Secret,
    /// The settled client address.
    pub client_ip: IpAddr,
    /// As the program named itself.
    pub user_agent: String,
    /// The session the browser came with, ended by the new one (rotation).
    pub instead_of: Option<SessionId>,
}

/// A session just opened, with the secrets that open it; shown once.
#[derive(Debug)]
pub struct Opened {
    /// For the cookie: the opaque session token.
    pub cookie: Secret,
    /// For `Authorization: Bearer`: a JWT (RFC 7519) that carries the session's id and dies with it.
    pub bearer: Secret,
    /// The session.
    pub session: Session,
    /// Whose.
    pub user: User,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong, unknown, disabled: same words, same time.
    #[error("That username and password do not match.")]
    InvalidCredentials,
    /// Too many wrong tries.
    #[error("Too many tries. Wait a moment and try again.")]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// No administrator exists yet.
    #[error("Doorward is not set up yet.")]
    SetupRequired,
    /// Too many sign-ins at once; nothing was checked.
    #[error("Too many sign-ins at once. Try again in a moment.")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Signs people in and out.
#[derive(Debug)]
pub struct Login {}

impl Login {
    /// Checks the password and opens a session.
    pub async fn with_password(&self, _attempt: PasswordAttempt) -> Result<Opened, LoginError> {
        Err(LoginError::InvalidCredentials)
    }

    /// Ends the session they came with.
    pub async fn out(&self, _admitted: &Admitted, _client_ip: &str) -> Result<(), StoreError> {
        Ok(())
    }
}
