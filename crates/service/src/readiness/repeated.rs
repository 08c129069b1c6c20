//! What fails request after request for one reason: told once in words, and counted while it lasts.

use parking_lot::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// How often it is told while it lasts.
const TELL_EVERY: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Repeated(Mutex<Option<Told>>);

#[derive(Debug)]
struct Told {
    why: String,
    at: Instant,
    since: u64,
}

impl Repeated {
    /// How many failed for this reason since that was told, this one included; `None` while it need not be told again.
    pub(super) fn tells(&self, why: &str) -> Option<u64> {
        let (mut told, now) = (self.0.lock(), Instant::now());
        let count = match told.as_mut().filter(|told| told.why == why) {
            None => 1,
            Some(told) => {
                told.since = told.since.saturating_add(1);
                if now - told.at < TELL_EVERY {
                    return None;
                }
                told.since
            }
        };
        *told = Some(Told { why: why.to_owned(), at: now, since: 0 });
        Some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_told_the_others_are_counted_and_another_reason_is_told_at_once() {
        let failures = Repeated::default();
        assert_eq!(failures.tells("cut short"), Some(1));
        for _ in 0..100 {
            assert_eq!(failures.tells("cut short"), None);
        }
        tokio::time::advance(TELL_EVERY).await;
        assert_eq!(failures.tells("cut short"), Some(101));
        assert_eq!(failures.tells("cut short"), None);
        assert_eq!(failures.tells("full"), Some(1));
    }
}
