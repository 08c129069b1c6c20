//! What lines of the log say of the request they are about.
//!
//! A span is made only where something goes another way than most requests go: a line can be logged there and nowhere else, and a
//! request that is simply passed on pays for none.

use doorward_domain::{DecisionId, Timestamp};
use doorward_service::App;
use tracing::Span;
use tracing::field::Empty;

use super::AuditContext;
use crate::worker::Worker;

/// The span of the request with this decision, at this app if one was found.
pub(crate) fn request_span(decision: DecisionId, app: Option<&App>) -> Span {
    let span = tracing::error_span!("request", %decision, app = Empty);
    if let Some(app) = app {
        span.record("app", app.name.as_str());
    }
    span
}

impl AuditContext {
    /// What the request's decision is called, whichever way it ends.
    pub(crate) fn decision_id(&mut self, worker: &Worker) -> DecisionId {
        self.decision.unwrap_or_else(|| self.decision_id_at(worker, worker.shared.services.clock.now()))
    }

    /// The same, for whoever knows what time it is.
    pub(crate) fn decision_id_at(&mut self, worker: &Worker, now: Timestamp) -> DecisionId {
        *self.decision.get_or_insert_with(|| worker.ids.decision(now))
    }

    /// The span of this request.
    pub(crate) fn span(&mut self, worker: &Worker) -> Span {
        request_span(self.decision_id(worker), self.app.as_deref())
    }
}
