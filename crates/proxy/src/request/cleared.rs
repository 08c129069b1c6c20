//! A permit that may be acted on: what it changes, if anything, is in the audit log, on disk.
//!
//! Nothing is written to a tool without one, and only [`AppRequest::clear`] makes one: forgetting to record does not compile, and what a
//! permit was not given for gets none.

use doorward_domain::{AuditOutcome, Intent, Permit};
use std::sync::Arc;

use super::app_request::AppRequest;
use super::{AuditContext, Bound, Record, Rejection};
use crate::upstream::MaySend;

/// A permit for this app and what is sent there, whose change is recorded, or that changes nothing.
pub(crate) struct Cleared(Permit);

impl MaySend for Cleared {}

impl Cleared {
    /// The permit.
    pub(crate) fn permit(&self) -> &Permit {
        &self.0
    }
}

impl AppRequest<'_> {
    /// Writes down what changes the tool's state, and returns when that is on disk. `read` is what will be sent, as it was read.
    pub(super) async fn clear(
        &self,
        bound: Bound,
        read: &Arc<Intent>,
        audit_context: &mut AuditContext,
    ) -> Result<(Cleared, Option<Box<Record>>), Rejection> {
        let to_here = bound.for_sending(read).filter(|permit| *permit.app() == self.site.app.name);
        let permit = to_here.ok_or(Rejection::NoApp)?;
        if !permit.intent().changes_state {
            return Ok((Cleared(permit), None));
        }
        let shared = &self.context.worker.shared;
        let id = self.context.worker.ids.event(shared.services.clock.now());
        let event = audit_context.event(&shared.services, self.parts, id, AuditOutcome::Pending);
        // The rarer way is boxed, so that every request's future stays small.
        let record = Box::pin(Record::begin(&shared.services, event)).await?;
        audit_context.begun = Some(id);
        Ok((Cleared(permit), Some(record)))
    }
}
