//! Seeing and ending sessions: one's own, or with `admin` anybody's.

use doorward_domain::{Session, SessionId, User, UserId};

use crate::ports::{Listed, SessionQuery, StoreError};
use crate::{Actor, NotAllowed};

/// Why a session was not listed or ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The actor may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such session (that the actor may see).
    #[error("there is no such session")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sees and ends sessions.
#[derive(Debug)]
pub struct Sessions {}

impl Sessions {
    /// A page of sessions: a person without `admin` may only ask for their own ([`SessionQuery::user`]).
    pub async fn list(&self, _actor: &Actor, _query: &SessionQuery) -> Result<Listed<(Session, User)>, SessionError> {
        Err(SessionError::NotFound)
    }

    /// Ends one. Somebody else's, without `admin`, is not found.
    pub async fn end(&self, _actor: &Actor, _id: SessionId) -> Result<Session, SessionError> {
        Err(SessionError::NotFound)
    }

    /// Ends all of a user's but `keep`; how many. Own sessions, or `admin`.
    pub async fn end_all_of(&self, _actor: &Actor, _user: UserId, _keep: Option<SessionId>) -> Result<u64, SessionError> {
        Err(SessionError::NotFound)
    }
}
