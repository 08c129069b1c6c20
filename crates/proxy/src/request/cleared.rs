//! A permit that may be acted on: what it changes, if anything, is in the audit log, on disk.
//!
//! Nothing is written to a tool without one, and only [`AppRequest::clear`] makes one: forgetting to record does not compile.

use doorward_domain::{AuditOutcome, Permit};

use super::app_request::AppRequest;
use super::{AuditContext, Record, Rejection};

/// A permit for this app whose change is recorded, or that changes nothing.
pub(crate) struct Cleared(Permit);

impl Cleared {
    /// The permit.
    pub(crate) fn permit(&self) -> &Permit {
        &self.0
    }
}

impl AppRequest<'_> {
    /// Writes down what changes the tool's state, and returns when that is on disk.
    pub(super) async fn clear(
        &self,
        permit: Permit,
        audit_context: &AuditContext,
    ) -> Result<(Cleared, Option<Box<Record>>), Rejection> {
        if *permit.app() != self.site.app.name {
            return Err(Rejection::NoApp);
        }
        if !permit.intent().changes_state {
            return Ok((Cleared(permit), None));
        }
        let shared = &self.context.worker.shared;
        let id = self.context.worker.ids.event(shared.services.clock.now());
        let event = audit_context.event(&shared.services, self.parts, id, AuditOutcome::Pending);
        // The rarer way is boxed, so that every request's future stays small.
        let record = Box::pin(Record::begin(&shared.services, event)).await?;
        Ok((Cleared(permit), Some(record)))
    }
}
