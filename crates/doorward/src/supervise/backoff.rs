//! How long to wait before starting a tool again, and when to stop trying.

use std::time::Duration;

/// A run shorter than this counts as dying at once.
const QUICK: Duration = Duration::from_secs(10);
/// After so many quick deaths in a row it is hopeless.
const HOPELESS: u32 = 5;
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(30);

/// Counts deaths.
#[derive(Debug, Default)]
pub struct Backoff {
    quick: u32,
}

/// What to do after a death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Start it again after this long.
    Wait(Duration),
    /// It died at once, five times in a row.
    Hopeless(Duration),
}

impl Backoff {
    /// The tool died after having run for so long: waits of 1, 2, 4, 8, 16, 30 s while it keeps dying at once.
    pub fn died_after(&mut self, lived: Duration) -> Next {
        if lived >= QUICK {
            self.quick = 0;
            return Next::Wait(Duration::from_secs(1));
        }
        self.quick = self.quick.saturating_add(1);
        let wait = Duration::from_secs(1 << (self.quick - 1).min(5)).min(LONGEST);
        if self.quick >= HOPELESS { Next::Hopeless(wait) } else { Next::Wait(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_quick_deaths_in_a_row_are_hopeless_and_waits_double() {
        let mut backoff = Backoff::default();
        let waits: Vec<Next> = (0..7).map(|_| backoff.died_after(Duration::from_secs(1))).collect();
        let s = Duration::from_secs;
        assert_eq!(waits[..4], [Next::Wait(s(1)), Next::Wait(s(2)), Next::Wait(s(4)), Next::Wait(s(8))]);
        assert_eq!(waits[4..], [Next::Hopeless(s(16)), Next::Hopeless(s(30)), Next::Hopeless(s(30))]);
    }

    #[test]
    fn a_long_run_in_between_forgives() {
        let mut backoff = Backoff::default();
        for _ in 0..4 {
            backoff.died_after(Duration::ZERO);
        }
        assert_eq!(backoff.died_after(Duration::from_secs(10)), Next::Wait(Duration::from_secs(1)));
        assert_eq!(backoff.died_after(Duration::ZERO), Next::Wait(Duration::from_secs(1)));
    }
}
