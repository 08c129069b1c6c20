//! Sending a permitted request to the tool, until the head of its answer is there.
//!
//! The tool may take its time, and rights, sessions and rules change meanwhile. What it has not heard of yet is then refused as if it came
//! now; once it has, what changes something may have been done, and nothing says otherwise.
//!
//! Must not know: what becomes of the answer. Look next: [`super::forward`], `crate::upstream`.

use bytes::BytesMut;
use doorward_domain::{Action, DecisionId, Intent, Permit};
use doorward_profile::AnswerRewriter;
use doorward_service::gate::Bounds;
use doorward_service::{App, Silence};
use http::Method;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::hearing_out::{Rest, hear_out};
use super::outgoing::{Outgoing, Shape};
use super::renewal::Now;
use super::{AppRequest, ConnectionContext, Record, Rejection, request_span};
use crate::body::Sifter;
use crate::deadlines::Abort;
use crate::handshake::Offer;
use crate::room::{Holder, Place};
use crate::upstream::{Answer, Call, Content, Payload, UpstreamError, Via, exchange};
use crate::worker::Worker;

/// What changes an answer thing by thing.
pub(crate) struct Filter {
    pub(crate) sifter: Sifter,
    /// For the sifter, where that takes much.
    pub(crate) place: Option<Place>,
}

impl Filter {
    /// Whether anything is taken out.
    pub(crate) fn takes_out(&self) -> bool {
        matches!(self.sifter, Sifter::Filter(..))
    }
}

/// What lowers permission flags as they stream by.
pub(crate) struct Lowers {
    pub(crate) rewriter: AnswerRewriter,
    /// What somebody may do who may not do the same with all things.
    pub(crate) parts: Option<Bounds>,
    /// For the rewriter, where that takes much.
    pub(crate) place: Option<Place>,
}

/// A permitted request on its way to the tool.
pub(crate) struct UpstreamRequest<'a> {
    pub(crate) app_request: &'a AppRequest<'a>,
    pub(crate) outgoing: Outgoing<'a>,
    pub(crate) payload: Payload,
    /// What lowers the permission flags in the answer, if it holds any.
    pub(crate) lowers: Option<Box<Lowers>>,
    /// What takes out of the answer what may not be viewed, for somebody for whom that is something, or lowers its flags thing by thing, for
    /// somebody who may not do the same with all.
    pub(crate) filter: Option<Box<Filter>>,
    /// The WebSocket the client asks for, where its handshake is passed on.
    pub(crate) offer: Option<Box<Offer>>,
}

/// Whether asking twice does no more than asking once. What a profile calls more than viewing, and says no more about, may do something.
fn is_repeatable(method: &Method, intent: &Intent) -> bool {
    let only_looks =
        !intent.changes_state && intent.operations.iter().all(|operation| operation.action == Action::View);
    only_looks || (method.is_idempotent() && !method.is_safe())
}

/// Asks the tool. State-changing requests are on disk in the audit log before a byte of them is sent. Also gives who asks by now, where that
/// was looked up while the tool took its time.
pub(crate) async fn ask(
    context: &ConnectionContext,
    upstream_request: &mut UpstreamRequest<'_>,
    record: &mut Option<Box<Record>>,
) -> Result<(Answer, Option<Now>), Rejection> {
    let UpstreamRequest { app_request, outgoing, payload, lowers, filter, .. } = upstream_request;
    let (worker, site, method) = (&context.worker, app_request.site, outgoing.method);
    let (is_told, under_way) = (Cell::new(false), RefCell::default());
    let pool = worker.pool(&site.upstream);
    let upgrades = matches!(outgoing.shape, Shape::Upgrade | Shape::OwnSocket);
    let via = Via {
        pool: &pool,
        deadlines: &context.deadlines,
        ticker: &worker.ticker,
        limits: &app_request.snapshot.limits,
    };
    let call = Call {
        _proof: outgoing.cleared,
        method,
        write_head: &|out: &mut BytesMut| outgoing.write(out),
        is_last: !matches!(payload, Payload::Empty) && !expects_body(method),
        repeatable: is_repeatable(method, outgoing.cleared.permit().intent()),
        upgrades,
        is_told: &is_told,
        under_way: &under_way,
    };
    site.app.traffic.passed.add_one();
    let asked = Instant::now();
    let mut again = None;
    let mut exchanging = pin!(exchange(&via, &call, payload));
    let outcome = loop {
        let outcome = poll_fn(|cx| match context.deadlines.request.abort() {
            Some(Abort::Revoked) => Poll::Ready(None),
            _ => exchanging.as_mut().poll(cx).map(Some),
        });
        if let Some(outcome) = outcome.await {
            break outcome;
        }
        // Something about the caller has changed while the tool took its time: judged again, they may still wait for it.
        let judged = Box::pin(app_request.judge_again(outgoing.cleared.permit().intent(), outgoing.shape)).await;
        again = Some(if is_told.get() {
            judged.map_err(|no| {
                let rest = under_way.take().map(|it| Rest::Unanswered(it, method.clone(), Rc::clone(&pool)));
                kept_back(no, (worker, outgoing.cleared.permit()), record.take(), rest)
            })?
        } else {
            // What would be asked otherwise by now is not asked, as long as there is time.
            let changed = judged.and_then(|now| app_request.changes_again(&now, filter, lowers).map(|()| now));
            changed.inspect_err(|no| record.iter_mut().for_each(|record| record.unsent(no)))?
        });
    };
    note(&outcome, asked.elapsed(), app_request, outgoing, (record.as_mut(), is_told.get()));
    let answer = outcome?;
    if let Some(now) = &again
        && let Err(no) = app_request.changes_again(now, filter, lowers)
    {
        if upgrades
            && !matches!(answer.content, Content::Switched(_))
            && let Some(record) = record
        {
            record.opened_none();
        }
        return Err(kept_back(no, (worker, outgoing.cleared.permit()), record.take(), Some(Rest::Answer(answer))));
    }
    Ok((answer, again))
}

/// What is said, and written down, of what the tool has heard of and whose answer is not for whoever asked any more.
fn kept_back(
    no: Rejection,
    (worker, permit): (&Rc<Worker>, &Permit),
    record: Option<Box<Record>>,
    rest: Option<Rest>,
) -> Rejection {
    let changes_state = record.is_some();
    if let Some(record) = record {
        hear_out(worker, Holder::Person(permit.who().account()), record, rest);
    }
    no.after_passing_on(changes_state)
}

/// What opens no WebSocket that was asked for: a failure, also where it says 101.
pub(crate) fn not_opened(record: Option<&mut Box<Record>>, why: &'static str) -> Rejection {
    let trouble = UpstreamError::Malformed(why);
    if let Some(record) = record {
        record.answered_wrong(format!("the app {trouble}"));
    }
    trouble.into()
}

/// Counts how it went, and writes it down.
fn note(
    outcome: &Result<Answer, UpstreamError>,
    took: Duration,
    app_request: &AppRequest<'_>,
    outgoing: &Outgoing<'_>,
    (record, is_told): (Option<&mut Box<Record>>, bool),
) {
    let app = &app_request.site.app;
    match outcome {
        Ok(answer) => {
            app.traffic.upstream.observe(took);
            app.traffic.answered(answer.status.as_u16());
            if let Some(record) = record {
                record.answered(answer.status);
            }
        }
        Err(trouble) => {
            note_unreachable(app, outgoing.cleared.permit().id(), trouble);
            if let Some(record) = record {
                match trouble {
                    UpstreamError::Client(_) => record.unanswered(trouble.to_string(), is_told),
                    _ => record.unanswered(format!("the app {trouble}"), trouble.was_reached()),
                }
            }
        }
    }
}

/// Whether every tool looks for a body of this method (RFC 9110 section 9.3). One that does not, and leaves it unread, takes it for the next
/// request on the connection.
fn expects_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

/// A tool that cannot be reached is down from now on, before anybody has looked again.
fn note_unreachable(app: &App, decision: DecisionId, trouble: &UpstreamError) {
    let last = if let UpstreamError::Gone(last) = trouble { last } else { trouble };
    let silence = match last {
        UpstreamError::Refused(_) => Silence::Refused,
        UpstreamError::ConnectTimeout => Silence::TooLong,
        _ => return,
    };
    if app.did_not_answer(silence) {
        request_span(decision, Some(app)).in_scope(|| tracing::warn!("{} {trouble}", app.title));
    }
}
