//! Removing what was kept long enough: a little at a time, so that nobody who writes waits for it.

use doorward_domain::{AuditAction, NewAuditEvent};
use std::sync::Arc;
use std::time::Duration;

use crate::context::{Context, Telling as _};
use crate::ports::{AuditStore, Checkpoint, StoreError};

/// How many entries go in one transaction, and how long the others have in between.
const AT_ONCE: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// After the start, and then again and again.
const FIRST: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_hours(1);

/// Removes entries older than `keep`.
pub(super) struct Retention {
    pub(super) store: Arc<dyn AuditStore>,
    pub(super) context: Context,
    pub(super) keep: Duration,
}

impl Retention {
    /// Does so again and again.
    pub(super) async fn run(self) {
        let mut wait = FIRST;
        loop {
            tokio::time::sleep(wait).await;
            // Entries shorter kept than that are looked for more often.
            wait = EVERY.min(self.keep);
            if let Err(why) = self.trim().await {
                let cause = std::error::Error::source(&why).map(ToString::to_string);
                tracing::warn!(%why, cause, "old entries of the audit log could not be removed; trying again later");
            }
        }
    }

    /// Removes all there is to remove; how many.
    pub(super) async fn trim(&self) -> Result<u64, StoreError> {
        let before = self.context.now().minus(self.keep);
        let tell = |through: &Checkpoint, entries: u64| self.announcement(through, entries);
        let mut removed = 0;
        loop {
            match self.store.trim(before, AT_ONCE, &tell).await? {
                0 => break,
                some => removed += some,
            }
            tokio::time::sleep(PAUSE).await;
        }
        if removed > 0 {
            tracing::info!(removed, %before, "entries of the audit log that were kept long enough were removed");
        }
        Ok(removed)
    }

    fn announcement(&self, through: &Checkpoint, entries: u64) -> NewAuditEvent {
        let event = self.context.own_event(AuditAction::AUDIT_TRIM);
        let hash = hex::encode(through.hash);
        let event = event.with("through", through.seq).with("chain_hash", hash).with("entries", entries);
        event.with("kept_for_seconds", self.keep.as_secs())
    }
}
