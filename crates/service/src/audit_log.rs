//! Writing down what happens: durable before the act, in groups, so that it costs little.

use doorward_domain::{AuditEvent, DecisionId, NewAuditEvent, audit::AuditConclusion};

use crate::ports::{AuditQuery, ChainFault, Listed, StoreError};
use crate::{Actor, NotAllowed};

/// The event could not be written, so what it tells of must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written")]
pub struct AuditUnavailable;

/// Reading the log failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadAuditError {
    /// Reading needs `manage`.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The audit log. One writer per process gathers what arrives while the last group is being committed, and commits it as one.
#[derive(Debug)]
pub struct AuditLog {}

impl AuditLog {
    /// Writes an event and returns when it is on disk. Callable from any runtime.
    pub async fn record(&self, _event: NewAuditEvent) -> Result<(), AuditUnavailable> {
        Err(AuditUnavailable)
    }

    /// Ends a pending event, soon; does not wait. Nothing handed over is lost at a clean stop.
    pub fn conclude(&self, _conclusion: AuditConclusion) {}

    /// Writes everything handed over so far. For shutdown.
    pub async fn flush(&self) {}

    /// A page of events; needs `manage`.
    pub async fn list(&self, _actor: &Actor, _query: &AuditQuery) -> Result<Listed<AuditEvent>, ReadAuditError> {
        Err(ReadAuditError::NotAllowed(NotAllowed { required: doorward_domain::Action::Manage }))
    }

    /// The event of one decision, for the page that explains a refusal: to the person it was about, or with `manage`; to
    /// everybody else it does not exist.
    pub async fn find_decision(&self, _actor: &Actor, _id: DecisionId) -> Result<Option<AuditEvent>, StoreError> {
        Ok(None)
    }

    /// Follows the chain; every fault and how many entries there are; needs `manage`.
    pub async fn verify(&self, _actor: &Actor) -> Result<(Vec<ChainFault>, u64), ReadAuditError> {
        Err(ReadAuditError::NotAllowed(NotAllowed { required: doorward_domain::Action::Manage }))
    }
}
