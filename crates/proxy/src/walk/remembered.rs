//! Whether somebody is known here, before anybody has asked who they are.

use doorward_http::CookieName;
use http::request::Parts;

use crate::facts::Facts;
use crate::worker::Shared;

/// Whether a request for the desk comes from somebody known. Who they are and what they may is for the desk to find out.
pub(super) fn is_remembered(shared: &Shared, parts: &Parts, facts: &Facts<'_>) -> bool {
    let presented = doorward_http::presented(&parts.headers, CookieName::of(facts.secure, &facts.host));
    let credential = presented.ok().and_then(|presented| presented.credential);
    credential.is_some_and(|credential| shared.services.admission.recall(&credential).is_some())
}
