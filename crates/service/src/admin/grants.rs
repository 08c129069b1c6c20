//! Giving, denying and taking away.

use doorward_domain::text::steers;
use doorward_domain::{AppName, AuditAction, Effect, Grant, GrantId, NewAuditEvent, Scope, Subject, Timestamp};
use std::sync::Arc;

use super::subjects::Subjects;
use crate::apps::{UnknownApp, UnknownKind};
use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, GrantQuery, GrantStore, Listed, NamedGrant, Paging, StoreError};
use crate::{Actor, Apps, Authentication, NotAllowed, Right};

/// Why a grant was not made or removed.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The actor may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such grant.
    #[error("there is no such grant")]
    NotFound,
    /// There is no such user, group or key.
    #[error("there is no such {}", match .0 { Subject::User(_) => "user", Subject::Group(_) => "group", Subject::Key(_) => "key" })]
    UnknownSubject(Subject),
    /// There is no such app.
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
    /// Its app has nothing of that kind.
    #[error(transparent)]
    UnknownKind(#[from] UnknownKind),
    /// The end is not in the future.
    #[error("`until` must be in the future")]
    AlreadyOver,
    /// The reason is longer than [`LONGEST_REASON`] or holds control characters.
    #[error(
        "`reason` has at most {LONGEST_REASON} characters, none of them control characters or such as change the direction of text"
    )]
    BadReason,
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// In characters.
pub const LONGEST_REASON: usize = 500;

/// A grant to make.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Who.
    pub subject: Subject,
    /// A role, or a denial.
    pub effect: Effect,
    /// On what.
    pub scope: Scope,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Why, in words; may be empty.
    pub reason: String,
}

/// Gives, denies and takes away.
pub struct Grants {
    store: Arc<dyn GrantStore>,
    subjects: Subjects,
    apps: Arc<Apps>,
    authentication: Arc<Authentication>,
    context: Context,
}

impl Grants {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            store: Arc::clone(&core.stores.grants),
            subjects: Subjects::new(core),
            apps: Arc::clone(&core.apps),
            authentication: Arc::clone(&core.authentication),
            context: core.context.clone(),
        }
    }

    /// A page of grants. An app that is no more may have some still; one that never was is refused.
    pub async fn list(&self, actor: &Actor, query: &GrantQuery) -> Result<Listed<NamedGrant>, GrantError> {
        actor.may(Right::SeeGrants, self.context.now())?;
        let listed = self.store.list(query).await?;
        if let (Some(app), true) = (&query.app, listed.items.is_empty()) {
            self.apps.must_have_been(app, true, async || self.are_on(app).await).await?;
        }
        Ok(listed)
    }

    /// Whether anybody is given or denied anything on an app.
    async fn are_on(&self, app: &AppName) -> Result<bool, GrantError> {
        let paging = Paging { limit: 1, ..Paging::default() };
        let query = GrantQuery { app: Some(app.clone()), paging, ..GrantQuery::default() };
        Ok(!self.store.list(&query).await?.items.is_empty())
    }

    /// Makes a grant, or changes the one with the same subject and scope.
    pub async fn put(&self, actor: &Actor, new: NewGrant) -> Result<NamedGrant, GrantError> {
        let now = self.context.now();
        actor.may(Right::ChangeGrants, now)?;
        if let Some(app) = new.scope.app() {
            self.apps.named(app)?;
        }
        self.apps.have_such(&new.scope)?;
        if new.until.is_some_and(|until| until <= now) {
            return Err(GrantError::AlreadyOver);
        }
        if new.reason.chars().count() > LONGEST_REASON || new.reason.chars().any(steers) {
            return Err(GrantError::BadReason);
        }
        let grant = Grant {
            id: GrantId::generate(now, self.context.random()),
            subject: new.subject,
            effect: new.effect,
            scope: new.scope,
            until: new.until,
            reason: new.reason.into(),
            created_at: now,
            created_by: actor.name().into(),
        };
        let unknown = GrantError::UnknownSubject(grant.subject);
        let Some(name) = self.subjects.name(grant.subject).await? else { return Err(unknown) };
        let stored =
            self.store.put(&grant, Effects::of(&self.tell(actor, AuditAction::GRANT_PUT, &name, &grant))).await?;
        stored.told(&*self.authentication).await.ok_or(unknown)
    }

    /// By id.
    pub async fn find(&self, actor: &Actor, id: GrantId) -> Result<NamedGrant, GrantError> {
        actor.may(Right::SeeGrants, self.context.now())?;
        self.store.find(id).await?.ok_or(GrantError::NotFound)
    }

    /// Removes one.
    pub async fn remove(&self, actor: &Actor, id: GrantId) -> Result<(), GrantError> {
        actor.may(Right::ChangeGrants, self.context.now())?;
        let NamedGrant { grant, .. } = self.find(actor, id).await?;
        let name = self.subjects.name(grant.subject).await?.ok_or(GrantError::NotFound)?;
        let removed =
            self.store.remove(id, Effects::of(&self.tell(actor, AuditAction::GRANT_REMOVE, &name, &grant))).await?;
        if removed.told(&*self.authentication).await { Ok(()) } else { Err(GrantError::NotFound) }
    }

    fn tell(&self, actor: &Actor, action: AuditAction, name: &str, grant: &Grant) -> NewAuditEvent {
        let event = self.context.event(actor, Right::ChangeGrants, action).about(name);
        told(event, grant)
    }
}

/// Adds what a grant says to the event that tells of it.
pub(crate) fn told(mut event: NewAuditEvent, grant: &Grant) -> NewAuditEvent {
    event.app = grant.scope.app().cloned();
    let event = match grant.effect {
        Effect::Allow(role) => event.with("role", role.as_str()),
        Effect::Deny => event.with("deny", true),
    };
    let resource = grant.scope.pattern().map(|pattern| ("resource", pattern.to_string()));
    let until = grant.until.map(|until| ("until", until.to_string()));
    let reason = (!grant.reason.is_empty()).then(|| ("reason", grant.reason.to_string()));
    [resource, until, reason].into_iter().flatten().fold(event, |event, (key, value)| event.with(key, value))
}
