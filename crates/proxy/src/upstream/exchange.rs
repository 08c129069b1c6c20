//! One request, one answer.

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::head::{AnswerHead, Framing, take_head};
use super::upload::{SendFault, Upload};
use super::{BodyFault, Connection, Payload, Pool, StreamBody, UpstreamError};
use crate::Limits;
use crate::deadlines::{Abort, Deadlines, Ticker, Wait};

/// The largest answer that is handed on in one piece when it has arrived in one.
const SMALL: u64 = 64 * 1024;

/// What an exchange goes through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Via<'a> {
    pub(crate) pool: &'a Rc<Pool>,
    pub(crate) deadlines: &'a Rc<Deadlines>,
    pub(crate) ticker: &'a Rc<Ticker>,
    pub(crate) limits: &'a Limits,
}

/// That something may be said to a tool: the permit for it, with what it changes on record, or that it is a question of our own which changes
/// nothing. Implemented where these are made, and nothing is sent without one.
pub(crate) trait MaySend {}

/// What is asked of the tool.
pub(crate) struct Call<'a> {
    /// By what it may be.
    pub(crate) _proof: &'a dyn MaySend,
    pub(crate) method: &'a Method,
    /// Writes request line and headers, without framing headers and without the empty line.
    pub(crate) write_head: &'a dyn Fn(&mut BytesMut),
    /// Whether asking twice does no more than asking once (RFC 9110 section 9.2.2; a safe method that changes something does).
    pub(crate) repeatable: bool,
    /// Whether nothing may follow on the connection, and the tool is told so.
    pub(crate) is_last: bool,
    /// Whether the request asks to switch protocols.
    pub(crate) upgrades: bool,
    /// Set as soon as the tool may hear of it, and so may do what it asks for.
    pub(crate) is_told: &'a Cell<bool>,
    /// Where it is while the tool takes its time: whoever drops the exchange may wait for the rest without it.
    pub(crate) under_way: &'a RefCell<Option<UnderWay>>,
}

/// What the tool has heard of, or is just hearing, and has not answered.
#[derive(Debug)]
pub(crate) struct UnderWay {
    connection: Connection,
    upload: Upload,
    interim: u8,
    /// Whether it asks to switch protocols.
    upgrades: bool,
}

impl UnderWay {
    /// Whether it asks to switch protocols.
    pub(crate) fn upgrades(&self) -> bool {
        self.upgrades
    }

    /// Whether all of it was sent: nothing more of it has to come from the client.
    pub(crate) fn is_sent(&self) -> bool {
        self.upload.is_done()
    }

    /// The answer, for nobody's connection: whoever waits has a deadline of their own. The connection to the tool ends with it.
    pub(crate) async fn answer(mut self, method: &Method, via: &Via<'_>) -> Result<Answer, UpstreamError> {
        let mut head = poll_fn(|cx| self.poll_answer(method, via, cx)).await?;
        if self.switches_unasked(&head) {
            return Err(UNASKED);
        }
        head.keeps_open = false;
        Ok(settle(self, head, via))
    }
}

/// Nothing else is spoken on a connection than what was asked for.
const UNASKED: UpstreamError = UpstreamError::Malformed("it switched protocols unasked");

/// What the tool answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
    /// Whether it came before all of the client's body did, or instead of it.
    pub(crate) is_early: bool,
}

/// What follows an answer's head.
#[derive(Debug)]
pub(crate) enum Content {
    /// The whole body; the connection is free again.
    Whole(Bytes),
    /// A body still arriving.
    Stream(Box<StreamBody>),
    /// Another protocol.
    Switched(Connection),
}

/// Interim answers (RFC 9110 section 15.2) that may come before the final one: each is a sign of life, so they must not go on for ever.
const MOST_INTERIM: u8 = 100;

/// Asks and waits for the answer's head. A connection that was used before may turn out to be closed: then, if nothing was
/// answered and asking twice is harmless, it is asked once more on a new one. The payload is taken when it is sent.
pub(crate) async fn exchange(via: &Via<'_>, call: &Call<'_>, payload: &mut Payload) -> Result<Answer, UpstreamError> {
    // Opening a WebSocket may not be repeatable, and costs a connection anyway. What is not kept cannot be sent again.
    let is_sent_once = call.upgrades || matches!(payload, Payload::Large { .. });
    let mut is_begun = !is_sent_once && call.begin_on_pooled(via, payload);
    loop {
        if !is_begun {
            let opened = Box::pin(Connection::open(via.pool.address(), via.limits.connect_timeout)).await;
            // It may have been heard on a connection that is closed by now.
            call.begin(
                opened.map_err(|trouble| if call.is_told.get() { trouble.after_telling() } else { trouble })?,
                payload,
            );
        }
        let outcome = poll_fn(|cx| match &mut *call.under_way.borrow_mut() {
            Some(under_way) => under_way.poll_answer(call.method, via, cx),
            // Somebody else waits for it.
            None => Poll::Ready(Err(UpstreamError::Closed)),
        });
        let outcome = outcome.await;
        via.deadlines.request.done(Wait::Tool);
        let under_way = call.under_way.take().ok_or(UpstreamError::Closed)?;
        match outcome {
            Ok(head) if under_way.switches_unasked(&head) => return Err(UNASKED),
            Ok(mut head) => {
                head.keeps_open &= !call.is_last;
                return Ok(settle(under_way, head, via));
            }
            Err(UpstreamError::Closed) if under_way.connection.reused && call.repeatable => {
                *payload = under_way.upload.rewind().ok_or(UpstreamError::Closed)?;
                is_begun = false;
            }
            Err(trouble) => return Err(trouble),
        }
    }
}

impl Call<'_> {
    /// Begins on a connection that was used before, if there is one.
    fn begin_on_pooled(&self, via: &Via<'_>, payload: &mut Payload) -> bool {
        let pooled = via.pool.take(via.ticker.now(), via.limits.upstream_idle);
        pooled.map(|connection| self.begin(connection, payload)).is_some()
    }

    /// Writes the head; from now on the tool may hear of it.
    fn begin(&self, mut connection: Connection, payload: &mut Payload) {
        (self.write_head)(&mut connection.output);
        if self.is_last {
            connection.output.extend_from_slice(b"connection: close\r\n");
        }
        let says_empty = matches!(*self.method, Method::POST | Method::PUT | Method::PATCH);
        let payload = std::mem::replace(payload, Payload::Empty);
        let upload = Upload::begin(payload, &mut connection, says_empty);
        self.is_told.set(true);
        self.under_way.replace(Some(UnderWay { connection, upload, interim: 0, upgrades: self.upgrades }));
    }
}

impl UnderWay {
    fn switches_unasked(&self, head: &AnswerHead) -> bool {
        head.status == StatusCode::SWITCHING_PROTOCOLS && !self.upgrades
    }

    /// Sends and reads until the head of the final answer is there.
    fn poll_answer(
        &mut self,
        method: &Method,
        via: &Via<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<AnswerHead, UpstreamError>> {
        let Self { connection, upload, interim, .. } = self;
        match upload.poll_send(connection, cx) {
            Poll::Ready(Err(SendFault::Client(fault))) => return Poll::Ready(Err(UpstreamError::Client(fault))),
            // The tool may have answered before it stopped listening: that answer is what the client should see.
            Poll::Ready(Err(SendFault::Tool)) => upload.abandon(),
            // As long as the request is being sent, no answer is due.
            Poll::Pending => via.deadlines.request.done(Wait::Tool),
            Poll::Ready(Ok(())) => {}
        }
        loop {
            if !connection.input.is_empty() {
                match take_head(&mut connection.input, method, via.limits.answer_header_bytes) {
                    Ok(Some(head))
                        if head.status.is_informational() && head.status != StatusCode::SWITCHING_PROTOCOLS =>
                    {
                        *interim += 1;
                        if *interim > MOST_INTERIM {
                            return Poll::Ready(Err(UpstreamError::Malformed("it answers provisionally without end")));
                        }
                        continue;
                    }
                    Ok(Some(head)) => return Poll::Ready(Ok(head)),
                    Ok(None) => {}
                    Err(why) => return Poll::Ready(Err(UpstreamError::Malformed(why))),
                }
            }
            match connection.poll_fill(cx) {
                Poll::Ready(Ok(0) | Err(_)) if connection.input.is_empty() => {
                    return Poll::Ready(Err(UpstreamError::Closed));
                }
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(UpstreamError::Malformed("its head broke off"))),
                Poll::Ready(Ok(_)) => via.deadlines.request.done(Wait::Tool),
                Poll::Pending => {
                    match via.deadlines.request.abort() {
                        Some(Abort::ToolTooSlow) => return Poll::Ready(Err(UpstreamError::TooSlow)),
                        Some(Abort::ClientTooSlow) => {
                            return Poll::Ready(Err(UpstreamError::Client(BodyFault::TooSlow)));
                        }
                        // Whether the request still may go on is not for this side to know.
                        Some(Abort::Revoked) | None => {}
                    }
                    via.deadlines.wait(Wait::Tool);
                    return Poll::Pending;
                }
            }
        }
    }
}

/// A small answer that has arrived is taken whole, and its connection is free before the client has it.
fn settle(under_way: UnderWay, head: AnswerHead, via: &Via<'_>) -> Answer {
    let UnderWay { mut connection, upload, .. } = under_way;
    let AnswerHead { status, headers, framing, keeps_open } = head;
    let is_early = upload.leaves_body();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Answer { status, headers, content: Content::Switched(connection), is_early };
    }
    let length = match framing {
        Framing::None => Some(0),
        Framing::Length(length) if length <= SMALL => usize::try_from(length).ok(),
        _ => None,
    };
    if let Some(body) = length.and_then(|length| connection.input.get(..length))
        && upload.is_done()
    {
        let body = Bytes::copy_from_slice(body);
        connection.input.advance(body.len());
        if keeps_open && connection.input.is_empty() {
            via.pool.put(connection, via.ticker.now());
        }
        return Answer { status, headers, content: Content::Whole(body), is_early };
    }
    let body = StreamBody::new(connection, framing, upload, keeps_open, via);
    Answer { status, headers, content: Content::Stream(Box::new(body)), is_early }
}
