//! Asking for access, and answering: who was refused asks for the smallest grant that would have done, and whoever may give it gives it, or less,
//! or declines.
//!
//! What is asked for is what the audit log holds of the refusal, under its decision's id. Nothing that whoever asks can say goes into it,
//! their reason apart. Who answers is who may give ([`doorward_domain::Rights::may_give`]): looked at here for the words, and again where
//! the answer is written.
//!
//! Where to look next: `ask`, `answer`, `lapse` (what nobody answers).

mod answer;
mod ask;
mod error;
mod lapse;

use doorward_domain::text::steers;
use doorward_domain::{AccessRequest, AccessRequestId, AppName, Grant, Lacking, Timestamp};
use std::sync::Arc;

use crate::context::Context;
use crate::core::Core;
use crate::ports::{AccessQuery, AccessStore, Listed, NamedAccess, Paging, Visible};
use crate::{Actor, Apps, AuditLog, Authentication, Right};

pub use answer::Approving;
pub use ask::{Asking, Refused};
pub use error::AccessError;
pub(crate) use lapse::Housekeeping;

/// In characters.
pub const LONGEST_REASON: usize = 1000;

/// Requests that one person has open at once.
pub const MOST_OPEN: u64 = 10;

/// Asks for access and answers.
pub struct Access {
    store: Arc<dyn AccessStore>,
    audit: Arc<AuditLog>,
    apps: Arc<Apps>,
    authentication: Arc<Authentication>,
    context: Context,
}

impl Access {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            store: Arc::clone(&core.stores.access),
            audit: Arc::clone(&core.audit),
            apps: Arc::clone(&core.apps),
            authentication: Arc::clone(&core.authentication),
            context: core.context.clone(),
        }
    }

    /// A page of requests: of one's own, and of those on apps one answers for. An app that is no more may have some still; one that never
    /// was is refused.
    pub async fn list(&self, actor: &Actor, query: AccessQuery) -> Result<Listed<NamedAccess>, AccessError> {
        let now = self.context.now();
        let query = AccessQuery { visible: self.visible(actor), now: Some(now), ..query };
        let listed = self.store.list(&query).await?;
        if let (Some(app), true) = (&query.app, listed.items.is_empty()) {
            let any = AccessQuery {
                visible: query.visible.clone(),
                app: Some(app.clone()),
                paging: Paging { limit: 1, ..Paging::default() },
                ..AccessQuery::default()
            };
            let may_know = actor.holds(Right::KnowSite, now);
            let left_some = async || Ok::<_, AccessError>(!self.store.list(&any).await?.items.is_empty());
            self.apps.must_have_been(app, may_know, left_some).await?;
        }
        Ok(listed)
    }

    /// By id. What one may not see is not found.
    pub async fn find(&self, actor: &Actor, id: AccessRequestId) -> Result<NamedAccess, AccessError> {
        let found = self.store.find(id).await?.ok_or(AccessError::NotFound)?;
        let is_own = actor.person() == Some(found.request.user);
        if is_own || self.answers_for(actor, &found.request.app) { Ok(found) } else { Err(AccessError::NotFound) }
    }

    /// A page of the requests that wait for the actor's answer; `None` for who answers for no app.
    pub async fn waiting(&self, actor: &Actor, paging: Paging) -> Result<Option<Listed<NamedAccess>>, AccessError> {
        let visible = match self.visible(actor) {
            Visible::All => Visible::All,
            Visible::Some { apps, .. } if apps.is_empty() => return Ok(None),
            Visible::Some { apps, .. } => Visible::Some { own: None, apps },
        };
        let (except, now) = (actor.person(), Some(self.context.now()));
        let open = AccessQuery { visible, except, is_open: Some(true), now, paging, ..AccessQuery::default() };
        Ok(Some(self.store.list(&open).await?))
    }

    fn answers_for(&self, actor: &Actor, app: &AppName) -> bool {
        actor.may_on(Right::SeeRequests, app, self.context.now()).is_ok()
    }

    fn visible(&self, actor: &Actor) -> Visible {
        let now = self.context.now();
        // Whoever administers sees what was asked of apps that are no more, too.
        if actor.holds(Right::SeeRequests, now) {
            return Visible::All;
        }
        let apps = self.apps.all();
        let answered_for = apps.iter().map(|app| &app.name).filter(|app| self.answers_for(actor, app));
        Visible::Some { own: actor.person(), apps: answered_for.cloned().collect() }
    }
}

/// A reason as it is kept: lines end with a line feed, and other characters that steer how text is shown are none of its business.
fn reason(text: &str) -> Result<Box<str>, AccessError> {
    let text = text.replace("\r\n", "\n");
    let is_bad = |c: char| steers(c) && !matches!(c, '\n' | '\t');
    if text.chars().count() > LONGEST_REASON || text.chars().any(is_bad) {
        return Err(AccessError::BadReason);
    }
    Ok(text.trim().into())
}

/// What a request asks for, or an approval gives, in words: "operator on job:nightly of etl".
pub fn in_words(app: &str, wanted: &Lacking) -> String {
    match &wanted.resource {
        Some(thing) => format!("{} on {thing} of {app}", wanted.role),
        None => format!("{} on all of {app}", wanted.role),
    }
}

/// The end of a grant must be to come.
fn in_the_future(until: Option<Timestamp>, now: Timestamp) -> Result<(), AccessError> {
    if until.is_some_and(|until| until <= now) { Err(AccessError::AlreadyOver) } else { Ok(()) }
}

/// Whether a grant gives what was asked for, or less.
fn is_no_more_than(given: &Grant, request: &AccessRequest) -> bool {
    let within = match (&request.wanted.resource, given.scope.pattern()) {
        (None, _) => true,
        (wanted, pattern) => wanted.as_ref() == pattern,
    };
    let role = given.effect.role().is_some_and(|role| role <= request.wanted.role);
    role && within && given.scope.app() == Some(&request.app)
}
