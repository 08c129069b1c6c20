//! Giving and taking roles. Needs `admin`.

use doorward_domain::{Action, AuditAction, Grant, GrantId, NewAuditEvent, Role, Scope, Subject, Timestamp, User};
use std::sync::Arc;

use crate::apps::UnknownApp;
use crate::context::{Context, Telling as _};
use crate::ports::{Change, GrantQuery, GrantStore, Listed, StoreError, UserStore};
use crate::{Actor, Apps, Authentication, NotAllowed};

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
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
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
pub struct Grants {
    pub(crate) store: Arc<dyn GrantStore>,
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) apps: Arc<Apps>,
    pub(crate) authentication: Arc<Authentication>,
    pub(crate) context: Context,
}

impl Grants {
    /// A page of grants.
    pub async fn list(&self, actor: &Actor, query: &GrantQuery) -> Result<Listed<Grant>, GrantError> {
        actor.require(Action::Admin, self.context.now())?;
        Ok(self.store.list(query).await?)
    }

    /// Makes a grant, or changes the one with the same subject and scope.
    pub async fn put(&self, actor: &Actor, new: NewGrant) -> Result<Grant, GrantError> {
        let now = self.context.now();
        actor.require_to_change(Action::Admin, now)?;
        if let Scope::App(app) = &new.scope {
            self.apps.named(app)?;
        }
        if new.until.is_some_and(|until| until <= now) {
            return Err(GrantError::AlreadyOver);
        }
        let Subject::User(user) = &new.subject;
        let user = self.users.find(*user).await?.ok_or(GrantError::UnknownSubject)?;
        let event = self.tell(actor, AuditAction::GRANT_PUT, &user, (new.role, &new.scope, new.until));
        let grant = Grant {
            id: GrantId::generate(now, self.context.random()),
            subject: new.subject,
            role: new.role,
            scope: new.scope,
            until: new.until,
            created_at: now,
        };
        let stored = self.store.put(&grant, &event).await?;
        self.authentication.invalidate(Change::User(user.id)).await;
        stored.ok_or(GrantError::UnknownSubject)
    }

    /// By id.
    pub async fn find(&self, actor: &Actor, id: GrantId) -> Result<Grant, GrantError> {
        actor.require(Action::Admin, self.context.now())?;
        self.store.find(id).await?.ok_or(GrantError::NotFound)
    }

    /// Removes one.
    pub async fn remove(&self, actor: &Actor, id: GrantId) -> Result<(), GrantError> {
        actor.require_to_change(Action::Admin, self.context.now())?;
        let grant = self.find(actor, id).await?;
        let Subject::User(user) = &grant.subject;
        let user = self.users.find(*user).await?.ok_or(GrantError::NotFound)?;
        let event = self.tell(actor, AuditAction::GRANT_REMOVE, &user, (grant.role, &grant.scope, grant.until));
        let removed = self.store.remove(id, &event).await?;
        self.authentication.invalidate(Change::User(user.id)).await;
        if removed { Ok(()) } else { Err(GrantError::NotFound) }
    }

    fn tell(
        &self,
        actor: &Actor,
        action: AuditAction,
        user: &User,
        (role, scope, until): (Role, &Scope, Option<Timestamp>),
    ) -> NewAuditEvent {
        let mut event = self.context.event(actor, action).about(user.username.as_str()).with("role", role.as_str());
        if let Scope::App(app) = scope {
            event.app = Some(app.clone());
        }
        match until {
            Some(until) => event.with("until", until.to_string()),
            None => event,
        }
    }
}
