//! What happens many times in a row, told once.

use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// This long without another ends a burst.
const QUIET: Duration = Duration::from_secs(1);
/// A burst that goes on is told so often.
const LONG: Duration = Duration::from_secs(10);

/// Counts until it is time to tell. Of what is rare: it takes a lock.
#[derive(Debug, Default)]
pub(crate) struct Burst(Mutex<Option<Counted>>);

#[derive(Debug)]
struct Counted {
    count: u64,
    what: String,
    first: Instant,
    last: Instant,
}

impl Burst {
    /// It happened again.
    pub(crate) fn add(&self, what: impl FnOnce() -> String, now: Instant) {
        let mut counted = self.0.lock();
        let counted = counted.get_or_insert_with(|| Counted { count: 0, what: what(), first: now, last: now });
        counted.count += 1;
        counted.last = now;
    }

    /// How many times, and what the first was; `None` when there is nothing to tell, or not yet.
    pub(crate) fn told(&self, now: Instant) -> Option<(u64, String)> {
        let mut counted = self.0.lock();
        let is_due = |counted: &mut Counted| {
            now.duration_since(counted.last) >= QUIET || now.duration_since(counted.first) >= LONG
        };
        counted.take_if(is_due).map(|counted| (counted.count, counted.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_told_once_when_it_is_over_and_now_and_then_while_it_lasts() {
        let (burst, start) = (Burst::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!(burst.told(at(0)), None);
        burst.add(|| "first".to_owned(), at(0));
        burst.add(|| "second".to_owned(), at(900));
        assert_eq!(burst.told(at(1000)), None);
        assert_eq!(burst.told(at(1900)), Some((2, "first".to_owned())));
        assert_eq!(burst.told(at(9000)), None);
        let told: Vec<_> = (0..300_u64)
            .filter_map(|n| {
                burst.add(|| "again".to_owned(), at(10_000 + n * 100));
                burst.told(at(10_000 + n * 100))
            })
            .collect();
        assert_eq!(told.len(), 2, "{told:?}");
    }
}
