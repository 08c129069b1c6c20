//! Credentials that opened nothing a moment ago, so that a page of fifty requests with an ended session asks the store once.
//!
//! Needs no invalidation: tokens are random, so one that opens nothing now never will.

use doorward_domain::{Timestamp, TokenHash};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;

/// A page with an ended session asks again and again for as long as it is open; nor should it use up what its network may ask.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
const AT_MOST: usize = 16_384;

/// What opened nothing lately.
#[derive(Default)]
pub(super) struct NegativeCache(Mutex<HashMap<TokenHash, Timestamp>>);

impl NegativeCache {
    pub(super) fn note(&self, key: TokenHash, now: Timestamp) {
        let mut noted = self.0.lock();
        if noted.len() >= AT_MOST {
            noted.clear();
        }
        noted.insert(key, now);
    }

    pub(super) fn holds(&self, key: &TokenHash, now: Timestamp) -> bool {
        self.0.lock().get(key).is_some_and(|noted| *noted <= now && now.since(*noted) < REMEMBERED_FOR)
    }

    /// Gives back what is over.
    pub(super) fn sweep(&self, now: Timestamp) {
        let mut noted = self.0.lock();
        if noted.is_empty() {
            return;
        }
        noted.retain(|_, at| now.since(*at) < REMEMBERED_FOR);
        if noted.is_empty() {
            *noted = HashMap::new();
        }
    }
}
