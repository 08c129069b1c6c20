//! Answering.

use doorward_domain::{
    AccessRequest, AccessRequestId, AuditAction, Effect, Grant, GrantId, Lacking, Pattern, Role, Subject, Timestamp,
    details::shortened,
};

use super::ask::told;
use super::{Access, AccessError, in_the_future, in_words, is_no_more_than, reason};
use crate::admin::grants::LONGEST_REASON;
use crate::context::Telling as _;
use crate::ports::{Answered, Approval, Effects, NamedAccess};
use crate::{Actor, Right};

/// How somebody approves: what was asked for, unless they give less.
#[derive(Debug, Clone, Default)]
pub struct Approving {
    /// Until when; `None` is for good.
    pub until: Option<Timestamp>,
    /// A weaker role.
    pub role: Option<Role>,
    /// Things of the app, where all of it was asked for.
    pub resource: Option<Pattern>,
}

impl Access {
    /// Approves a request: makes the grant.
    pub async fn approve(
        &self,
        actor: &Actor,
        id: AccessRequestId,
        approving: Approving,
    ) -> Result<NamedAccess, AccessError> {
        let now = self.context.now();
        let NamedAccess { request, user } = self.find_to_answer(actor, id).await?;
        in_the_future(approving.until, now)?;
        let app = self.apps.named(&request.app).map_err(AccessError::AppGone)?;
        let given = Lacking {
            role: approving.role.unwrap_or(request.wanted.role),
            resource: approving.resource.or_else(|| request.wanted.resource.clone()),
        };
        let grant = self.grant(actor, &request, &given, approving.until);
        if !is_no_more_than(&grant, &request) {
            let wanted = in_words(request.app.as_str(), &request.wanted);
            return Err(AccessError::More { wanted, is_role: given.role > request.wanted.role });
        }
        if !actor.may_give(given.role, &request.app, now) {
            return Err(AccessError::NotYours { role: given.role.max(Role::Manager), app: request.app });
        }
        let giving = (given.role, &request.app);
        let event = self.context.event_giving(actor, Right::AnswerRequests, giving, AuditAction::ACCESS_APPROVE);
        let mut event =
            told(event, &user, &request).with("role", given.role.as_str()).with("grant", grant.id.to_string());
        if let Some(thing) = &given.resource {
            event = event.with("resource", thing.as_str());
        }
        if let Some(until) = approving.until {
            event = event.with("until", until.to_string());
        }
        let approval = Approval { grant, default_role: app.default_role };
        let answered = self.store.approve(id, &approval, Effects::of(&event)).await?;
        outcome(answered.told(&*self.authentication).await, user)
    }

    /// Declines a request.
    pub async fn decline(&self, actor: &Actor, id: AccessRequestId, why: &str) -> Result<NamedAccess, AccessError> {
        let why = reason(why)?;
        let NamedAccess { request, user } = self.find_to_answer(actor, id).await?;
        let giving = (Role::Viewer, &request.app);
        let event = self.context.event_giving(actor, Right::AnswerRequests, giving, AuditAction::ACCESS_DECLINE);
        let event = told(event, &user, &request);
        let event = if why.is_empty() { event } else { event.with("answer", &*why) };
        outcome(self.store.decline(id, &why, Effects::of(&event)).await?, user)
    }

    /// A request that is the actor's to answer, by somebody who has lately proved that it is them.
    async fn find_to_answer(&self, actor: &Actor, id: AccessRequestId) -> Result<NamedAccess, AccessError> {
        let found = self.find(actor, id).await?;
        if actor.person() == Some(found.request.user) {
            return Err(AccessError::Own);
        }
        actor.may_on(Right::AnswerRequests, &found.request.app, self.context.now())?;
        Ok(found)
    }

    fn grant(&self, actor: &Actor, request: &AccessRequest, given: &Lacking, until: Option<Timestamp>) -> Grant {
        let now = self.context.now();
        let asked = request.reason.split_whitespace().collect::<Vec<_>>().join(" ");
        // An ellipsis may come on top.
        let reason = shortened(&format!("asked for: {asked}"), LONGEST_REASON - 1);
        Grant {
            id: GrantId::generate(now, self.context.random()),
            subject: Subject::User(request.user),
            effect: Effect::Allow(given.role),
            scope: given.scope(&request.app),
            until,
            reason: if asked.is_empty() { "asked for".into() } else { reason.into() },
            created_at: now,
            created_by: actor.name().into(),
        }
    }
}

fn outcome(answered: Answered, user: String) -> Result<NamedAccess, AccessError> {
    match answered {
        Answered::Done(closed) => Ok(closed),
        Answered::Before(closed) => Err(AccessError::Closed(Box::new(closed))),
        Answered::NotFound => Err(AccessError::NotFound),
        Answered::Disabled => Err(AccessError::Disabled(user)),
        Answered::Held => Err(AccessError::Held(Some(user))),
        Answered::Denied(denial) => Err(AccessError::Denied { denial, whom: Some(user) }),
    }
}
