//! What happened, as it is written down.
//!
//! The log only grows. Something that takes time, such as a request that changes the tool's state, is two entries with one
//! [`EventId`]: the event, written before it is forwarded with outcome [`AuditOutcome::Pending`], and its outcome, written after.
//! Readers see one event with its latest outcome; the chain holds both.

mod reason;

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

use crate::details::{bounded, shortened};
use crate::{AppName, Authority, DecisionId, EventId, Timestamp};
pub use reason::AuditReason;

/// What was done, as a stable dotted word: `sign_in`, `user.create`, `request`, …
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuditAction(Cow<'static, str>);

impl AuditAction {
    /// A sign-in, good or bad.
    pub const SIGN_IN: Self = Self(Cow::Borrowed("sign_in"));
    /// A person ended their own session.
    pub const SIGN_OUT: Self = Self(Cow::Borrowed("sign_out"));
    /// A person gave their password again to administer.
    pub const STEP_UP: Self = Self(Cow::Borrowed("step_up"));
    /// The first administrator was made through the setup link.
    pub const SETUP: Self = Self(Cow::Borrowed("setup"));
    /// A session got a way into the apps at a host.
    pub const SESSION_ENTER: Self = Self(Cow::Borrowed("session.enter"));
    /// A session was ended by somebody else, by its time, or all but one by a changed password.
    pub const SESSION_END: Self = Self(Cow::Borrowed("session.end"));
    /// A user was made.
    pub const USER_CREATE: Self = Self(Cow::Borrowed("user.create"));
    /// A user's name, address or role changed.
    pub const USER_UPDATE: Self = Self(Cow::Borrowed("user.update"));
    /// A user was disabled.
    pub const USER_DISABLE: Self = Self(Cow::Borrowed("user.disable"));
    /// A user was enabled again.
    pub const USER_ENABLE: Self = Self(Cow::Borrowed("user.enable"));
    /// A user was deleted.
    pub const USER_DELETE: Self = Self(Cow::Borrowed("user.delete"));
    /// A password was set or changed.
    pub const PASSWORD_CHANGE: Self = Self(Cow::Borrowed("user.password"));
    /// A grant was made or its role changed.
    pub const GRANT_PUT: Self = Self(Cow::Borrowed("grant.put"));
    /// A grant was removed.
    pub const GRANT_REMOVE: Self = Self(Cow::Borrowed("grant.remove"));
    /// A group was made.
    pub const GROUP_CREATE: Self = Self(Cow::Borrowed("group.create"));
    /// A group's name or description changed.
    pub const GROUP_UPDATE: Self = Self(Cow::Borrowed("group.update"));
    /// A group was deleted.
    pub const GROUP_DELETE: Self = Self(Cow::Borrowed("group.delete"));
    /// Somebody was put into a group.
    pub const GROUP_JOIN: Self = Self(Cow::Borrowed("group.join"));
    /// Somebody was taken out of a group.
    pub const GROUP_LEAVE: Self = Self(Cow::Borrowed("group.leave"));
    /// An API key was made.
    pub const KEY_CREATE: Self = Self(Cow::Borrowed("key.create"));
    /// An API key's name, end or addresses changed.
    pub const KEY_UPDATE: Self = Self(Cow::Borrowed("key.update"));
    /// An API key got another secret.
    pub const KEY_ROTATE: Self = Self(Cow::Borrowed("key.rotate"));
    /// An API key was revoked.
    pub const KEY_REVOKE: Self = Self(Cow::Borrowed("key.revoke"));
    /// Somebody asked for access that they were refused.
    pub const ACCESS_ASK: Self = Self(Cow::Borrowed("access.ask"));
    /// A request for access was approved, and the grant made.
    pub const ACCESS_APPROVE: Self = Self(Cow::Borrowed("access.approve"));
    /// A request for access was declined.
    pub const ACCESS_DECLINE: Self = Self(Cow::Borrowed("access.decline"));
    /// Nobody answered a request for access in time.
    pub const ACCESS_LAPSE: Self = Self(Cow::Borrowed("access.lapse"));
    /// A request to an app: state-changing, denied, or not understood.
    pub const REQUEST: Self = Self(Cow::Borrowed("request"));
    /// Entries that were kept long enough are removed, up to the one this names; see the audit log's retention.
    pub const AUDIT_TRIM: Self = Self(Cow::Borrowed("audit.trim"));
    /// A backup was put in the place of the database.
    pub const BACKUP_RESTORE: Self = Self(Cow::Borrowed("backup.restore"));

    /// All of them, in the order above.
    pub const ALL: [Self; 30] = [
        Self::SIGN_IN,
        Self::SIGN_OUT,
        Self::STEP_UP,
        Self::SETUP,
        Self::SESSION_ENTER,
        Self::SESSION_END,
        Self::USER_CREATE,
        Self::USER_UPDATE,
        Self::USER_DISABLE,
        Self::USER_ENABLE,
        Self::USER_DELETE,
        Self::PASSWORD_CHANGE,
        Self::GRANT_PUT,
        Self::GRANT_REMOVE,
        Self::GROUP_CREATE,
        Self::GROUP_UPDATE,
        Self::GROUP_DELETE,
        Self::GROUP_JOIN,
        Self::GROUP_LEAVE,
        Self::KEY_CREATE,
        Self::KEY_UPDATE,
        Self::KEY_ROTATE,
        Self::KEY_REVOKE,
        Self::ACCESS_ASK,
        Self::ACCESS_APPROVE,
        Self::ACCESS_DECLINE,
        Self::ACCESS_LAPSE,
        Self::REQUEST,
        Self::AUDIT_TRIM,
        Self::BACKUP_RESTORE,
    ];

    /// Names an action.
    pub fn new(word: impl Into<Cow<'static, str>>) -> Self {
        Self(word.into())
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// Begun, and nothing heard since: under way, or cut off.
    Pending,
    /// Done.
    Success,
    /// Tried, and it did not work.
    Failure,
    /// Refused by a decision.
    Denied,
}

impl AuditOutcome {
    /// The word used in storage and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Denied => "denied",
        }
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is none of the four outcomes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown outcome `{0}`; outcomes are pending, success, failure, denied")]
pub struct UnknownOutcome(String);

impl FromStr for AuditOutcome {
    type Err = UnknownOutcome;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Pending, Self::Success, Self::Failure, Self::Denied]
            .into_iter()
            .find(|o| o.as_str() == word)
            .ok_or_else(|| UnknownOutcome(word.to_owned()))
    }
}

/// An event about to be written; the log gives it its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAuditEvent {
    /// Names the event; the outcome entry carries the same.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who: a username, as typed for a failed sign-in (shortened), `system`, or `cli:<os user>`. Empty for nobody.
    pub actor: String,
    /// From where; empty when there is no network address.
    pub client_ip: String,
    /// In which app; `None` is Doorward itself.
    pub app: Option<AppName>,
    /// What.
    pub action: AuditAction,
    /// On what: a username, a session, `launchRun`, …
    pub target: Option<String>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The decision behind it, when there was one.
    pub decision_id: Option<DecisionId>,
    /// What else is worth knowing: operations, resources, run ids, status. Never a secret.
    pub details: serde_json::Map<String, serde_json::Value>,
    /// What the change it tells of rests on: without that, neither is written. `None` for what nobody signed in asked for, and for what
    /// has happened already. Not part of the log.
    #[serde(skip)]
    pub authority: Option<Authority>,
}

/// Bytes of the texts of an event: who, and on what.
const NAME: usize = 250;
const TARGET: usize = 500;

impl NewAuditEvent {
    /// The event, made small if it is not: a few kilobytes, whatever was asked. What was left out is counted and hashed.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.actor = shortened(&self.actor, NAME);
        self.client_ip = shortened(&self.client_ip, NAME);
        self.target = self.target.map(|target| shortened(&target, TARGET));
        self.details = bounded(self.details);
        self
    }
}

/// How a pending event ended: the second entry with its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditConclusion {
    /// The event this ends.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: AuditOutcome,
    /// Added to the event's details when it is shown.
    pub details: serde_json::Map<String, serde_json::Value>,
}

impl AuditConclusion {
    /// The conclusion, made small if it is not; see [`NewAuditEvent::bounded`].
    #[must_use]
    pub fn bounded(self) -> Self {
        Self { details: bounded(self.details), ..self }
    }
}

impl AuditEntry {
    /// The entry, made small if it is not; see [`NewAuditEvent::bounded`].
    #[must_use]
    pub fn bounded(self) -> Self {
        match self {
            Self::Event(event) => Self::Event(event.bounded()),
            Self::Conclusion(conclusion) => Self::Conclusion(conclusion.bounded()),
        }
    }
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum AuditEntry {
    /// Something happened or began.
    Event(NewAuditEvent),
    /// Something that had begun ended.
    Conclusion(AuditConclusion),
}

/// An event as readers see it: with its latest outcome and its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEvent {
    /// The event; `outcome` and `details` include its conclusion, if there is one.
    #[serde(flatten)]
    pub event: NewAuditEvent,
    /// Position in the log, from 1.
    pub seq: i64,
    /// Lower-case hex SHA-256 over the entry and the hash before it.
    pub chain_hash: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_among_all() {
        let named = include_str!("audit.rs")
            .lines()
            .filter(|line| line.starts_with("    pub const ") && line.contains("Self(Cow::"));
        assert_eq!(named.count(), AuditAction::ALL.len());
    }
}
