//! The walk of a request, from its head to its answer: who, which app, what, may they, pass on.
//!
//! The order is the security. Nothing is read from headers before the facts about the connection are settled; the path is canonical
//! before anything is matched against it; the answer to "may they" is a value (a `Permit`) that forwarding needs.

mod answer_head;
mod contested;
mod forward;
mod mapping;
mod outgoing;
mod record;
mod refusal;
mod remembered;
mod reread;
mod round;
mod signed_out;
mod socket;
mod stop;

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use doorward_domain::Caller;
use doorward_http::{CookieName, Presented};
use doorward_profile::{CanonicalPath, HeadReading, Misread, RequestHead};
use doorward_service::Ended;
use doorward_service::{Admitted, Credential};
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{Method, Request, Response, Version};
use hyper::body::Incoming;

use crate::body::{AnswerBody, RequestEnd};
use crate::cross_site;
use crate::facts::{self, Facts, Peer};
use crate::headers::{ambiguous, nominated};
use crate::lasting::LastingPermit;
use crate::site::{DESK, Site, is_desk_agreed};
use crate::upstream::{ClientBody, Link, Trouble};
use crate::watch::Watch;
use crate::worker::{Shared, Worker};
pub(crate) use record::{Known, Record};
pub(crate) use reread::Kept;
use round::Round;
pub(crate) use socket::Prepared;
pub(crate) use stop::Stop;

/// A client's connection, as its requests see it.
pub(crate) struct Visit {
    pub(crate) worker: Rc<Worker>,
    pub(crate) watch: Rc<Watch>,
    pub(crate) peer: Peer,
    /// What the connection becomes when the current answer is sent.
    pub(crate) switch: RefCell<Option<Switch>>,
}

/// What a connection becomes after a 101.
pub(crate) enum Switch {
    /// Bytes pass both ways, unread.
    Raw(Link, Lasting),
    /// Messages are read and judged.
    Messages(Box<Prepared>),
}

/// What a connection goes on by after a 101.
#[derive(Debug, Clone)]
pub(crate) struct Lasting {
    pub(crate) session: Ended,
    pub(crate) permit: Option<Rc<LastingPermit>>,
}

impl Visit {
    fn switch_raw(&self, link: Link, permit: Option<Rc<LastingPermit>>) {
        let session = self.watch.session().unwrap_or_default();
        *self.switch.borrow_mut() = Some(Switch::Raw(link, Lasting { session, permit }));
    }
}

/// Answers a request, whatever it is.
pub(crate) async fn answer(visit: Rc<Visit>, request: Request<Incoming>) -> Response<AnswerBody> {
    let (mut parts, body) = request.into_parts();
    // Before anything is read: what ends here must not decide what the request is, or the tool would see another one.
    for name in nominated(&parts.headers) {
        parts.headers.remove(name);
    }
    for name in ambiguous(&parts.headers) {
        parts.headers.remove(name);
    }
    // What goes on when this is answered is read again when the rules change.
    let parts = Rc::new(parts);
    visit.watch.begin_request();
    let end = RequestEnd(Rc::clone(&visit.watch));
    let mut known = Known::default();
    // Nobody reads the body of what is refused, so nothing can follow it on the connection (RFC 9112 section 9.6).
    let mut leaves_body = false;
    let mut response = match walk(&visit, &parts, body, &mut known).await {
        Ok(response) => response,
        Err(stop) => {
            leaves_body = !matches!(stop, Stop::DeniedInside(..)) && announces_body(&parts);
            Box::pin(refuse(&visit, &parts, known, stop)).await
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
async fn refuse(visit: &Visit, parts: &Parts, mut known: Known, mut stop: Stop) -> Response<AnswerBody> {
    let worker = &visit.worker;
    let services = &worker.shared.services;
    let now = services.clock.now();
    let mut id = *known.decision.get_or_insert_with(|| worker.ids.decision(now));
    let counters = &services.counters;
    let mut taken_back = Vec::new();
    let (rule, reason) = match &stop {
        Stop::Denied(refusal) | Stop::DeniedInside(refusal, _) => {
            counters.denied.add_one();
            (Some(refusal.operation.rule.as_str()), None)
        }
        Stop::CrossSite => {
            counters.denied.add_one();
            (Some("cross_site"), Some(("cross_site", refusal::CROSS_SITE)))
        }
        Stop::ServiceWorker => {
            counters.denied.add_one();
            (Some("service_worker"), Some(("service_worker", refusal::SERVICE_WORKER)))
        }
        Stop::Misread(misread) => {
            counters.misread.add_one();
            (Some(misread.code), Some((misread.code, "")))
        }
        Stop::SignIn => {
            counters.sign_in.add_one();
            if let Ok(facts) = facts::settle(&visit.peer, &worker.shared.proxies, parts) {
                taken_back = contested::taken_back(parts, &facts);
                known.awaits_script = signed_out::wants_script(parts, &facts);
                known.host = Some(facts.host.into_owned());
            }
            (None, None)
        }
        Stop::Tool(trouble) => {
            counters.upstream_failed.add_one();
            // That it is down is said once, not for each request.
            if !matches!(trouble, Trouble::Refused(_) | Trouble::ConnectTimeout) {
                tracing::warn!(app = known.app.as_ref().map_or("", |app| app.name.as_str()), %trouble, "the tool did not answer");
            }
            (None, None)
        }
        _ => (None, None),
    };
    if let Some(rule) = rule {
        let event = known.refusal(services, parts, worker.ids.event(now), reason);
        if let Ok(found_under) = services.audit.refused(event, rule).await {
            id = found_under.unwrap_or(id);
        } else {
            tracing::error!(decision = %id, "a refusal could not be written to the audit log");
        }
    }
    if let Stop::Denied(refusal) | Stop::DeniedInside(refusal, _) = &mut stop {
        refusal.id = id;
    }
    let mut response = refusal::render(&*worker.shared.desk, parts, &known, id, stop);
    append(&mut response, taken_back);
    response
}

fn append(response: &mut Response<AnswerBody>, headers: Vec<(HeaderName, HeaderValue)>) {
    for (name, value) in headers {
        response.headers_mut().append(name, value);
    }
}

async fn walk(
    visit: &Rc<Visit>,
    parts: &Rc<Parts>,
    body: Incoming,
    known: &mut Known,
) -> Result<Response<AnswerBody>, Stop> {
    let shared = &visit.worker.shared;
    if matches!(parts.method, Method::TRACE | Method::CONNECT) {
        return Err(Stop::Method);
    }
    check_framing(parts)?;
    let facts = facts::settle(&visit.peer, &shared.proxies, parts)?;
    known.client_ip = Some(facts.ip);
    let path = CanonicalPath::parse(parts.uri.path())?;
    if is_desk_agreed(&path)? {
        return Box::pin(to_desk(visit, parts, body, &facts, &path)).await;
    }
    if shared.desk_host.as_ref().is_some_and(|desk| desk.is(&facts.host)) {
        // No app is here, whatever the sites say: its scripts would be the desk's neighbours again.
        return Err(no_app_at(&path, &parts.method));
    }
    let site =
        shared.sites.load().find_agreed(&facts.host, &path)?.cloned().ok_or_else(|| no_app_at(&path, &parts.method))?;
    known.app = Some(Arc::clone(&site.app));
    if !shared.is_set_up() && Box::pin(shared.needs_setup()).await? {
        return Err(Stop::SetupRequired);
    }
    let presented = presented(shared, parts, &facts)?;
    let is_socket = wants_websocket(parts);
    let admitted = identify(shared, presented.credential.as_ref(), Some(facts.ip)).await?;
    known.who = admitted.as_ref().map(|admitted| Arc::clone(&admitted.who));
    visit.watch.is_of_somebody(admitted.is_some());
    let has_cookie = presented.has_cookie;
    if has_cookie && (is_socket || !parts.method.is_safe()) && cross_site::is_cross_site(&parts.headers, &facts) {
        return Err(Stop::CrossSite);
    }
    let caller = admitted.as_ref().map_or(Caller::Nobody, Admitted::caller);
    if let Some(admitted) = admitted {
        visit.watch.depends_on(admitted.ended);
    }
    let path = tool_path(&site, &path, parts)?;
    let below = path.below(&site.app.prefix).ok_or_else(|| outside(&site, &path))?;
    let head = RequestHead { method: &parts.method, path: &below, query: parts.uri.query(), headers: &parts.headers };
    let credential = presented.credential.as_ref();
    let round =
        Round { visit, parts, facts: &facts, site: &site, credential, caller: &caller, has_cookie, path: &path };
    // The rarer ways are boxed, so that every request's future stays small.
    let reading = site.app.profile.read_head(&head)?;
    if known.who.is_some() {
        answer_head::refuse_service_worker(&parts.headers, &site.app.profile, &reading)?;
    }
    match reading {
        HeadReading::Understood(intent) => round.as_it_is(intent, is_socket, body, known).await,
        HeadReading::NeedsBody { least, limit } => {
            Box::pin(round.as_understood(&head, (least, limit), body, known)).await
        }
        HeadReading::Socket { intent, message_limit } if is_socket => {
            Box::pin(round.as_messages(&intent, message_limit, known)).await
        }
        HeadReading::Socket { .. } => {
            Err(Misread::new("websocket_handshake", "A WebSocket begins with a GET that says `Upgrade: websocket`.")
                .into())
        }
    }
}

/// What the request shows: where the desk has a host of its own, a cookie here opens apps only.
fn presented(shared: &Shared, parts: &Parts, facts: &Facts<'_>) -> Result<Presented, Misread> {
    let cookie = CookieName::of(facts.secure, &facts.host);
    let presented = match shared.desk_host {
        None => doorward_http::presented(&parts.headers, cookie),
        Some(_) => doorward_http::presented_at_app(&parts.headers, cookie, &facts.host),
    };
    presented.map_err(|no| Misread::new(no.code(), no.sentence()))
}

/// Where no app is. Whoever opens the address as Doorward prints it gets to the apps that there are.
fn no_app_at(path: &CanonicalPath, method: &Method) -> Stop {
    let is_front = path.as_str() == "/" && matches!(*method, Method::GET | Method::HEAD);
    if is_front { Stop::Elsewhere(DESK.to_owned()) } else { Stop::NoApp }
}

/// Whether a body follows the head, by its length.
fn announces_body(parts: &Parts) -> bool {
    parts.headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
}

/// The server has settled the framing; these are left that it takes and others may read differently.
fn check_framing(parts: &Parts) -> Result<(), Misread> {
    let mut codings = parts.headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next()
        && (codings.next().is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        return Err(Misread::new("transfer_encoding", "The only transfer coding understood is `chunked`, once."));
    }
    Ok(())
}

/// Whether the request asks to become a WebSocket (RFC 6455 section 4.1). Other upgrades are not offered to tools.
fn wants_websocket(parts: &Parts) -> bool {
    parts.method == Method::GET
        && parts.version == Version::HTTP_11
        && parts.headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Who is asking: from memory, or looked up where the database is, on the account of the network they are in. Without one it is somebody who
/// was let in before.
pub(crate) async fn identify(
    shared: &Shared,
    credential: Option<&Credential>,
    from: Option<IpAddr>,
) -> Result<Option<Admitted>, Stop> {
    let Some(credential) = credential else { return Ok(None) };
    if let Some(admitted) = shared.services.admission.recall(credential) {
        return Ok(Some(admitted));
    }
    Box::pin(look_up(shared, credential.clone(), from)).await
}

async fn look_up(shared: &Shared, credential: Credential, from: Option<IpAddr>) -> Result<Option<Admitted>, Stop> {
    let services = Arc::clone(&shared.services);
    let looking_up = shared.control.spawn(async move {
        match from {
            Some(ip) => services.admission.admit(&credential, ip).await,
            None => services.admission.readmit(&credential).await,
        }
    });
    Ok(looking_up.await.map_err(|_| Stop::StoreUnavailable)??)
}

async fn to_desk(
    visit: &Visit,
    parts: &Parts,
    body: Incoming,
    facts: &Facts<'_>,
    path: &CanonicalPath,
) -> Result<Response<AnswerBody>, Stop> {
    let shared = &visit.worker.shared;
    visit.watch.is_of_somebody(remembered::is_remembered(shared, parts, facts));
    // Under the same deadlines as any other body: the desk cannot be kept waiting for it.
    let body = ClientBody::new(body, Rc::clone(&visit.watch));
    let (body, _place) = body.collect(shared.desk.body_limit(), &shared.large.desk_room).await?;
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.headers_mut() = parts.headers.clone();
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    *request.uri_mut() = format!("{}{query}", path.as_str())
        .parse()
        .map_err(|_| Misread::new("ambiguous_path", "The path cannot be read."))?;
    let client = facts.client();
    request.extensions_mut().insert(client.clone());
    let answering = shared.control.spawn(shared.desk.call(request, client));
    let mut response = answering.await.map_err(|_| Stop::StoreUnavailable)?.map(AnswerBody::desk);
    append(&mut response, contested::taken_back(parts, facts));
    Ok(response)
}

/// The path the tool is asked for: the request's own, or with the site's prefix replaced by the upstream's base.
fn tool_path(site: &Site, path: &CanonicalPath, parts: &Parts) -> Result<CanonicalPath, Stop> {
    let Some(base) = site.upstream.base() else { return Ok(path.clone()) };
    if is_mount_itself(site, path, &parts.method) {
        return Err(Stop::Elsewhere(with_slash(path, parts)));
    }
    let below = path.below(&site.path).ok_or(Stop::NoApp)?;
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
fn outside(site: &Site, path: &CanonicalPath) -> Stop {
    if path.as_str() == "/" && site.upstream.base().is_none() {
        Stop::Elsewhere(format!("{}/", site.app.prefix))
    } else {
        Stop::NoApp
    }
}
