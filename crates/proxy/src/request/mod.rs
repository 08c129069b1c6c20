//! The walk of a request, from its head to its answer: who, which app, what, may they, pass on.
//!
//! The order is the security. Nothing is read from headers before the facts about the connection are settled; the path is canonical
//! before anything is matched against it; the answer to "may they" is a value (a `Permit`) that forwarding needs.

mod answer_head;
mod app_request;
mod cleared;
mod contested;
mod forward;
mod framing;
mod judging;
mod lasting;
mod mapping;
mod outgoing;
mod record;
mod refusal;
mod rejection;
mod remembered;
mod renewal;
mod reread;
mod resolve;
mod signed_out;
mod socket;
mod span;

use doorward_domain::Caller;
use doorward_http::{CookieName, Presented};
use doorward_profile::{CanonicalPath, HeadReading, Misread, RequestHead};
use doorward_service::{Authenticated, Credential, network};
use http::header::{CONNECTION, HeaderValue, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tracing::{Instrument as _, Span};

use crate::Snapshot;
use crate::body::{AnswerBody, RequestEnd};
use crate::client_info::{self, ClientInfo, Peer};
use crate::cross_site;
use crate::deadlines::{Deadlines, Lasting, Renewable};
use crate::headers::{ambiguous, connection_options};
use crate::room::Holder;
use crate::shared::Shared;
use crate::site::{DESK, Site, is_desk_agreed};
use crate::upstream::{ClientBody, Connection, UpstreamError};
use crate::worker::Worker;
use app_request::AppRequest;
use framing::{announces_body, check_framing, refuse_unread_body, wants_websocket};
pub(crate) use record::{AuditContext, Record};
pub(crate) use rejection::Rejection;
pub(crate) use reread::Kept;
pub(crate) use resolve::{Resolved, resolve};
pub(crate) use socket::{Prepared, Standing};
pub(crate) use span::request_span;

/// A client's connection, as its requests see it.
pub(crate) struct ConnectionContext {
    pub(crate) worker: Rc<Worker>,
    pub(crate) deadlines: Rc<Deadlines>,
    pub(crate) peer: Peer,
    /// What the connection becomes when the current answer is sent.
    pub(crate) switch: RefCell<Option<Switch>>,
}

/// What a connection becomes after a 101.
pub(crate) enum Switch {
    /// Bytes pass both ways, unread.
    Raw(Connection, Lasting),
    /// Messages are read and judged.
    Messages(Box<Prepared>),
}

impl ConnectionContext {
    fn switch_raw(&self, connection: Connection, permit: Option<Rc<dyn Renewable>>) {
        let session = self.deadlines.request.session().unwrap_or_default();
        *self.switch.borrow_mut() = Some(Switch::Raw(connection, Lasting { session, permit }));
    }
}

/// Answers a request, whatever it is.
pub(crate) async fn answer(context: Rc<ConnectionContext>, request: Request<Incoming>) -> Response<AnswerBody> {
    let (mut parts, body) = request.into_parts();
    // Before anything is read: what ends here must not decide what the request is, or the tool would see another one.
    for name in connection_options(&parts.headers) {
        parts.headers.remove(name);
    }
    for name in ambiguous(&parts.headers) {
        parts.headers.remove(name);
    }
    // What goes on when this is answered is read again when the rules change.
    let parts = Rc::new(parts);
    context.deadlines.begin_request();
    let snapshot = context.worker.shared.snapshot.load_full();
    let end = RequestEnd(Rc::clone(&context.deadlines));
    let mut audit_context = AuditContext::default();
    // Nobody reads the body of what is refused, so nothing can follow it on the connection (RFC 9112 section 9.6).
    let mut leaves_body = false;
    let mut response = match walk(&context, &snapshot, &parts, body, &mut audit_context).await {
        Ok(response) => response,
        Err(rejection) => {
            leaves_body = !matches!(rejection, Rejection::DeniedInside(..)) && announces_body(&parts);
            let span = audit_context.span(&context.worker);
            Box::pin(refuse(&context, &snapshot, &parts, audit_context, rejection).instrument(span)).await
        }
    };
    if leaves_body || parts.headers.contains_key(TRANSFER_ENCODING) {
        // Whoever stands before us may have framed this request by something else than we did: what follows on the connection
        // might be part of it (RFC 9112 section 6.1). Browsers never send chunked requests, so this costs little.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.body_mut().hold(end);
    response
}

/// Counts and writes down what did not pass, and says so.
async fn refuse(
    context: &ConnectionContext,
    snapshot: &Snapshot,
    parts: &Parts,
    mut audit_context: AuditContext,
    mut rejection: Rejection,
) -> Response<AnswerBody> {
    let worker = &context.worker;
    let services = &worker.shared.services;
    let now = services.clock.now();
    let mut id = audit_context.decision_id(worker);
    let counters = &services.counters;
    let mut taken_back = Vec::new();
    let (rule, reason) = match &rejection {
        Rejection::Denied(refusal) | Rejection::DeniedInside(refusal, _) => {
            counters.denied.add_one();
            (Some(refusal.operation.rule.as_str()), None)
        }
        Rejection::CrossSite => {
            counters.denied.add_one();
            (Some("cross_site"), Some(("cross_site", refusal::CROSS_SITE)))
        }
        Rejection::ServiceWorker => {
            counters.denied.add_one();
            (Some("service_worker"), Some(("service_worker", refusal::SERVICE_WORKER)))
        }
        Rejection::Misread(misread) => {
            counters.misread.add_one();
            if audit_context.who.is_none() {
                audit_context.who = remembered::who(&worker.shared, snapshot, parts, &context.peer);
            }
            (Some(misread.code), Some((misread.code, "")))
        }
        Rejection::SignIn => {
            counters.sign_in.add_one();
            if let Ok(client_info) = client_info::resolve(&context.peer, &snapshot.trusted_proxies, parts) {
                taken_back = contested::taken_back(parts, &client_info);
                audit_context.awaits_script = signed_out::wants_script(parts, &client_info);
                audit_context.host = Some(client_info.host.into_owned());
            }
            (None, None)
        }
        Rejection::Tool(trouble) => {
            counters.upstream_failed.add_one();
            // That it is down is said once, not for each request.
            if !matches!(trouble, UpstreamError::Refused(_) | UpstreamError::ConnectTimeout) {
                tracing::warn!(%trouble, "the tool did not answer");
            }
            (None, None)
        }
        _ => (None, None),
    };
    if let Some(rule) = rule {
        let event = audit_context.refusal(services, parts, worker.ids.event(now), reason);
        if let Ok(found_under) = services.audit.refused(event, rule).await {
            id = found_under.unwrap_or(id);
        } else {
            tracing::error!("a refusal could not be written to the audit log");
        }
    }
    rejection.is_found_under(id);
    let mut response = refusal::render(&*worker.shared.desk, parts, &audit_context, id, rejection);
    contested::add(response.headers_mut(), taken_back);
    response
}

async fn walk(
    context: &Rc<ConnectionContext>,
    snapshot: &Arc<Snapshot>,
    parts: &Rc<Parts>,
    body: Incoming,
    audit_context: &mut AuditContext,
) -> Result<Response<AnswerBody>, Rejection> {
    let shared = &context.worker.shared;
    if matches!(parts.method, Method::TRACE | Method::CONNECT) {
        return Err(Rejection::Method);
    }
    check_framing(parts)?;
    let client_info = client_info::resolve(&context.peer, &snapshot.trusted_proxies, parts)?;
    audit_context.client_ip = Some(client_info.ip);
    let path = CanonicalPath::parse(parts.uri.path())?;
    if is_desk_agreed(&path)? {
        return Box::pin(to_desk(context, parts, body, &client_info, &path)).await;
    }
    if shared.desk_host.as_ref().is_some_and(|desk| desk.is(&client_info.host)) {
        // No app is here, whatever the sites say: its scripts would be the desk's neighbours again.
        return Err(no_app_at(&path, &parts.method));
    }
    let site = snapshot.sites.find_agreed(&client_info.host, &path)?.ok_or_else(|| no_app_at(&path, &parts.method))?;
    audit_context.app = Some(Arc::clone(&site.app));
    if !shared.is_set_up() && Box::pin(needs_setup(shared)).await? {
        return Err(Rejection::SetupRequired);
    }
    let presented = presented(shared, parts, &client_info)?;
    let is_socket = wants_websocket(parts);
    let span = || audit_context.span(&context.worker);
    let admitted = identify(shared, presented.credential.as_ref(), LookUp::First(client_info.ip), span).await?;
    audit_context.who = admitted.as_ref().map(|admitted| Arc::clone(&admitted.who));
    context.worker.is_of(&context.deadlines, admitted.as_ref().map(|admitted| admitted.who.subject));
    if !context.worker.has_place_for(&context.deadlines) {
        return Err(Rejection::Busy);
    }
    let has_cookie = presented.has_cookie;
    if has_cookie && (is_socket || !parts.method.is_safe()) && cross_site::is_cross_site(&parts.headers, &client_info) {
        return Err(Rejection::CrossSite);
    }
    let caller = admitted.as_ref().map_or(Caller::Nobody, Authenticated::caller);
    if let Some(admitted) = admitted {
        context.deadlines.request.depends_on(admitted.ended);
    }
    let path = tool_path(site, &path, parts)?;
    let below = path.below(&site.app.prefix).ok_or_else(|| outside(site, &path))?;
    let head = RequestHead { method: &parts.method, path: &below, query: parts.uri.query(), headers: &parts.headers };
    let credential = presented.credential.as_ref();
    let app_request = AppRequest {
        context,
        snapshot,
        parts,
        client_info: &client_info,
        site,
        credential,
        caller: &caller,
        has_cookie,
        path: &path,
    };
    // The rarer ways are boxed, so that every request's future stays small.
    let reading = site.app.profile.read_head(&head)?;
    refuse_unread_body(parts, &body, is_socket, &site.app.profile, &reading)?;
    if audit_context.who.is_some() {
        answer_head::refuse_service_worker(&parts.headers, &site.app.profile, &reading)?;
    }
    match reading {
        HeadReading::Understood(intent) => app_request.as_it_is(intent, is_socket, body, audit_context).await,
        HeadReading::NeedsBody { kind, least, limit } => {
            audit_context.body = Some(kind);
            Box::pin(app_request.as_understood(&head, (kind, least, limit), body, audit_context)).await
        }
        HeadReading::Socket { intent, message_limit } if is_socket => {
            Box::pin(app_request.as_messages(&intent, message_limit, audit_context)).await
        }
        HeadReading::Socket { .. } => {
            Err(Misread::new("websocket_handshake", "A WebSocket begins with a GET that says `Upgrade: websocket`.")
                .into())
        }
    }
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

/// What the request shows: where the desk has a host of its own, a cookie here opens apps only.
fn presented(shared: &Shared, parts: &Parts, client_info: &ClientInfo<'_>) -> Result<Presented, Misread> {
    let cookie = CookieName::of(client_info.secure, &client_info.host);
    let presented = match shared.desk_host {
        None => doorward_http::presented(&parts.headers, cookie),
        Some(_) => doorward_http::presented_at_app(&parts.headers, cookie, &client_info.host),
    };
    presented.map_err(|no| Misread::new(no.code(), no.sentence()))
}

/// Where no app is. Whoever opens the address as Doorward prints it gets to the apps that there are.
fn no_app_at(path: &CanonicalPath, method: &Method) -> Rejection {
    let is_front = path.as_str() == "/" && matches!(*method, Method::GET | Method::HEAD);
    if is_front { Rejection::Elsewhere(DESK.to_owned()) } else { Rejection::NoApp }
}

/// On whose account somebody is looked up, who asks from that address.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LookUp {
    /// On that of the network they are in.
    First(IpAddr),
    /// On nobody's: they were let in before.
    Again(IpAddr),
}

/// Who is asking: from memory, or looked up where the database is. The span is that of lines about a lookup.
pub(crate) async fn identify(
    shared: &Shared,
    credential: Option<&Credential>,
    look: LookUp,
    span: impl FnOnce() -> Span,
) -> Result<Option<Authenticated>, Rejection> {
    let Some(credential) = credential else { return Ok(None) };
    let (LookUp::First(from) | LookUp::Again(from)) = look;
    if let Some(admitted) = shared.services.authentication.cached(credential, from) {
        return Ok(Some(admitted));
    }
    Box::pin(look_up(shared, credential.clone(), look, span())).await
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

async fn to_desk(
    context: &ConnectionContext,
    parts: &Parts,
    body: Incoming,
    client_info: &ClientInfo<'_>,
    path: &CanonicalPath,
) -> Result<Response<AnswerBody>, Rejection> {
    let shared = &context.worker.shared;
    context.worker.is_of(&context.deadlines, remembered::remembered(shared, parts, client_info));
    // Under the same deadlines as any other body: the desk cannot be kept waiting for it.
    let body = ClientBody::new(body, Rc::clone(&context.deadlines));
    let whose = Holder::Network(network(client_info.ip));
    let (body, _place) =
        body.collect(shared.desk.body_limit(path.as_str()), &shared.large.desk_room, whose, |length| length).await?;
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.headers_mut() = parts.headers.clone();
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    *request.uri_mut() = format!("{}{query}", path.as_str())
        .parse()
        .map_err(|_| Misread::new("ambiguous_path", "The path cannot be read."))?;
    let client = client_info.client();
    request.extensions_mut().insert(client.clone());
    let answering = shared.control.spawn(shared.desk.call(request, client));
    let mut response = answering.await.map_err(|_| Rejection::StoreUnavailable)?.map(AnswerBody::desk);
    contested::add(response.headers_mut(), contested::taken_back(parts, client_info));
    Ok(response)
}

/// The path the tool is asked for: the request's own, or with the site's prefix replaced by the upstream's base.
fn tool_path(site: &Site, path: &CanonicalPath, parts: &Parts) -> Result<CanonicalPath, Rejection> {
    let Some(base) = site.upstream.base() else { return Ok(path.clone()) };
    if is_mount_itself(site, path, &parts.method) {
        return Err(Rejection::Elsewhere(with_slash(path, parts)));
    }
    let below = path.below(&site.path).ok_or(Rejection::NoApp)?;
    if base.is_empty() { Ok(below) } else { Ok(CanonicalPath::parse(&format!("{base}{}", below.as_str()))?) }
}

/// Whether the mount is asked for without its slash: links of a page that was found there would lead out of it.
fn is_mount_itself(site: &Site, path: &CanonicalPath, method: &Method) -> bool {
    !site.path.is_empty() && path.as_str() == site.path && matches!(*method, Method::GET | Method::HEAD)
}

fn with_slash(path: &CanonicalPath, parts: &Parts) -> String {
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{query}", path.as_str())
}

/// A tool that is mounted further down has nothing above; its front page is what people look for.
fn outside(site: &Site, path: &CanonicalPath) -> Rejection {
    if path.as_str() == "/" && site.upstream.base().is_none() {
        Rejection::Elsewhere(format!("{}/", site.app.prefix))
    } else {
        Rejection::NoApp
    }
}
