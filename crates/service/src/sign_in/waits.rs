//! Tries that had to wait, told: no password was looked at. Those that repeat are one event with a count, as refused requests are.

use doorward_domain::{AuditAction, AuditOutcome, AuditReason};
use std::net::IpAddr;
use std::time::Duration;

use crate::AuditLog;
use crate::context::{Context, Telling as _};

/// A try that has to wait.
pub(crate) async fn note(
    (audit, context): (&AuditLog, &Context),
    action: AuditAction,
    account: &str,
    from: IpAddr,
    wait: Duration,
) {
    let actor = actor(account);
    let ip = from.to_canonical().to_string();
    let mut event = context.event_by(&actor, &ip, action).with("reason", AuditReason::TooManyTries.as_str());
    event.outcome = AuditOutcome::Denied;
    event = event.with("next_try_in_seconds", wait.as_secs().max(1));
    if audit.refused(event, &format!("too_many_tries {actor}")).await.is_err() {
        tracing::error!(client_ip = %ip, "a try that had to wait could not be recorded");
    }
}

/// As whom events tell of an account. Long names are shortened: what does not fit is no account of ours anyway.
pub(crate) fn actor(account: &str) -> String {
    account.chars().take(64).collect()
}
