//! Asking.

use doorward_domain::{
    AccessRequest, AccessRequestId, AccessState, AppName, AuditAction, AuditEvent, AuditOutcome, DecisionId, Lacking,
    Principal, Remedy, Standing, Timestamp, UserId, details::shortened,
};
use std::sync::Arc;
use std::time::Duration;

use super::{Access, AccessError, MOST_OPEN, in_words, reason};
use crate::audit_log::summary::summary;
use crate::audit_log::{Gathers, without_hidden};
use crate::context::Telling as _;
use crate::ports::{AccessQuery, Asked, Effects, NamedAccess, Paging, StoreError};
use crate::{Actor, App, Right};

/// How long after a refusal it can be asked about.
const LONGEST_AGO: Duration = Duration::from_hours(7 * 24);

/// Bytes of the line that says what was refused.
const LONGEST_LINE: usize = 200;

/// Somebody asks.
#[derive(Debug, Clone)]
pub struct Asking {
    /// For access to this app; `None` is the one of the refusal.
    pub app: Option<AppName>,
    /// What they were refused.
    pub decision: DecisionId,
    /// Why they want it; may be empty.
    pub reason: String,
}

/// A refusal of one's own, and what can be asked for because of it.
#[derive(Debug, Clone)]
pub struct Refused {
    /// What for, in words: "operator on job:nightly of Dagster".
    pub words: String,
    /// The newest request for it, if it was asked for.
    pub asked: Option<NamedAccess>,
    /// Whether it can be asked for now: not while a request is open, and only what is lacked.
    pub can_ask: bool,
}

/// A refusal as the log has it.
struct Found {
    app: Arc<App>,
    event: AuditEvent,
}

impl Access {
    /// Asks for what was refused. Whoever asks for the same again gets the request they have; the second of the pair says whether it is
    /// new.
    pub async fn ask(&self, actor: &Actor, asking: Asking) -> Result<(NamedAccess, bool), AccessError> {
        let (who, user) = person(actor)?;
        let reason = reason(&asking.reason)?;
        let found = self.refusal(actor, asking.decision).await?;
        if asking.app.is_some_and(|app| app != found.app.name) {
            return Err(AccessError::UnknownRefusal);
        }
        let (wanted, now) = (self.lacked(who, &found)?, self.context.now());
        let request = AccessRequest {
            id: AccessRequestId::generate(now, self.context.random()),
            user,
            app: found.app.name.clone(),
            wanted,
            refused: shortened(&summary(&found.event.event), LONGEST_LINE).into(),
            decision_id: asking.decision,
            reason,
            created_at: now,
            answer: None,
        };
        let event = self.context.event(actor, Right::AskForAccess, AuditAction::ACCESS_ASK);
        match self.store.ask(&request, MOST_OPEN, Effects::of(&told(event, actor.name().as_ref(), &request))).await? {
            Asked::New(made) => Ok((made, true)),
            Asked::Open(known) => Ok((known, false)),
            Asked::TooMany => Err(AccessError::TooMany),
            Asked::Nobody => Err(AccessError::NotAPerson),
        }
    }

    /// What somebody can ask for who reads of this refusal, and what came of it if they have asked. An error says why they cannot.
    pub async fn refused(&self, actor: &Actor, decision: DecisionId) -> Result<Refused, AccessError> {
        let (who, user) = person(actor)?;
        let found = self.refusal(actor, decision).await?;
        let lacked = self.lacked(who, &found);
        let mut asked = self.newest(actor, user, decision).await?;
        if let (None, Ok(wanted)) = (&asked, &lacked) {
            // The same may have been refused, and asked for, before.
            asked = self.last_without_effect(who, &found.app.name, wanted).await?;
        }
        let (wanted, is_lacked) = match (lacked, &asked) {
            (Ok(wanted), _) => (wanted, true),
            // It was given, or something is in the way by now: what came of it still counts.
            (Err(_), Some(asked)) => (asked.request.wanted.clone(), false),
            (Err(why), None) => return Err(why),
        };
        let is_open = asked.as_ref().is_some_and(|asked| asked.request.is_open(self.context.now()));
        Ok(Refused { words: in_words(&found.app.title, &wanted), asked, can_ask: is_lacked && !is_open })
    }

    /// Their last request for just this, where it waits for an answer or was lately declined.
    pub async fn last_without_effect(
        &self,
        who: &Principal,
        app: &AppName,
        wanted: &Lacking,
    ) -> Result<Option<NamedAccess>, StoreError> {
        let Some(user) = who.user_id() else { return Ok(None) };
        let now = self.context.now();
        let last = async |is_open| {
            let query = AccessQuery {
                user: Some(user),
                app: Some(app.clone()),
                is_open: Some(is_open),
                now: Some(now),
                // All that can be open; of what is closed, the newest.
                paging: Paging { limit: u32::try_from(MOST_OPEN).unwrap_or(u32::MAX), ..Paging::default() },
                ..AccessQuery::default()
            };
            let listed = self.store.list(&query).await?;
            Ok::<_, StoreError>(listed.items.into_iter().find(|asked| asked.request.wanted == *wanted))
        };
        if let Some(open) = last(true).await? {
            return Ok(Some(open));
        }
        let is_declined = |asked: &NamedAccess| {
            let answered = asked.request.answer.as_ref();
            asked.request.state(now) == AccessState::Declined
                && answered.is_some_and(|answer| is_recent(answer.at, now))
        };
        Ok(last(false).await?.filter(is_declined))
    }

    /// The newest request of theirs that this decision led to.
    async fn newest(
        &self,
        actor: &Actor,
        user: UserId,
        decision: DecisionId,
    ) -> Result<Option<NamedAccess>, AccessError> {
        let paging = Paging { limit: 1, ..Paging::default() };
        let own = AccessQuery { user: Some(user), decision: Some(decision), paging, ..AccessQuery::default() };
        Ok(self.list(actor, own).await?.items.into_iter().next())
    }

    /// The refusal under this id, if it is the actor's own, of an app that there is, and not too long ago. All others look alike.
    async fn refusal(&self, actor: &Actor, decision: DecisionId) -> Result<Found, AccessError> {
        let found = self.audit.decision(decision).await?;
        let is_it = |found: &AuditEvent| {
            let event = &found.event;
            event.actor == actor.name()
                && event.action == AuditAction::REQUEST
                && event.outcome == AuditOutcome::Denied
                && is_recent(event.at, self.context.now())
        };
        let mut event = found.filter(is_it).ok_or(AccessError::UnknownRefusal)?;
        // What is said of it goes back to who asks.
        without_hidden(&mut event.event);
        if Gathers::is_told_by(&event.event.details) {
            return Err(AccessError::Several);
        }
        let app = event.event.app.as_ref().and_then(|app| self.apps.find(app)).ok_or(AccessError::UnknownRefusal)?;
        Ok(Found { app, event })
    }

    /// The smallest grant that would have done, as long as it would still do something.
    fn lacked(&self, who: &Principal, found: &Found) -> Result<Lacking, AccessError> {
        let remedy = found.event.event.details.get("remedy");
        let wanted = match remedy.and_then(|remedy| serde_json::from_value(remedy.clone()).ok()) {
            Some(Remedy::Grant(wanted)) => wanted,
            Some(Remedy::Lift(denial)) => return Err(AccessError::Denied { denial, whom: None }),
            Some(Remedy::Nothing) | None => return Err(AccessError::NothingHelps),
        };
        let (app, now) = (&found.app, self.context.now());
        match Standing::of(&who.rights, &app.name, &wanted, app.default_role, now) {
            Standing::Held => Err(AccessError::Held(None)),
            Standing::Denied(denial) => Err(AccessError::Denied { denial, whom: None }),
            Standing::Lacking => Ok(wanted),
        }
    }
}

/// Who is signed in: no key, and nobody at the machine.
fn person(actor: &Actor) -> Result<(&Principal, UserId), AccessError> {
    let Actor::User { who, .. } = actor else { return Err(AccessError::NotAPerson) };
    match (who.user_id(), who.session()) {
        (Some(user), Some(_)) => Ok((who, user)),
        _ => Err(AccessError::NotAPerson),
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now < at.plus(LONGEST_AGO)
}

/// Adds what a request asks for to the event that tells of it.
pub(super) fn told(
    mut event: doorward_domain::NewAuditEvent,
    whom: &str,
    request: &AccessRequest,
) -> doorward_domain::NewAuditEvent {
    event.app = Some(request.app.clone());
    event.decision_id = None;
    let event = event.about(whom).with("request", request.id.to_string()).with("role", request.wanted.role.as_str());
    let resource = request.wanted.resource.as_ref().map(|thing| ("resource", thing.to_string()));
    let refused = Some(("refused", request.refused.to_string()));
    let decision = Some(("refused_by", request.decision_id.to_string()));
    let reason = (!request.reason.is_empty()).then(|| ("reason", request.reason.to_string()));
    [resource, refused, decision, reason]
        .into_iter()
        .flatten()
        .fold(event, |event, (key, value)| event.with(key, value))
}
