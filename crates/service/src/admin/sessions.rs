//! Seeing and ending sessions: one's own, or with `admin` anybody's.

use doorward_domain::{AuditAction, NewAuditEvent, Session, SessionId, SessionLimits, User, UserId};
use std::sync::Arc;

use crate::authentication::save_every;
use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, Listed, SessionQuery, SessionStore, StoreError, UserStore};
use crate::{Actor, Authentication, NotAllowed, Right};

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
pub struct Sessions {
    users: Arc<dyn UserStore>,
    store: Arc<dyn SessionStore>,
    authentication: Arc<Authentication>,
    limits: SessionLimits,
    context: Context,
}

impl Sessions {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            users: Arc::clone(&core.stores.users),
            store: Arc::clone(&core.stores.sessions),
            authentication: Arc::clone(&core.authentication),
            limits: core.limits,
            context: core.context.clone(),
        }
    }

    /// A page of sessions that have not ended: a person without `admin` may only ask for their own ([`SessionQuery::user`]).
    pub async fn list(&self, actor: &Actor, query: &SessionQuery) -> Result<Listed<(Session, User)>, SessionError> {
        let now = self.context.now();
        match query.user {
            None => actor.may(Right::SeeAllSessions, now)?,
            Some(user) => actor.may_of(Right::SeeSessions, Some(user), now)?,
        }
        // "Last seen" may be late by a round of saving: who is signed in must not be missing.
        let idle = self.limits.idle.saturating_add(save_every(&self.limits));
        let live_by = Some(SessionLimits { idle, ..self.limits });
        Ok(self.store.list(&SessionQuery { live_by, ..query.clone() }, now).await?)
    }

    /// Ends one. Somebody else's, without `admin`, is not found. One that cannot be read, because what is stored of it is damaged, is nobody's,
    /// and is ended all the same: it may be a thief's.
    pub async fn end(&self, actor: &Actor, id: SessionId) -> Result<(), SessionError> {
        let now = self.context.now();
        let found = match self.store.find_live_by_id(id, now).await {
            Ok(found) => Some(found.ok_or(SessionError::NotFound)?.user),
            Err(error) if !actor.holds(Right::EndSessions, now) => return Err(error.into()),
            Err(_) => None,
        };
        let owner = found.as_ref().map(|user| user.id);
        actor.may_of(Right::SeeSessions, owner, now).map_err(|_| SessionError::NotFound)?;
        actor.may_of(Right::EndSessions, owner, now)?;
        let mut event = self.event(actor, owner).with("session", id.to_string());
        if let Some(user) = found {
            event = event.about(user.username.as_str());
        }
        let is_ended = self.store.end(id, Effects::of(&event)).await?.told(&*self.authentication).await;
        if is_ended { Ok(()) } else { Err(SessionError::NotFound) }
    }

    /// Ends all of a user's but `keep`; how many. Own sessions, or `admin`.
    pub async fn end_all_of(&self, actor: &Actor, user: UserId, keep: Option<SessionId>) -> Result<u64, SessionError> {
        actor.may_of(Right::EndSessions, Some(user), self.context.now())?;
        let found = self.users.find(user).await?.ok_or(SessionError::NotFound)?;
        let mut event = self.event(actor, Some(user)).about(found.username.as_str()).with("all", true);
        if let Some(keep) = keep {
            event = event.with("kept", keep.to_string());
        }
        Ok(self.store.end_all_of(user, keep, Effects::of(&event)).await?.told(&*self.authentication).await)
    }

    fn event(&self, actor: &Actor, owner: Option<UserId>) -> NewAuditEvent {
        self.context.event_of(actor, Right::EndSessions, owner, AuditAction::SESSION_END)
    }
}
