//! The body on its way from the client to the tool.

use bytes::{Bytes, BytesMut};
use http_body::Body;
use hyper::body::Incoming;
use std::fmt::Write as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use super::Connection;
use crate::deadlines::{Abort, Deadlines, Wait};
use crate::room::{Holder, NoRoom, Place, Room};

/// Why a client's body did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyFault {
    /// The connection broke, or the body's framing did.
    #[error("the request's body broke off")]
    Gone,
    /// Too long a pause.
    #[error("the request's body did not arrive in time")]
    TooSlow,
    /// More than may be collected.
    #[error("the request's body is larger than {0} bytes")]
    TooLarge(usize),
    /// Too many others, or too many of the same sender, are held.
    #[error("there are too many large requests at once. Try again in a moment")]
    NoRoom,
}

/// A client's body, with its deadline.
#[derive(Debug)]
pub(crate) struct ClientBody {
    inner: Incoming,
    deadlines: Rc<Deadlines>,
}

impl ClientBody {
    /// `None` where there is none.
    pub(crate) fn of(inner: Incoming, deadlines: &Rc<Deadlines>) -> Option<Box<Self>> {
        (!inner.is_end_stream()).then(|| Box::new(Self { inner, deadlines: Rc::clone(deadlines) }))
    }

    /// Its length, when the client declared one; `None` is chunked.
    pub(crate) fn length(&self) -> Option<u64> {
        self.inner.size_hint().exact()
    }

    /// Whether nothing more comes.
    fn is_empty(&self) -> bool {
        self.inner.is_end_stream()
    }

    /// The next piece. Trailers are dropped.
    pub(crate) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyFault>>> {
        loop {
            match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Ready(frame) => {
                    let came = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                    self.deadlines.request.heard_body(came.map_or(0, Bytes::len));
                    match frame.map(|frame| frame.map(hyper::body::Frame::into_data)) {
                        None => return Poll::Ready(None),
                        Some(Ok(Ok(data))) => return Poll::Ready(Some(Ok(data))),
                        Some(Ok(Err(_trailers))) => {}
                        Some(Err(_)) => return Poll::Ready(Some(Err(BodyFault::Gone))),
                    }
                }
                Poll::Pending => {
                    if self.deadlines.request.abort() == Some(Abort::ClientTooSlow) {
                        return Poll::Ready(Some(Err(BodyFault::TooSlow)));
                    }
                    self.deadlines.wait(Wait::ClientBody);
                    return Poll::Pending;
                }
            }
        }
    }

    /// All of it, if it is no longer than `limit`. One that will take up more than the room gives away, as `held` says by its length, waits
    /// for room, and holds it for as long as what is given beside it.
    pub(crate) async fn collect(
        mut self,
        limit: usize,
        room: &Room,
        holder: Holder,
        held: impl Fn(usize) -> usize,
    ) -> Result<(Bytes, Option<Place>), BodyFault> {
        let length = self.length().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if length.is_some_and(|length| length > limit) {
            return Err(BodyFault::TooLarge(limit));
        }
        let mut place = None;
        let mut whole = BytesMut::new();
        while let Some(piece) = poll_fn(|cx| self.poll_collect(place.as_ref(), cx)).await {
            let piece = piece?;
            if piece.len() > limit.saturating_sub(whole.len()) {
                return Err(BodyFault::TooLarge(limit));
            }
            // In one piece, as most come.
            let is_all = whole.is_empty() && self.is_empty();
            let so_far = whole.len() + piece.len();
            let told = if is_all { Some(so_far) } else { length };
            if place.is_none() && room.is_needed_for(held(told.unwrap_or(so_far))) {
                // Nobody is at work for this client meanwhile: who has to go to make way for others may be one of those who wait.
                self.deadlines.wait(Wait::Room);
                let taken = room.take(held(told.unwrap_or(limit)), holder).await;
                self.deadlines.request.done(Wait::Room);
                place = Some(taken.map_err(|NoRoom| BodyFault::NoRoom)?);
            }
            if is_all {
                place.iter().for_each(Place::is_whole);
                return Ok((piece, place));
            }
            if whole.is_empty() {
                // Pages that are never written to take no memory.
                whole.reserve(length.unwrap_or_default());
            }
            whole.extend_from_slice(&piece);
        }
        if let Some(place) = &place {
            place.is_whole();
        }
        Ok((whole.freeze(), place))
    }

    /// The next piece, unless the room for it went to somebody quicker.
    fn poll_collect(&mut self, place: Option<&Place>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyFault>>> {
        if place.is_some_and(|place| place.is_lost(cx)) {
            return Poll::Ready(Some(Err(BodyFault::TooSlow)));
        }
        let piece = ready!(self.poll_data(cx));
        if let (Some(Ok(piece)), Some(place)) = (&piece, place) {
            place.received(piece.len());
        }
        Poll::Ready(piece)
    }
}

/// What is sent after the head.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Nothing.
    Empty,
    /// All at hand.
    Whole(Bytes),
    /// The same, and so much that it is held no longer than until the tool has it.
    Large {
        /// The body.
        bytes: Bytes,
        /// The room for it, given back with it.
        _place: Box<Place>,
    },
    /// As the client sends it, framed as it was understood: by length, or chunked.
    Stream(Box<ClientBody>),
}

/// Why sending stopped.
#[derive(Debug)]
pub(super) enum SendFault {
    /// The client's part.
    Client(BodyFault),
    /// The tool does not take it. It may have answered already.
    Tool,
}

/// A payload being sent.
#[derive(Debug)]
pub(super) struct Upload {
    payload: Payload,
    chunk: Bytes,
    chunked: bool,
    state: State,
    /// Whether the tool closed its ears before the client had said everything.
    is_cut_short: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Pieces are still to come from the client.
    Taking,
    /// Everything is in `output` and `chunk`.
    Draining,
    Done,
    /// Not all of it was sent, and no more will be: the connection cannot be used again.
    Abandoned,
}

impl Upload {
    /// Starts sending: the framing is added to the head in `connection.output`, which is closed with it.
    pub(super) fn begin(payload: Payload, connection: &mut Connection, says_empty: bool) -> Self {
        let (mut chunk, mut chunked, mut state) = (Bytes::new(), false, State::Draining);
        match &payload {
            Payload::Empty if says_empty => connection.output.extend_from_slice(b"content-length: 0\r\n"),
            Payload::Empty => {}
            Payload::Whole(bytes) | Payload::Large { bytes, .. } => {
                extend_length(&mut connection.output, bytes.len() as u64);
                chunk = bytes.clone();
            }
            Payload::Stream(body) => {
                state = State::Taking;
                if let Some(length) = body.length() {
                    extend_length(&mut connection.output, length);
                } else {
                    chunked = true;
                    connection.output.extend_from_slice(b"transfer-encoding: chunked\r\n");
                }
            }
        }
        connection.output.extend_from_slice(b"\r\n");
        Self { payload, chunk, chunked, state, is_cut_short: false }
    }

    /// Whether all of it was sent.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether nothing more will be sent.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Done | State::Abandoned)
    }

    /// Whether some of the client's body is still to be read, or never will be.
    pub(super) fn leaves_body(&self) -> bool {
        self.is_cut_short || matches!(&self.payload, Payload::Stream(body) if !body.is_empty())
    }

    /// Gives up sending.
    pub(super) fn abandon(&mut self) {
        self.is_cut_short = self.leaves_body();
        self.state = State::Abandoned;
        self.chunk = Bytes::new();
        self.payload = Payload::Empty;
    }

    /// The payload, to be sent again; `None` when some of it is gone.
    pub(super) fn rewind(self) -> Option<Payload> {
        match self.payload {
            Payload::Stream(_) | Payload::Large { .. } => None,
            whole => Some(whole),
        }
    }

    /// Sends as much as can be.
    pub(super) fn poll_send(
        &mut self,
        connection: &mut Connection,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), SendFault>> {
        loop {
            if self.is_over() {
                return Poll::Ready(Ok(()));
            }
            ready!(connection.poll_drain(&mut self.chunk, cx)).map_err(|_| SendFault::Tool)?;
            if self.state == State::Draining {
                self.state = State::Done;
                self.chunk = Bytes::new();
                if matches!(self.payload, Payload::Large { .. }) {
                    self.payload = Payload::Empty;
                }
                continue;
            }
            let Payload::Stream(body) = &mut self.payload else {
                self.state = State::Done;
                continue;
            };
            match ready!(body.poll_data(cx)) {
                Some(Ok(data)) if self.chunked && !data.is_empty() => {
                    let _ = write!(connection.output, "{:x}\r\n", data.len());
                    self.chunk = with_crlf(&data);
                }
                Some(Ok(data)) => self.chunk = data,
                Some(Err(fault)) => return Poll::Ready(Err(SendFault::Client(fault))),
                None => {
                    if self.chunked {
                        connection.output.extend_from_slice(b"0\r\n\r\n");
                    }
                    self.state = State::Draining;
                }
            }
        }
    }
}

/// A chunk's data with its CRLF; one copy of at most a read buffer, cheaper than a third write.
fn with_crlf(data: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(data.len() + 2);
    framed.extend_from_slice(data);
    framed.extend_from_slice(b"\r\n");
    framed.freeze()
}

fn extend_length(output: &mut BytesMut, length: u64) {
    // Writing into memory cannot fail.
    let _ = write!(output, "content-length: {length}\r\n");
}
