//! Who asks: by what a request presents, from memory, or looked up where the database is.

use doorward_domain::Caller;
use doorward_http::is_cross_site;
use doorward_service::{Authenticated, Credential, Digested};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use tracing::{Instrument as _, Span};

use super::head::Head;
use super::presented::Presented;
use super::{AuditContext, ConnectionContext, Rejection};
use crate::Snapshot;
use crate::shared::Shared;

/// Whoever asks, and by what they are known.
pub(super) struct Asker {
    pub(super) caller: Caller,
    pub(super) presented: Rc<Presented>,
}

impl Asker {
    /// Finds out who it is, and that the connection and no other site's page let them ask.
    pub(super) async fn identify(
        context: &ConnectionContext,
        snapshot: &Snapshot,
        head: &Head<'_>,
        is_socket: bool,
        audit_context: &mut AuditContext,
    ) -> Result<Self, Rejection> {
        let (shared, parts, client_info) = (&context.worker.shared, head.parts, &head.client_info);
        let presented = context.last_presented.read(shared, parts, client_info)?;
        let span = || audit_context.span(&context.worker);
        let authenticated =
            identify(shared, presented.credential.as_ref(), LookUp::First(client_info.ip), span).await?;
        audit_context.who = authenticated.as_ref().map(|authenticated| Arc::clone(&authenticated.who));
        context
            .worker
            .is_of(&context.deadlines, authenticated.as_ref().map(|authenticated| authenticated.who.account()));
        if !context.worker.has_place_for(&context.deadlines) {
            return Err(Rejection::Busy);
        }
        let own = client_info.own_origin(snapshot.public_url.as_ref());
        if presented.has_cookie && (is_socket || !parts.method.is_safe()) && is_cross_site(&parts.headers, &own) {
            return Err(Rejection::CrossSite);
        }
        let caller = authenticated.as_ref().map_or(Caller::Nobody, Authenticated::caller);
        if let Some(authenticated) = authenticated {
            context.deadlines.request.depends_on(authenticated.revocation);
        }
        Ok(Self { caller, presented })
    }
}

/// On whose account somebody is looked up, who asks from that address.
#[derive(Debug, Clone, Copy)]
pub(super) enum LookUp {
    /// On that of the network they are in.
    First(IpAddr),
    /// On nobody's: they were let in before.
    Again(IpAddr),
}

/// Who is asking: from memory, or looked up where the database is. The span is that of lines about a lookup.
pub(super) async fn identify(
    shared: &Shared,
    credential: Option<&Digested>,
    look: LookUp,
    span: impl FnOnce() -> Span,
) -> Result<Option<Authenticated>, Rejection> {
    let Some(credential) = credential else { return Ok(None) };
    let (LookUp::First(from) | LookUp::Again(from)) = look;
    if let Some(authenticated) = shared.services.authentication.cached_by_digest(credential, from) {
        return Ok(Some(authenticated));
    }
    Box::pin(look_up(shared, credential.credential().clone(), look, span())).await
}

async fn look_up(
    shared: &Shared,
    credential: Credential,
    look: LookUp,
    span: Span,
) -> Result<Option<Authenticated>, Rejection> {
    let services = Arc::clone(&shared.services);
    let looking_up = async move {
        match look {
            LookUp::First(from) => services.authentication.authenticate(&credential, from).await,
            LookUp::Again(from) => services.authentication.authenticate_again(&credential, from).await,
        }
    };
    let looking_up = shared.control.spawn(looking_up.instrument(span));
    Ok(looking_up.await.map_err(|_| Rejection::StoreUnavailable)??)
}
