//! Whether somebody is known here, before anybody has asked who they are.

use doorward_http::CookieName;
use http::request::Parts;

use crate::client_info::ClientInfo;
use crate::worker::Shared;

/// Whether a request for the desk comes from somebody known. Who they are and what they may is for the desk to find out.
pub(super) fn is_remembered(shared: &Shared, parts: &Parts, client_info: &ClientInfo<'_>) -> bool {
    let presented = doorward_http::presented(&parts.headers, CookieName::of(client_info.secure, &client_info.host));
    let credential = presented.ok().and_then(|presented| presented.credential);
    credential.is_some_and(|credential| shared.services.authentication.cached(&credential).is_some())
}
