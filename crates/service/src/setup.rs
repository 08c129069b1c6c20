//! The first administrator.

use doorward_domain::Secret;
use std::net::IpAddr;

use crate::login::Opened;
use crate::ports::StoreError;
use crate::users::InvalidUser;

/// Why no administrator was made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The token is not the one that was printed, or was used.
    #[error("This setup link is not valid (any more). Look at Doorward's output for the current one.")]
    WrongToken,
    /// There is an administrator already.
    #[error("Doorward is set up already.")]
    AlreadyDone,
    /// Name, password or address cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidUser),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What [`Setup::bootstrap`] did, for printing.
#[derive(Debug)]
pub enum Bootstrap {
    /// There is an administrator already.
    AlreadyDone,
    /// Made from the environment's name and password.
    Created {
        /// The name.
        username: String,
    },
    /// Made from the environment's name; the password is shown once.
    Generated {
        /// The name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// Nobody yet: this token makes the first administrator through the setup page.
    Token(Secret),
}

/// The form of the setup page.
#[derive(Debug)]
pub struct FirstAdmin {
    /// From the link.
    pub token: Secret,
    /// The name.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// The address.
    pub email: Option<String>,
    /// From where.
    pub client_ip: IpAddr,
    /// As the program named itself.
    pub user_agent: String,
}

/// Makes the first administrator.
#[derive(Debug)]
pub struct Setup {}

impl Setup {
    /// Whether there is no administrator yet. From memory once there is one.
    pub async fn is_required(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// At start: creates the administrator named by the environment, or a setup token (an earlier one stops working).
    pub async fn bootstrap(&self, _username: Option<&str>, _password: Option<Secret>) -> Result<Bootstrap, SetupError> {
        Ok(Bootstrap::AlreadyDone)
    }

    /// Whether this is the token, in constant time.
    pub async fn knows(&self, _token: &Secret) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Makes the administrator and signs them in.
    pub async fn complete(&self, _form: FirstAdmin) -> Result<Opened, SetupError> {
        Err(SetupError::AlreadyDone)
    }
}
