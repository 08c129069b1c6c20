//! Time and randomness, so that tests can hold them still.

use doorward_domain::Timestamp;
use std::time::Duration;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, UTC.
    fn now(&self) -> Timestamp;

    /// How long since some moment in the past, the same for the life of the process: for spans of time, which must not end sooner or later
    /// because somebody sets the clock.
    fn steady(&self) -> Duration;
}

/// Gives random bytes fit for secrets.
pub trait Entropy: Send + Sync {
    /// Fills the buffer from a cryptographically secure source.
    fn fill(&self, buffer: &mut [u8]);
}

/// The machine's clock: on Linux as of its last tick, some milliseconds ago, which is read in a tenth of the time. Every request asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(machine::since_epoch().as_millis()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Duration {
        machine::steady()
    }
}

#[cfg(target_os = "linux")]
mod machine {
    use nix::time::{ClockId, clock_gettime};
    use std::time::Duration;

    pub(super) fn since_epoch() -> Duration {
        read(ClockId::CLOCK_REALTIME_COARSE)
    }

    pub(super) fn steady() -> Duration {
        read(ClockId::CLOCK_MONOTONIC_COARSE)
    }

    #[expect(clippy::expect_used, reason = "every Linux has these clocks; without time nothing can be decided")]
    fn read(clock: ClockId) -> Duration {
        let read = clock_gettime(clock).expect("the machine has a clock");
        Duration::new(read.tv_sec().try_into().unwrap_or_default(), read.tv_nsec().try_into().unwrap_or_default())
    }
}

#[cfg(not(target_os = "linux"))]
mod machine {
    use std::sync::OnceLock;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    pub(super) fn since_epoch() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    pub(super) fn steady() -> Duration {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        FIRST.get_or_init(Instant::now).elapsed()
    }
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret can be made; stopping is the only safe answer"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }
}
