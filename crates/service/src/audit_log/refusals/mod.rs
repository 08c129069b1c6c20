//! Refusals that repeat: one event with a count instead of an event each.
//!
//! Whoever is refused can ask again a thousand times a second, and the log must not grow by that. The first refusal of one actor (of
//! one network, where nobody is signed in) in one app by one rule and method, on one thing and for one reason, is written at once; what follows within a second of it is
//! counted ([`open`]), and the count is written as the event's conclusion when the second is over. Whoever is refused in more ways than
//! that has the rest counted as one, under their own name ([`key`]): nobody's refusal is found under somebody else's. Only refusals:
//! what is let through is never counted together.
//!
//! A count that was not written yet, at most a second of it, dies with the process.

mod key;
mod open;

use doorward_domain::audit::AuditConclusion;
use doorward_domain::{DecisionId, EventId, NewAuditEvent, Timestamp};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::RandomState;
use std::time::Duration;

pub(crate) use key::Gathers;
pub(super) use key::Key;
use open::Open;

/// How long refusals are counted together.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// What to do with a refusal.
pub(super) enum Noted {
    /// It is written; here is the conclusion of the one before, where there was one.
    First(Key, Option<AuditConclusion>),
    /// It was counted, and is found under this decision.
    Again(Option<DecisionId>),
}

/// The refusals of the last second.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    open: Mutex<HashMap<Key, Open>>,
    hasher: RandomState,
}

impl Refusals {
    /// Notes a refusal by a rule.
    pub(super) fn note(&self, event: &NewAuditEvent, rule: &str) -> Noted {
        let mut open = self.open.lock();
        let key = Key::of(event, rule, &open, &self.hasher);
        if let Some(known) = open.get_mut(&key)
            && !known.is_over(event.at)
        {
            known.again(event);
            return Noted::Again(known.decision);
        }
        let fresh = Open::new(event, key.gathers());
        let before = open.insert(key.clone(), fresh).as_ref().and_then(Open::concluded);
        Noted::First(key, before)
    }

    /// The event that began this could not be written: nothing is counted on it.
    pub(super) fn forget(&self, key: &Key, id: EventId) {
        let mut open = self.open.lock();
        if open.get(key).is_some_and(|known| known.id == id) {
            open.remove(key);
        }
    }

    /// Whether there is anything to end.
    pub(super) fn is_empty(&self) -> bool {
        self.open.lock().is_empty()
    }

    /// Ends what began more than a second ago; the counts of what repeated.
    pub(super) fn ended(&self, now: Timestamp) -> Vec<AuditConclusion> {
        self.open.lock().extract_if(|_, known| known.is_over(now)).filter_map(|(_, known)| known.concluded()).collect()
    }

    /// Ends everything.
    pub(super) fn all(&self) -> Vec<AuditConclusion> {
        self.open.lock().drain().filter_map(|(_, known)| known.concluded()).collect()
    }
}

#[cfg(test)]
mod tests;
