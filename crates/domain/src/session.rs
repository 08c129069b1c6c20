//! A signed-in browser or program.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::{Factors, SessionId, SessionKind, Timestamp, UserId};

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLimits {
    /// From sign-in to the end, whatever happens.
    pub lifetime: Duration,
    /// Without a request, until the end.
    pub idle: Duration,
    /// Whether requests put the idle end off. When false, `idle` counts from sign-in.
    pub renew: bool,
    /// Takes the place of both for who asks to stay signed in; zero when nobody may ask.
    pub remember: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_hours(24),
            idle: Duration::from_hours(8),
            renew: true,
            remember: Duration::from_hours(30 * 24),
        }
    }
}

/// A session as it is remembered. The token that opens it is stored only as a hash, beside this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it in lists; opens nothing.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// What holds it.
    pub kind: SessionKind,
    /// With what they showed who they are.
    pub factors: Factors,
    /// Sign-in.
    pub created_at: Timestamp,
    /// When the user last proved who they are, by signing in or by giving the password again.
    pub proved_at: Timestamp,
    /// The last request seen, to within a minute.
    pub last_seen_at: Timestamp,
    /// The absolute end.
    pub expires_at: Timestamp,
    /// Where the sign-in came from.
    pub client_ip: String,
    /// The program, as it named itself; at most 200 characters.
    pub user_agent: String,
    /// What that is called for people ([`crate::device()`]).
    pub device: String,
    /// Whether the person asked to stay signed in: then only the absolute end counts, however long nothing is heard.
    pub is_remembered: bool,
}

/// For how long a proof speaks for what follows: an administrator who signs in and then administers is not asked twice, and whoever
/// gets hold of the session later (a script in a tool's page) finds it asked for.
const PROOF_HOLDS: Duration = Duration::from_mins(15);

impl Session {
    /// Whether who uses it has proved who they are lately.
    pub fn is_proved(&self, now: Timestamp) -> bool {
        now.since(self.proved_at) < PROOF_HOLDS
    }

    /// When it ends if nothing more is heard: the earlier of the absolute and the idle end (a remembered one has no idle end).
    pub fn ends_at(&self, limits: &SessionLimits) -> Timestamp {
        self.ends_when_last_seen(self.last_seen_at, limits)
    }

    /// As [`Self::ends_at`], for somebody who knows of a later request than is written here.
    pub fn ends_when_last_seen(&self, last_seen_at: Timestamp, limits: &SessionLimits) -> Timestamp {
        if self.is_remembered {
            return self.expires_at;
        }
        let quiet_since = if limits.renew { last_seen_at } else { self.created_at };
        self.expires_at.min(quiet_since.plus(limits.idle))
    }

    /// Whether it still opens the door.
    pub fn is_live(&self, limits: &SessionLimits, now: Timestamp) -> bool {
        now < self.ends_at(limits)
    }
}
