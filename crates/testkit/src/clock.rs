//! A clock that moves only when told.

use doorward_domain::Timestamp;
use doorward_service::ports::Clock;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

/// When every test begins: 2026-11-20T12:00:00Z.
pub const NOON: Timestamp = Timestamp::from_millis(1_795_176_000_000);

/// A clock that stands at [`NOON`] until it is moved. Clones show the same time.
#[derive(Debug, Clone)]
pub struct FakeClock(Arc<AtomicI64>);

impl FakeClock {
    /// Stands at [`NOON`].
    pub fn new() -> Self {
        Self::at(NOON)
    }

    /// Stands at `moment`.
    pub fn at(moment: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(moment.as_millis())))
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Jumps, also back.
    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.as_millis(), SeqCst);
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(SeqCst))
    }

    /// Stands still: moving the hands makes nothing older.
    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noon_is_noon() {
        assert_eq!(NOON.to_string(), "2026-11-20T12:00:00Z");
    }

    #[test]
    fn clones_show_the_same_time() {
        let clock = FakeClock::new();
        let other = clock.clone();
        clock.advance(Duration::from_mins(1));
        assert_eq!(other.now().since(NOON), Duration::from_mins(1));
    }
}
