//! Builders: name what matters to the test, the rest is filled in. Ids come from names, so that they are the same in every run.

mod access;
mod grants;
mod groups;
mod keys;

use doorward_domain::{
    AuditAction, AuditOutcome, EventId, Factor, Factors, NewAuditEvent, Role, Session, SessionId, SessionKind,
    Timestamp, User, UserId, device,
};
use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use crate::{NOON, entropy::mixed};

pub use access::{AccessRequestBuilder, access_request, approval};
pub use grants::{GrantBuilder, grant, grant_to};
pub use groups::{GroupBuilder, group};
pub use keys::{ApiKeyBuilder, api_key};

/// Ten bytes that depend on the text only.
fn bytes_of(text: &str) -> [u8; 10] {
    let seed =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&mixed(seed).to_le_bytes());
    bytes
}

/// Ten bytes never given before in this process.
fn fresh_bytes() -> [u8; 10] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0xee; 10];
    bytes[2..].copy_from_slice(&NEXT.fetch_add(1, Relaxed).to_be_bytes());
    bytes
}

/// An enabled user without a role, made at [`NOON`]; the id depends on the name alone.
pub fn user(name: &str) -> UserBuilder {
    UserBuilder(User {
        id: UserId::generate(NOON, bytes_of(name)),
        username: name.parse().expect("a username"),
        email: None,
        full_name: String::new(),
        role: None,
        is_disabled: false,
        created_at: NOON,
        updated_at: NOON,
        last_sign_in_at: None,
    })
}

/// Builds a [`User`].
#[derive(Debug, Clone)]
pub struct UserBuilder(User);

impl UserBuilder {
    /// With this role on everything.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.0.role = Some(role);
        self
    }

    /// With this address.
    #[must_use]
    pub fn email(mut self, email: &str) -> Self {
        self.0.email = Some(email.parse().expect("an e-mail address"));
        self
    }

    /// With this name.
    #[must_use]
    pub fn full_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.0.full_name);
        self
    }

    /// Disabled.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.0.is_disabled = true;
        self
    }

    /// Made then.
    #[must_use]
    pub fn created_at(mut self, moment: Timestamp) -> Self {
        self.0.created_at = moment;
        self.0.updated_at = moment;
        self
    }

    /// The user.
    pub fn build(self) -> User {
        self.0
    }
}

/// A session of this user, opened at [`NOON`] for a day; the id depends on `name` alone.
pub fn session(of: &User, name: &str) -> SessionBuilder {
    SessionBuilder(Session {
        id: SessionId::generate(NOON, bytes_of(name)),
        user_id: of.id,
        kind: SessionKind::Browser,
        factors: Factors::of(&[Factor::Password]),
        created_at: NOON,
        proved_at: NOON,
        last_seen_at: NOON,
        expires_at: NOON.plus(Duration::from_hours(24)),
        client_ip: "192.0.2.7".to_owned(),
        user_agent: "test".to_owned(),
        device: "test".to_owned(),
        is_remembered: false,
    })
}

/// Builds a [`Session`].
#[derive(Debug, Clone)]
pub struct SessionBuilder(Session);

impl SessionBuilder {
    /// Opened (and last seen) then, for a day.
    #[must_use]
    pub fn opened_at(mut self, moment: Timestamp) -> Self {
        self.0.created_at = moment;
        self.0.proved_at = moment;
        self.0.last_seen_at = moment;
        self.0.expires_at = moment.plus(Duration::from_hours(24));
        self
    }

    /// Ends then at the latest.
    #[must_use]
    pub fn expires_at(mut self, moment: Timestamp) -> Self {
        self.0.expires_at = moment;
        self
    }

    /// Of somebody who asked to stay signed in.
    #[must_use]
    pub fn remembered(mut self) -> Self {
        self.0.is_remembered = true;
        self
    }

    /// From this address.
    #[must_use]
    pub fn from(mut self, client_ip: &str) -> Self {
        client_ip.clone_into(&mut self.0.client_ip);
        self
    }

    /// From this program.
    #[must_use]
    pub fn with_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.0.user_agent);
        self.0.device = device(user_agent);
        self
    }

    /// Came about like this.
    #[must_use]
    pub fn came_about(mut self, kind: SessionKind, factors: &[Factor]) -> Self {
        (self.0.kind, self.0.factors) = (kind, Factors::of(factors));
        self
    }

    /// The session.
    pub fn build(self) -> Session {
        self.0
    }
}

/// A successful event of this action by `system` at [`NOON`], with an id of its own.
pub fn audit_event(action: &'static str) -> AuditEventBuilder {
    AuditEventBuilder(NewAuditEvent {
        id: EventId::generate(NOON, fresh_bytes()),
        at: NOON,
        actor: "system".to_owned(),
        client_ip: String::new(),
        app: None,
        action: AuditAction::new(action),
        target: None,
        outcome: AuditOutcome::Success,
        decision_id: None,
        details: serde_json::Map::new(),
        authority: None,
    })
}

/// Builds a [`NewAuditEvent`].
#[derive(Debug, Clone)]
pub struct AuditEventBuilder(NewAuditEvent);

impl AuditEventBuilder {
    /// By this actor.
    #[must_use]
    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.0.actor);
        self
    }

    /// At this moment.
    #[must_use]
    pub fn at(mut self, moment: Timestamp) -> Self {
        self.0.at = moment;
        self
    }

    /// In this app.
    #[must_use]
    pub fn in_app(mut self, app: &str) -> Self {
        self.0.app = Some(app.parse().expect("an app name"));
        self
    }

    /// On this target.
    #[must_use]
    pub fn target(mut self, target: &str) -> Self {
        self.0.target = Some(target.to_owned());
        self
    }

    /// With this outcome.
    #[must_use]
    pub fn outcome(mut self, outcome: AuditOutcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// With this detail.
    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.0.details.insert(name.to_owned(), value.into());
        self
    }

    /// The event.
    pub fn build(self) -> NewAuditEvent {
        self.0
    }
}
