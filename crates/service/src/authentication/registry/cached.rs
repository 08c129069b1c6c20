//! What is kept of somebody who is known.

use doorward_domain::{Bond, BondId, Principal, SessionLimits, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;

use crate::authentication::revocation::Revocation;

/// A session somebody is using. With a hundred thousand of them in use, what a request costs is how much memory it touches: this,
/// what the two point to, and no more; and sessions of one user share what is the user's.
#[derive(Clone)]
pub(in crate::authentication) struct Cached {
    pub who: Arc<Principal>,
    pub revocation: Revocation,
    /// When the credential ends, whatever is with the bond. Of a bond, when the first of its credentials does: what was opened with that
    /// one must end too, so all are looked at again.
    pub until: Timestamp,
}

impl Cached {
    /// Somebody just read, who is known to have been seen later than was read.
    pub(super) fn new(who: Principal, seen: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        let revocation = Revocation::of(&who.bond);
        if let Some(seen) = seen {
            revocation.seen(seen);
        }
        Self { revocation, who: Arc::new(who), until: until.unwrap_or(NEVER) }
    }

    /// The same by another credential.
    pub(super) fn by_another(&self, until: Option<Timestamp>) -> Self {
        Self { until: until.unwrap_or(NEVER), ..self.clone() }
    }

    /// Whether a fresh reading says what is known already. When they were last seen is left out: it gives no right.
    pub(super) fn says_the_same_as(&self, read: &Principal) -> bool {
        let known = &*self.who;
        let session = |who: &Principal| who.session().map(|session| (session.expires_at, session.proved_at));
        let key = |who: &Principal| match &who.bond {
            Bond::Key(key) => Some((key.owner, key.expires_at, Arc::clone(&key.allowed_addresses))),
            Bond::Session(_) => None,
        };
        (session(known), key(known)) == (session(read), key(read))
            && (&known.name, &known.email, &known.full_name) == (&read.name, &read.email, &read.full_name)
            && (&known.groups, &known.rights) == (&read.groups, &read.rights)
    }

    /// Notes the request and says whether the session still opens the door.
    pub(in crate::authentication) fn admits(&self, limits: &SessionLimits, now: Timestamp) -> bool {
        let admits = self.is_alive(limits, now);
        if admits {
            self.revocation.seen(now);
        }
        admits
    }

    /// Whether it may be used from there.
    pub(in crate::authentication) fn is_allowed_from(&self, address: IpAddr) -> bool {
        match &self.who.bond {
            Bond::Session(_) => true,
            Bond::Key(key) => key.is_allowed_from(Some(address)),
        }
    }

    /// When to look at it again, after `now`: when it ends, or a grant lapses.
    pub(super) fn due_after(&self, now: Timestamp, limits: &SessionLimits) -> Timestamp {
        let lapses = self.who.rights.next_change(now);
        lapses.into_iter().chain(self.ends_at(limits)).min().unwrap_or(NEVER).min(self.until)
    }

    /// Whether a grant lapses just then.
    pub(super) fn lapses_at(&self, due: Timestamp) -> bool {
        self.who.rights.changes_at(due)
    }

    /// Whether the session still opens the door.
    pub(in crate::authentication) fn is_alive(&self, limits: &SessionLimits, now: Timestamp) -> bool {
        !self.revocation.is_revoked() && now < self.until && self.ends_at(limits).is_none_or(|end| now < end)
    }

    fn ends_at(&self, limits: &SessionLimits) -> Option<Timestamp> {
        self.who.bond.ends_when_last_seen(self.revocation.last_seen(), limits)
    }
}

/// When and from where somebody was last seen, as far as the store does not know yet.
#[derive(Debug, Clone, Copy)]
pub(in crate::authentication) struct Unsaved {
    pub bond: BondId,
    pub seen: Timestamp,
    pub from: Option<IpAddr>,
}

impl Unsaved {
    pub(super) fn of(live: &Cached) -> Option<Self> {
        Some(Self { bond: live.who.bond.id(), seen: live.revocation.unsaved()?, from: live.revocation.last_from() })
    }
}

/// Later than anything that ends.
const NEVER: Timestamp = Timestamp::from_millis(i64::MAX);
