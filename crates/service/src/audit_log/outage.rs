//! The audit log cannot be written: told once in words, told again while it lasts, and told when it is over.

use doorward_domain::Timestamp;
use std::time::Duration;

use super::AuditUnavailable;
use crate::ports::StoreError;

/// How often it is told while it lasts.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// Since when, and when it was last told.
#[derive(Debug, Default)]
pub(super) struct Outage(Option<Lasting>);

#[derive(Debug)]
struct Lasting {
    since: Timestamp,
    told_at: Timestamp,
    /// Entries that could not be written, or not at once.
    entries: usize,
}

impl Outage {
    /// Entries could not be written; what to tell whoever waits for them.
    pub(super) fn tell(&mut self, why: &StoreError, entries: usize, now: Timestamp) -> AuditUnavailable {
        let kind = if why.is_full_disk() { AuditUnavailable::DiskFull } else { AuditUnavailable::Failed };
        let is_new = self.0.is_none();
        let lasting = self.0.get_or_insert(Lasting { since: now, told_at: now, entries: 0 });
        lasting.entries = lasting.entries.saturating_add(entries);
        if is_new || now.since(lasting.told_at) >= TELL_EVERY {
            lasting.told_at = now;
            let cause = std::error::Error::source(why).map(ToString::to_string);
            tracing::error!(%why, cause, entries = lasting.entries, "{kind}; requests that change something are refused until it can");
        }
        kind
    }

    /// Everything could be written.
    pub(super) fn is_over(&mut self, now: Timestamp) {
        if let Some(lasting) = self.0.take() {
            let seconds = now.since(lasting.since).as_secs();
            tracing::warn!(seconds, entries = lasting.entries, "the audit log is written again");
        }
    }
}
