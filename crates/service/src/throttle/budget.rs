//! How often one person may change something of their own: each change is an entry of the audit log that is kept for years, and whoever may do
//! nothing else could fill the disk with them. Many at once are free, as a script makes them; then one a second.

use doorward_domain::{Timestamp, UserId};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::Duration;

use super::tallies::make_room;

/// Changes that are free at once.
const AT_ONCE: i64 = 60;
/// After how long each of them is free again, in milliseconds.
const EACH: i64 = 1000;

/// What everybody has left.
#[derive(Default)]
pub(crate) struct Budget(Mutex<HashMap<UserId, i64>>);

impl Budget {
    /// Takes one change of somebody's, or says how long to wait for it.
    pub(crate) fn take(&self, who: UserId, now: Timestamp) -> Result<(), Duration> {
        let now = now.as_millis();
        let mut all_free_at = self.0.lock();
        // A clock that was put back makes nobody wait longer than for all of them.
        let at = all_free_at.get(&who).copied().unwrap_or(now).clamp(now, now.saturating_add(AT_ONCE * EACH));
        let next = at.saturating_add(EACH);
        let over = next.saturating_sub(now).saturating_sub(AT_ONCE * EACH);
        if over > 0 {
            return Err(Duration::from_millis(u64::try_from(over).unwrap_or_default()));
        }
        make_room(&mut all_free_at, |at| *at);
        all_free_at.insert(who, next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_are_free_at_once_and_then_one_a_second_for_each_person() {
        let (budget, start) = (Budget::default(), Timestamp::from_millis(1_000_000));
        let (ada, bob) = (UserId::generate(start, [1; 10]), UserId::generate(start, [2; 10]));
        let taken = |who, now| (0..1000).take_while(|_| budget.take(who, now).is_ok()).count();
        assert_eq!(taken(ada, start), 60);
        assert_eq!(budget.take(ada, start), Err(Duration::from_secs(1)));
        assert_eq!(taken(bob, start), 60, "what another spends is theirs");
        // Trying makes the wait no longer.
        let later = start.plus(Duration::from_millis(1500));
        assert_eq!((taken(ada, later), budget.take(ada, later)), (1, Err(Duration::from_millis(500))));
        assert_eq!(taken(ada, start.plus(Duration::from_secs(10))), 9);
        assert_eq!(taken(ada, start.plus(Duration::from_hours(1))), 60, "no more, however long nothing was changed");
        assert_eq!(budget.take(ada, start), Err(Duration::from_secs(1)), "a clock that was put back");
    }
}
