//! Passing a request on, and its answer back. Nothing is passed on without a [`Permit`]: it is part of
//! what is written.

use bytes::Bytes;
use doorward_domain::{Permit, Role};
use doorward_profile::{AnswerRewriter, Onlooker as _, Rewriting};
use doorward_service::gate::{self, Bounds};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use std::rc::Rc;
use std::sync::Arc;

use super::lasting::LastingPermit;
use super::mapping::map_back;
use super::mount::{is_mount_itself, with_slash};
use super::outgoing::Outgoing;
use super::sending::{Filter, Lowers, UpstreamRequest, ask, not_opened};
use super::{ConnectionContext, Record, Rejection, answer_head};
use crate::body::{AnswerBody, Filtering, ReadAlong as _};
use crate::deadlines::Renewable;
use crate::handshake::say_upgraded;
use crate::room::Holder;
use crate::upstream::{Answer, Content};

/// Forwards and answers.
pub(crate) async fn forward(
    context: &Rc<ConnectionContext>,
    upstream_request: &mut UpstreamRequest<'_>,
    mut record: Option<Box<Record>>,
) -> Result<Response<AnswerBody>, Rejection> {
    let (answer, now) = ask(context, upstream_request, &mut record).await?;
    let Answer { status, mut headers, content, is_early } = answer;
    let is_filtered = upstream_request.filter.as_ref().is_some_and(|filter| filter.takes_out());
    let status = if is_filtered { answer_head::status_without(status) } else { status };
    let app_request = upstream_request.app_request;
    if status == StatusCode::NOT_FOUND && is_mount_itself(app_request.site, app_request.path, &app_request.parts.method)
    {
        // A tool that knows its prefix may know it only with the slash.
        return Err(Rejection::Elsewhere(with_slash(app_request.path, app_request.parts)));
    }
    map_back(&mut headers, app_request.site, app_request.client_info);
    if is_early {
        // What is left of the body must not be taken for the next request, and a client that hears so stops sending (RFC 9112
        // section 9.6).
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if is_filtered {
        answer_head::keep_general(&mut headers);
    }
    let has_desk_apart = context.worker.shared.desk_host.is_some();
    answer_head::settle(
        &mut headers,
        app_request.parts,
        &app_request.site.app.profile,
        upstream_request.outgoing.cleared.permit().intent(),
        app_request.client_info,
        has_desk_apart,
    );
    let (intent, shape) = (upstream_request.outgoing.cleared.permit().intent(), upstream_request.outgoing.shape);
    let lasts = !matches!(content, Content::Whole(_)) || upstream_request.filter.is_some();
    let lasting = if lasts { app_request.lasting(now.as_ref(), intent, shape) } else { None };
    if !matches!(content, Content::Switched(_)) {
        context.deadlines.request.goes_on_by(lasting.clone().map(|lasting| lasting as Rc<dyn Renewable>));
    }
    if matches!(content, Content::Stream(_)) {
        context.deadlines.request.answer_ends(answer_head::end_of(&headers));
    }
    let body = match content {
        Content::Switched(connection) => {
            if !upstream_request.offer.as_ref().is_some_and(|offer| offer.is_answered_by(&headers)) {
                return Err(not_opened(record.as_mut(), "its WebSocket handshake is wrong"));
            }
            say_upgraded(&mut headers);
            if let Some(record) = &mut record {
                let _nothing = record.complete();
            }
            context.switch_raw(connection, lasting.map(|lasting| lasting as Rc<dyn Renewable>));
            AnswerBody::whole(Bytes::new())
        }
        streamed => {
            if let (Some(_), Some(record)) = (&upstream_request.offer, &mut record) {
                record.opened_none();
            }
            let body = recorded(streamed, record.take(), &mut headers);
            let body = filtered(upstream_request, lasting.as_deref(), body, &mut headers)?;
            match upstream_request.lowers.take() {
                Some(lowers) => {
                    let Lowers { rewriter, parts, place } = *lowers;
                    let rewriting = lowering(&rewriter, upstream_request.outgoing.cleared.permit(), parts);
                    body.lowered(rewriting, place, &mut headers)
                }
                None => with_menu(&upstream_request.outgoing, status, &mut headers, body),
            }
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The same, with our menu in it where it is a page.
fn with_menu(outgoing: &Outgoing<'_>, status: StatusCode, headers: &mut HeaderMap, body: AnswerBody) -> AnswerBody {
    match outgoing.menu.as_ref().and_then(|menu| menu.insertion(status, headers)) {
        // An answer to HEAD has the headers of the page and nothing to put anything into.
        Some(insertion) if outgoing.parts.method != Method::HEAD => body.with_insertion(insertion, headers),
        _ => body,
    }
}

/// The answer, read for the audit log on its way. What only we asked for does not reach the client, so it may be shorter than the tool says.
fn recorded(content: Content, record: Option<Box<Record>>, headers: &mut HeaderMap) -> AnswerBody {
    match (content, record) {
        (Content::Whole(bytes), Some(mut record)) => {
            let takes_out = record.takes_out();
            let bytes = record.pass_whole(bytes);
            if takes_out {
                headers.insert(CONTENT_LENGTH, bytes.len().into());
            }
            AnswerBody::whole(bytes)
        }
        (Content::Whole(bytes), None) => AnswerBody::whole(bytes),
        (Content::Stream(body), Some(record)) => {
            if record.takes_out() {
                headers.remove(CONTENT_LENGTH);
            }
            AnswerBody::recorded(body, record)
        }
        (Content::Stream(body), None) => AnswerBody::stream(body),
        (Content::Switched(_), _) => AnswerBody::whole(Bytes::new()),
    }
}

/// The answer without what may not be viewed, or with its flags lowered thing by thing.
fn filtered(
    upstream_request: &mut UpstreamRequest<'_>,
    lasting: Option<&LastingPermit>,
    body: AnswerBody,
    headers: &mut HeaderMap,
) -> Result<AnswerBody, Rejection> {
    let Some(filter) = upstream_request.filter.take() else { return Ok(body) };
    let bounds = lasting.ok_or(Rejection::SignIn)?.bounds();
    let takes_out = filter.takes_out();
    let Filter { sifter, place } = *filter;
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let holder = Holder::Person(upstream_request.outgoing.cleared.permit().who().account());
    let aside = Box::new(Arc::clone(&upstream_request.app_request.context.worker.shared));
    let filtering = Filtering::new(sifter, bounds, aside, holder, length).kept_in(place);
    Ok(if takes_out { body.filtered(filtering, headers) } else { body.judged(filtering, headers) })
}

/// What lowers the permission flags in an answer to what the caller may do: whatever they are of, if not with all things the same.
fn lowering(rewriter: &AnswerRewriter, permit: &Permit, parts: Option<Bounds>) -> Rewriting<'static> {
    if let Some(parts) = parts {
        return rewriter.streaming(parts.least(), move |needed| parts.needs(needed));
    }
    let (who, held) = (Arc::clone(permit.who()), permit.role());
    rewriter.streaming(held, move |needed: Role| gate::reason(needed, &who, held))
}

/// A tool's own way of saying no, with our words in it: a 200 that its pages show.
pub(crate) fn inside(body: Bytes) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
