//! Closing what nobody answers, and forgetting what was answered long ago.

use doorward_domain::AuditAction;
use std::sync::Arc;
use std::time::Duration;

use super::ask::told;
use crate::context::Context;
use crate::core::Core;
use crate::ports::{AccessStore, NamedAccess, StoreError};

/// After the start, and then again and again.
const FIRST: Duration = Duration::from_secs(2);
const EVERY: Duration = Duration::from_hours(1);

/// How long a request is listed that was answered. The audit log tells of it for as long as it keeps anything.
const REMEMBERED: Duration = Duration::from_hours(90 * 24);

/// Requests closed in one go; the rest an hour later.
const AT_ONCE: usize = 1000;

/// Closes and forgets.
pub(crate) struct Housekeeping {
    store: Arc<dyn AccessStore>,
    context: Context,
}

impl Housekeeping {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self { store: Arc::clone(&core.stores.access), context: core.context.clone() }
    }

    /// Does so again and again.
    pub(crate) async fn run(self) {
        let mut wait = FIRST;
        loop {
            tokio::time::sleep(wait).await;
            wait = EVERY;
            if let Err(why) = self.tidy().await {
                let cause = std::error::Error::source(&why).map(ToString::to_string);
                tracing::warn!(%why, cause, "requests for access that lapsed could not be closed; trying again later");
            }
        }
    }

    /// Closes what has lapsed, and forgets what is old.
    pub(crate) async fn tidy(&self) -> Result<(), StoreError> {
        let now = self.context.now();
        let tell = |lapsed: &NamedAccess| {
            let event = self.context.own_event(AuditAction::ACCESS_LAPSE);
            told(event, &lapsed.user, &lapsed.request)
        };
        for _ in 0..AT_ONCE {
            if !self.store.lapse(now, &tell).await? {
                break;
            }
        }
        self.store.forget(now.minus(REMEMBERED)).await.map(drop)
    }
}
