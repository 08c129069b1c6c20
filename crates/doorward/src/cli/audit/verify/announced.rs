//! What the log announces of entries that were kept long enough.

use doorward_domain::{AuditAction, NewAuditEvent, Timestamp};
use std::cmp::Reverse;
use std::time::Duration;

use super::copy::Entry;

/// The announcements that are in the log.
#[derive(Debug, Default)]
pub(super) struct Announced(Vec<Announcement>);

#[derive(Debug)]
struct Announcement {
    at: Timestamp,
    /// The last entry to go.
    through: i64,
    kept: Duration,
}

impl Announced {
    /// Keeps an event if it is one that says all this.
    pub(super) fn note(&mut self, event: &NewAuditEvent) {
        if event.action != AuditAction::AUDIT_TRIM {
            return;
        }
        let through = event.details.get("through").and_then(serde_json::Value::as_i64);
        let kept = event.details.get("kept_for_seconds").and_then(serde_json::Value::as_u64);
        if let (Some(through), Some(kept)) = (through, kept) {
            self.0.push(Announcement { at: event.at, through, kept: Duration::from_secs(kept) });
        }
    }

    /// What is still to come was announced by nobody.
    pub(super) fn forget_after(&mut self, now: Timestamp) {
        self.0.retain(|announcement| announcement.at <= now);
        // Of those that kept as long, one that reaches no further and is no later than another says nothing that the other does not. There are
        // thousands in a log, of which one is left where nobody set the clock back.
        self.0.sort_by_key(|one| Reverse((one.kept, one.through, one.at)));
        let mut latest: Option<(Duration, Timestamp)> = None;
        self.0.retain(|one| {
            let adds = latest.is_none_or(|(kept, at)| kept != one.kept || at < one.at);
            if adds {
                latest = Some((one.kept, one.at));
            }
            adds
        });
    }

    /// How long an entry that is gone was kept, if one of them says so and it was so old by then.
    pub(super) fn kept(&self, seq: i64, entry: &Entry) -> Option<Duration> {
        let fits = |one: &&Announcement| {
            let is_old = entry.at.is_some_and(|at| at < one.at.minus(one.kept));
            // Of what has no time only the hash is known.
            seq <= one.through && (is_old || entry.said.is_empty())
        };
        self.0.iter().filter(fits).map(|one| one.kept).max()
    }
}
