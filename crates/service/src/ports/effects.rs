//! What a change brings about beside its rows.

use doorward_domain::NewAuditEvent;

/// What a change brings about beside its rows: kept in the same transaction, or not at all. Whoever asks for a change says all of it here, so
/// that what comes to it is one field more and no other signature.
#[derive(Debug, Clone, Copy)]
pub struct Effects<'e> {
    /// The event that tells of it.
    pub audit: &'e NewAuditEvent,
}

impl<'e> Effects<'e> {
    /// That this is in the audit log.
    pub fn of(audit: &'e NewAuditEvent) -> Self {
        Self { audit }
    }
}
