//! The coarse clock of a worker.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often waits are looked at.
pub(crate) const TICK: Duration = Duration::from_millis(250);

/// A worker's coarse clock: milliseconds since the worker started, as of the last tick.
#[derive(Debug)]
pub(crate) struct Ticker {
    started: Instant,
    now: Cell<u64>,
    turns: Cell<u64>,
}

impl Ticker {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), now: Cell::new(0), turns: Cell::new(0) }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    /// The next number: what got a smaller one was earlier, also within a tick.
    pub(crate) fn turn(&self) -> u64 {
        self.turns.replace(self.turns.get().wrapping_add(1))
    }

    /// Moves the clock to the present.
    pub(crate) fn advance(&self) {
        self.now.set(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX));
    }

    /// Puts the clock there, in milliseconds.
    #[cfg(test)]
    pub(crate) fn set(&self, now: u64) {
        self.now.set(now);
    }
}
