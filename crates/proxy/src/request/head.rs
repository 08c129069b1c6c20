//! The head of a request, settled: where it really comes from, and which path it means. Nothing else is read from it before.

use doorward_profile::CanonicalPath;
use http::Method;
use http::request::Parts;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::framing::check_framing;
use super::mount::no_app_at;
use super::{AuditContext, Rejection};
use crate::Snapshot;
use crate::client_info::{self, ClientInfo, Peer};
use crate::shared::Shared;
use crate::site::{Site, is_desk_agreed};

/// What nobody but the connection and trusted proxies vouch for.
pub(super) struct Head<'a> {
    pub(super) parts: &'a Rc<Parts>,
    pub(super) client_info: ClientInfo<'a>,
    pub(super) path: CanonicalPath,
}

impl<'a> Head<'a> {
    /// Settles it, or says what of it can be read in two ways.
    pub(super) fn settle(
        peer: &Peer,
        snapshot: &Snapshot,
        parts: &'a Rc<Parts>,
        audit_context: &mut AuditContext,
    ) -> Result<Self, Rejection> {
        if matches!(parts.method, Method::TRACE | Method::CONNECT) {
            return Err(Rejection::Method);
        }
        check_framing(parts)?;
        let client_info = client_info::resolve(peer, &snapshot.trusted_proxies, parts)?;
        audit_context.client_ip = Some(client_info.ip);
        let path = CanonicalPath::parse(parts.uri.path())?;
        Ok(Self { parts, client_info, path })
    }

    /// Whether it is for our own pages and interface.
    pub(super) fn is_for_desk(&self) -> Result<bool, Rejection> {
        Ok(is_desk_agreed(&self.path)?)
    }

    /// Which app it is for.
    pub(super) fn site<'s>(&self, shared: &Shared, snapshot: &'s Snapshot) -> Result<&'s Arc<Site>, Rejection> {
        let nothing_here = || no_app_at(&self.path, &self.parts.method);
        if shared.desk_host.as_ref().is_some_and(|desk| desk.is(&self.client_info.host)) {
            // No app is here, whatever the sites say: its scripts would be the desk's neighbours again.
            return Err(nothing_here());
        }
        snapshot.sites.find_agreed(&self.client_info.host, &self.path)?.ok_or_else(nothing_here)
    }
}

/// Nobody can sign in before there is an administrator.
pub(super) async fn check_set_up(shared: &Shared) -> Result<(), Rejection> {
    if !shared.is_set_up() && Box::pin(needs_setup(shared)).await? {
        return Err(Rejection::SetupRequired);
    }
    Ok(())
}

/// Whether nobody could sign in yet.
async fn needs_setup(shared: &Shared) -> Result<bool, Rejection> {
    let services = Arc::clone(&shared.services);
    let asking = shared.control.spawn(async move { services.setup.is_required().await });
    let required = asking.await.map_err(|_| Rejection::StoreUnavailable)?.map_err(|_| Rejection::StoreUnavailable)?;
    if !required {
        shared.is_set_up.store(true, Relaxed);
    }
    Ok(required)
}
