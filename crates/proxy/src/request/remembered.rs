//! Whether somebody is known here, before anybody has asked who they are.

use doorward_domain::{Principal, Subject};
use doorward_http::CookieName;
use http::request::Parts;
use std::sync::Arc;

use super::presented::Presented;
use crate::Snapshot;
use crate::client_info::{self, ClientInfo, Peer};
use crate::shared::Shared;

/// From whom a request for the desk comes, if it is somebody known. Who they are and what they may is for the desk to find out.
pub(super) fn remembered(shared: &Shared, parts: &Parts, client_info: &ClientInfo<'_>) -> Option<Subject> {
    let presented = doorward_http::presented(&parts.headers, CookieName::of(client_info.secure, &client_info.host));
    let credential = presented.ok().and_then(|presented| presented.credential)?;
    shared.services.authentication.cached(&credential, client_info.ip).map(|authenticated| authenticated.who.account())
}

/// Who sent what could not be understood, for the log: from memory only, so that nonsense costs no look-up.
pub(super) fn who(shared: &Shared, snapshot: &Snapshot, parts: &Parts, peer: &Peer) -> Option<Arc<Principal>> {
    let client_info = client_info::resolve(peer, &snapshot.trusted_proxies, parts).ok()?;
    let credential = Presented::read(shared, parts, &client_info).ok()?.credential?;
    Some(shared.services.authentication.cached_by_digest(&credential, client_info.ip)?.who)
}
