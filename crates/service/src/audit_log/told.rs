//! What the tool told that a request acts on, beside what the request names: the job and the location of a run.

use doorward_domain::NewAuditEvent;

/// The detail that names it.
pub const ACTS_ON: &str = "acts_on";

/// Until when somebody was given what they are refused.
pub const ENDED: &str = "ended_at";
/// The detail of a refusal that says that whoever was refused may not look at that, and so does not read it.
pub const IS_HIDDEN: &str = "acts_on_is_hidden";

/// The event of a refusal, as whom it was about may read it.
pub(crate) fn without_hidden(event: &mut NewAuditEvent) {
    if event.details.remove(IS_HIDDEN).is_some() {
        event.details.remove(ACTS_ON);
    }
}
