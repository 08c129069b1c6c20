//! How a request's body arrives: the time spent waiting for it, against what came of it.

use std::cell::Cell;
use std::time::Duration;

use crate::Limits;

/// Of one request's body.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Milliseconds in which it was waited for. While nobody wants more of it, nobody is late.
    waited: Cell<u64>,
    received: Cell<u64>,
}

impl Pace {
    /// Another body.
    pub(super) fn begin(&self) {
        self.waited.set(0);
        self.received.set(0);
    }

    /// So many bytes came after so many milliseconds.
    pub(super) fn came(&self, bytes: usize, waited: u64) {
        self.waited.set(self.waited.get().saturating_add(waited));
        self.received.set(self.received.get().saturating_add(bytes as u64));
    }

    /// Whether all waiting, with the milliseconds of now, is more than such a body may take: `body_timeout`, and a second for each
    /// `body_rate` bytes that came.
    pub(super) fn is_too_slow(&self, waiting: u64, limits: &Limits) -> bool {
        let by_size = self.received.get().saturating_mul(1000).checked_div(limits.body_rate as u64).unwrap_or(0);
        let may_take = limits.body_timeout.saturating_add(Duration::from_millis(by_size));
        u128::from(self.waited.get().saturating_add(waiting)) > may_take.as_millis()
    }
}
