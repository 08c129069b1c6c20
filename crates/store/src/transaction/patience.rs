//! How often a change is done again that another was in the way of, and when.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;
use tokio::time::Instant;

/// How often a change is tried at most.
pub(super) const TRIES: u32 = 8;

/// For how long a change is tried again: as long as an engine waits for a lock by itself, which is then not waited for twice.
const LONGEST: Duration = Duration::from_secs(5);

/// The pause after the first try; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// What is left of it.
#[derive(Debug)]
pub(super) struct Patience {
    began: Instant,
    tried: u32,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), tried: 0 }
    }

    /// Waits after a try that another was in the way of; false when it was the last one.
    pub(super) async fn is_left(&mut self) -> bool {
        self.tried += 1;
        if self.tried >= TRIES || self.began.elapsed() >= LONGEST {
            return false;
        }
        tokio::time::sleep(pause(self.tried, RandomState::new().hash_one(self.tried))).await;
        true
    }
}

/// Between half of it and all of it, as chance has it: two that were in one another's way would meet again. Nothing is decided by that
/// chance, so it is no argument.
fn pause(tried: u32, chance: u64) -> Duration {
    let longest = FIRST_PAUSE * (1 << tried.saturating_sub(1).min(TRIES));
    let part = u32::try_from(chance % 1000).unwrap_or_default();
    longest / 2 + longest / 2 * part / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_change_is_tried_a_few_times_and_not_for_long() {
        let (mut patience, mut tries) = (Patience::new(), 1);
        while patience.is_left().await {
            tries += 1;
        }
        assert_eq!(tries, TRIES);
        assert!(patience.began.elapsed() < LONGEST / 2, "{:?}", patience.began.elapsed());
        let mut patience = Patience::new();
        tokio::time::advance(LONGEST).await;
        assert!(!patience.is_left().await, "whoever has waited that long for a lock does not wait again");
    }

    #[test]
    fn pauses_grow_and_are_left_to_chance_by_half() {
        for (tried, millis) in [(1, 10), (2, 20), (7, 640)] {
            let longest = Duration::from_millis(millis);
            assert_eq!(pause(tried, 0), longest / 2);
            assert!(pause(tried, 999) > longest / 20 * 19 && pause(tried, 999) < longest, "{:?}", pause(tried, 999));
        }
    }
}
