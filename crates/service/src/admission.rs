//! From a credential to the signed-in person, without a database on the hot path.
//!
//! [`Admission::recall`] is a look-up in memory. Only a miss asks the store, once for all requests that wait for the same
//! credential. What was cached is dropped the moment a [`crate::ports::Change`] names its session or user, and whoever holds an
//! [`Admitted`] hears of it through [`Admitted::ended`].

use doorward_domain::{Caller, Secret, SignedIn, Via};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::ports::StoreError;

/// What a client presented to say who it is.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The value of Doorward's session cookie.
    Cookie(Secret),
    /// `Authorization: Bearer …`, when it is ours (a JWT made by [`crate::Login`], or a session token). Bearer tokens that are not ours are the tool's business.
    Bearer(Secret),
}

/// Somebody who was let in, and a way to hear when that ends.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Who.
    pub who: Arc<SignedIn>,
    /// How they showed it.
    pub via: Via,
    /// Cancelled when the session ends or the user's rights change: live connections must close.
    pub ended: CancellationToken,
}

impl Admitted {
    /// As the caller of a question.
    pub fn caller(&self) -> Caller {
        Caller::User(Arc::clone(&self.who), self.via)
    }
}

/// Knows who is signed in.
#[derive(Debug)]
pub struct Admission {}

impl Admission {
    /// From memory: `None` when it has to be looked up with [`Self::admit`] (or is nobody's).
    pub fn recall(&self, _credential: &Credential) -> Option<Admitted> {
        None
    }

    /// Whether a bearer token looks like one of ours (by form only), so that others are left to the tool.
    pub fn is_ours(&self, _bearer: &str) -> bool {
        false
    }

    /// From memory or the store; `None` when the credential opens nothing (any more).
    pub async fn admit(&self, _credential: &Credential) -> Result<Option<Admitted>, StoreError> {
        Ok(None)
    }
}
