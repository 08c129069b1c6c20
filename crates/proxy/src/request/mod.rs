//! The walk of a request, from its head to its answer.
//!
//! The order is the security, and each step needs what the one before it made. [`Head`]: nothing is read from headers before the facts about
//! the connection are settled, and the path is canonical before anything is matched against it. [`Asker`]: who asks. [`AppRequest`]: who
//! asks what of which app; that is read by the app's profile and judged, which makes a `Permit`. [`Cleared`](cleared::Cleared): the
//! permit, with what it changes on record. Only that is sent.

mod answer_head;
mod app_request;
mod asker;
mod audit_context;
mod bound;
mod cleared;
mod contested;
mod forward;
mod framing;
mod head;
mod hearing_out;
mod judging;
mod lasting;
mod making;
mod mapping;
mod mount;
mod outgoing;
mod presented;
mod record;
mod refusal;
mod rejected;
mod rejection;
mod remembered;
mod renewal;
mod reread;
mod resolve;
mod sending;
mod sifting;
mod signed_out;
mod socket;
mod span;
mod to_desk;

use doorward_profile::{HeadReading, Misread, RequestHead};
use http::header::{CONNECTION, HeaderValue, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument as _;

use crate::Snapshot;
use crate::body::{AnswerBody, RequestEnd};
use crate::client_info::Peer;
use crate::deadlines::{Deadlines, Lasting, Renewable};
use crate::headers::{ambiguous, connection_options};
use crate::upstream::{ClientBody, Connection};
use crate::worker::Worker;
use app_request::AppRequest;
use asker::Asker;
pub(crate) use audit_context::{AuditContext, WhyNot};
pub(crate) use bound::Bound;
use framing::{announces_body, refuse_unread_body, wants_websocket};
use head::{Head, check_set_up};
pub(crate) use making::change;
use mount::{outside, tool_path};
pub(crate) use presented::LastPresented;
pub(crate) use record::Record;
use rejected::refuse;
pub(crate) use rejection::Rejection;
pub(crate) use reread::Kept;
pub(crate) use resolve::{Resolved, resolve};
pub(crate) use socket::{Prepared, Standing};
pub(crate) use span::request_span;
use to_desk::to_desk;

/// A client's connection, as its requests see it.
pub(crate) struct ConnectionContext {
    pub(crate) worker: Rc<Worker>,
    pub(crate) deadlines: Rc<Deadlines>,
    pub(crate) peer: Peer,
    pub(crate) last_presented: LastPresented,
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

/// An answer in the making.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Response<AnswerBody>, Infallible>>>>;

/// Answers a request, whatever it is. What needs no waiting is done here: what is kept while others wait is cold by then.
pub(crate) fn answer(context: Rc<ConnectionContext>, request: Request<Incoming>) -> Answering {
    let began = Instant::now();
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
    let body = ClientBody::of(body, &context.deadlines);
    context.deadlines.begin_request();
    // Made where it stays: what is boxed after it was made is copied whole, and most of it is room that few requests use.
    let place = Box::new_uninit();
    let answering: Box<_> = Box::write(place, answered(context, parts, body, began));
    Box::into_pin(answering)
}

async fn answered(
    context: Rc<ConnectionContext>,
    parts: Rc<Parts>,
    body: Option<Box<ClientBody>>,
    began: Instant,
) -> Result<Response<AnswerBody>, Infallible> {
    let end = RequestEnd(Rc::clone(&context.deadlines));
    let snapshot = context.worker.shared.snapshot.load_full();
    let mut audit_context = AuditContext::default();
    let rejection = match walk(&context, &snapshot, &parts, body, &mut audit_context).await {
        Ok(response) => {
            observe(&audit_context, began);
            return Ok(finished(response, &parts, false, end));
        }
        Err(rejection) => rejection,
    };
    observe(&audit_context, began);
    // Nobody reads the body of what is refused, so nothing can follow it on the connection (RFC 9112 section 9.6).
    let leaves_body = !matches!(rejection, Rejection::DeniedInside(..)) && announces_body(&parts);
    let span = audit_context.span(&context.worker);
    let refusing = Box::pin(refuse(&context, &snapshot, &parts, audit_context, rejection).instrument(span));
    Ok(finished(refusing.await, &parts, leaves_body, end))
}

/// Counts how long it took until it was known what becomes of it.
fn observe(audit_context: &AuditContext, began: Instant) {
    if let Some(app) = &audit_context.app {
        app.traffic.requests.observe(began.elapsed());
    }
}

/// The answer as it goes out; the request ends with its body.
fn finished(
    mut response: Response<AnswerBody>,
    parts: &Parts,
    leaves_body: bool,
    end: RequestEnd,
) -> Response<AnswerBody> {
    if leaves_body || parts.headers.contains_key(TRANSFER_ENCODING) {
        // Whoever stands before us may have framed this request by something else than we did: what follows on the connection
        // might be part of it (RFC 9112 section 6.1). Browsers never send chunked requests, so this costs little.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.body_mut().hold(end);
    response
}

async fn walk(
    context: &Rc<ConnectionContext>,
    snapshot: &Arc<Snapshot>,
    parts: &Rc<Parts>,
    body: Option<Box<ClientBody>>,
    audit_context: &mut AuditContext,
) -> Result<Response<AnswerBody>, Rejection> {
    let shared = &context.worker.shared;
    let head = Head::settle(&context.peer, snapshot, parts, audit_context)?;
    if head.is_for_desk()? {
        return Box::pin(to_desk(context, &head, body)).await;
    }
    let site = head.site(shared, snapshot)?;
    audit_context.app = Some(Arc::clone(&site.app));
    check_set_up(shared).await?;
    let is_socket = wants_websocket(parts);
    let asker = Asker::identify(context, snapshot, &head, is_socket, audit_context).await?;
    let path = tool_path(site, &head.path, parts)?;
    let below = path.below(&site.app.prefix).ok_or_else(|| outside(site, &path))?;
    let read = RequestHead { method: &parts.method, path: &below, query: parts.uri.query(), headers: &parts.headers };
    let app_request = AppRequest {
        context,
        snapshot,
        parts,
        client_info: &head.client_info,
        site,
        caller: &asker.caller,
        presented: &asker.presented,
        path: &path,
    };
    // The rarer ways are boxed, so that every request's future stays small.
    let reading = site.app.profile.read_head(&read)?;
    refuse_unread_body(parts, body.is_some(), is_socket, &site.app.profile, &reading)?;
    if audit_context.who.is_some() {
        answer_head::refuse_service_worker(&parts.headers, &site.app.profile, &reading)?;
    }
    match reading {
        HeadReading::Understood(intent) => app_request.as_it_is(intent, is_socket, body, audit_context).await,
        HeadReading::NeedsBody { kind, least, limit } => {
            audit_context.body = Some(kind);
            Box::pin(app_request.as_understood(&read, (kind, least, limit), body, audit_context)).await
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
