//! Time, randomness and the audit event made from both, in one small clonable value every verb carries.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_domain::{
    AppName, AuditAction, AuditOutcome, EventId, Needs, NewAuditEvent, Role, Secret, Timestamp, UserId,
};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

use crate::ports::{Clock, Entropy};
use crate::{Actor, Right};

/// Where "now" and "random" come from.
#[derive(Clone)]
pub(crate) struct Context {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Context {
    pub(crate) fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// As [`Clock::steady`].
    pub(crate) fn steady(&self) -> Duration {
        self.clock.steady()
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// 256 random bits behind a prefix that says what the token is for.
    pub(crate) fn token(&self, prefix: &str) -> Secret {
        let mut text = String::with_capacity(prefix.len() + 43);
        text.push_str(prefix);
        URL_SAFE_NO_PAD.encode_string(self.random::<32>(), &mut text);
        Secret::new(text)
    }

    /// A successful event of Doorward itself by this actor, who has this right; the caller adds target and details.
    pub(crate) fn event(&self, actor: &Actor, right: Right, action: AuditAction) -> NewAuditEvent {
        self.event_needing(actor, right.needs(), action)
    }

    /// As [`Self::event`], of what belongs to `owner`, who is perhaps the actor.
    pub(crate) fn event_of(
        &self,
        actor: &Actor,
        right: Right,
        owner: Option<UserId>,
        action: AuditAction,
    ) -> NewAuditEvent {
        self.event_needing(actor, if actor.is_own(right, owner) { None } else { right.needs() }, action)
    }

    /// As [`Self::event`], of giving others a role on an app, or of not doing so.
    pub(crate) fn event_giving(
        &self,
        actor: &Actor,
        right: Right,
        (role, app): (Role, &AppName),
        action: AuditAction,
    ) -> NewAuditEvent {
        self.event_needing(actor, right.needs_to_give(role, app), action)
    }

    /// As [`Self::event`], of what Doorward does by itself.
    pub(crate) fn own_event(&self, action: AuditAction) -> NewAuditEvent {
        self.event_needing(&Actor::System, None, action)
    }

    fn event_needing(&self, actor: &Actor, needs: Option<Needs>, action: AuditAction) -> NewAuditEvent {
        let event = self.event_by(&actor.name(), actor.client_ip(), action);
        NewAuditEvent { authority: actor.authority(needs), ..event }
    }

    /// As [`Self::event`], when there is no actor yet.
    pub(crate) fn event_by(&self, actor: &str, client_ip: &str, action: AuditAction) -> NewAuditEvent {
        let at = self.now();
        NewAuditEvent {
            id: EventId::generate(at, self.random()),
            at,
            actor: actor.to_owned(),
            client_ip: client_ip.to_owned(),
            app: None,
            action,
            target: None,
            outcome: AuditOutcome::Success,
            decision_id: None,
            details: Map::new(),
            authority: None,
        }
    }
}

/// Adds to an event, reading like a sentence: `event.about("ada").with("role", "viewer")`.
pub(crate) trait Telling: Sized {
    fn about(self, target: &str) -> Self;
    fn with(self, key: &str, value: impl Into<Value>) -> Self;
}

impl Telling for NewAuditEvent {
    fn about(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}
