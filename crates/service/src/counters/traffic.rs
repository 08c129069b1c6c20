//! What is counted of one app's requests. Plain atomics: the request path only adds, and takes no lock.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::Counter;

/// What became of an app's requests, and how long they took.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Forwarded to the tool.
    pub passed: Counter,
    /// Had to sign in first.
    pub sign_in: Counter,
    /// Refused to a signed-in caller.
    pub denied: Counter,
    /// Could not be understood.
    pub misread: Counter,
    /// Not answered by the tool (502, 503, 504).
    pub failed: Counter,
    /// From when a request's head was read until the head of its answer is known.
    pub requests: Durations,
    /// The tool's part of it: from when it is asked until the head of its answer has come.
    pub upstream: Durations,
    answers: [Counter; 5],
}

impl Traffic {
    /// Counts an answer of the tool by its status.
    pub fn answered(&self, status: u16) {
        if let Some(counter) = usize::from(status / 100).checked_sub(1).and_then(|class| self.answers.get(class)) {
            counter.add_one();
        }
    }

    /// How many answers of the tool were of each class, from `1xx` on.
    pub fn answers(&self) -> [u64; 5] {
        array::from_fn(|class| self.answers.get(class).map_or(0, Counter::total))
    }
}

/// The upper bounds of the buckets that times are counted in; what takes longer is in one more.
pub const BOUNDS: [Duration; 14] = [
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(10),
    Duration::from_mins(1),
];

/// A histogram of times.
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Durations {
    /// Counts one.
    pub fn observe(&self, took: Duration) {
        // From the shortest on: most requests take no longer.
        let bucket = BOUNDS.iter().position(|bound| took <= *bound).unwrap_or(BOUNDS.len());
        if let Some(counted) = self.buckets.get(bucket) {
            counted.fetch_add(1, Relaxed);
        }
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    /// How many there were in each bucket (in that one alone), the last of them without a bound.
    pub fn counts(&self) -> [u64; BOUNDS.len() + 1] {
        array::from_fn(|bucket| self.buckets.get(bucket).map_or(0, |counted| counted.load(Relaxed)))
    }

    /// How long all took together.
    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.micros.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_the_first_bucket_that_is_as_long() {
        let durations = Durations::default();
        for took in
            [Duration::ZERO, BOUNDS[0], BOUNDS[0] + Duration::from_nanos(1), BOUNDS[13], Duration::from_hours(1)]
        {
            durations.observe(took);
        }
        let counts = durations.counts();
        assert_eq!((counts[0], counts[1], counts[13], counts[14]), (2, 1, 1, 1));
        assert_eq!(durations.sum(), Duration::from_hours(1) + BOUNDS[0] + BOUNDS[0] + BOUNDS[13]);
    }

    #[test]
    fn answers_are_counted_by_class_and_no_others() {
        let traffic = Traffic::default();
        for status in [0, 99, 101, 200, 204, 404, 503, 600, 999] {
            traffic.answered(status);
        }
        assert_eq!(traffic.answers(), [1, 2, 0, 1, 1]);
    }
}
