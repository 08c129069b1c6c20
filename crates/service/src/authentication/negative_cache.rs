//! Credentials that opened nothing a moment ago, so that a page of fifty requests with an ended session asks the store once.
//!
//! Tokens are random, so a session's that opens nothing now never will. A key's may: one that sleeps wakes with its owner.

use doorward_domain::{Timestamp, TokenHash};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;

/// A page with an ended session asks again and again for as long as it is open; nor should it use up what its network may ask.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
const AT_MOST: usize = 16_384;

/// What opened nothing lately.
#[derive(Default)]
pub(super) struct NegativeCache(Mutex<HashMap<TokenHash, Noted>>);

struct Noted {
    at: Timestamp,
    /// Whether it may open something again.
    may_wake: bool,
}

impl Noted {
    fn holds(&self, now: Timestamp) -> bool {
        self.at <= now && now.since(self.at) < REMEMBERED_FOR
    }
}

impl NegativeCache {
    pub(super) fn note(&self, key: TokenHash, may_wake: bool, now: Timestamp) {
        let mut noted = self.0.lock();
        if noted.len() >= AT_MOST {
            noted.clear();
        }
        noted.insert(key, Noted { at: now, may_wake });
    }

    pub(super) fn holds(&self, key: &TokenHash, now: Timestamp) -> bool {
        self.0.lock().get(key).is_some_and(|noted| noted.holds(now))
    }

    /// Somebody has changed, and their keys may have woken.
    pub(super) fn wake(&self) {
        self.0.lock().retain(|_, noted| !noted.may_wake);
    }

    /// Gives back what is over.
    pub(super) fn sweep(&self, now: Timestamp) {
        let mut noted = self.0.lock();
        if noted.is_empty() {
            return;
        }
        noted.retain(|_, noted| noted.holds(now));
        if noted.is_empty() {
            *noted = HashMap::new();
        }
    }
}
