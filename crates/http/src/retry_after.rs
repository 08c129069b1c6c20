//! How long to wait before asking again (RFC 9110 section 10.2.3).

use http::header::HeaderValue;
use std::time::Duration;

/// `Retry-After`, in [`whole_seconds`].
pub fn retry_after(wait: Duration) -> HeaderValue {
    HeaderValue::from(whole_seconds(wait))
}

/// Rounded up, so that whoever waits that long has waited long enough; and at least one, because nobody need ask again at once.
pub fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_that_long_has_waited_long_enough() {
        for (millis, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (1999, "2"), (61_000, "61")] {
            assert_eq!(retry_after(Duration::from_millis(millis)), seconds, "{millis}");
        }
    }
}
