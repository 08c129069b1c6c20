//! The bodies of the door's answers.

mod containers;
mod filtering;

use bytes::Bytes;
use doorward_profile::Rewriting;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, LAST_MODIFIED};
use http_body::{Body, Frame, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::deadlines::Deadlines;
use crate::desk::DeskBody;
use crate::menu::{ABOUT_BYTES, Insertion};
use crate::room::Place;
use crate::upstream::StreamBody;
pub(crate) use containers::Containers;
pub(crate) use filtering::{Aside, BoundsOfNow, Filtering, Filters, Sifter, TakesRoom};

/// The body of an answer. While it exists, its request is under way.
pub(crate) struct AnswerBody {
    kind: Kind,
    request: Option<RequestEnd>,
}

enum Kind {
    Whole(Bytes),
    Stream(Box<StreamBody>),
    Recorded(Box<StreamBody>, Box<dyn ReadAlong>),
    Desk(DeskBody),
    Changed(Box<Kind>, Box<dyn Change>),
    Filtered(Box<Kind>, Box<Filtering>),
}

/// What reads an answer along as it streams by.
pub(crate) trait ReadAlong {
    /// Whether some of it may not be the client's.
    fn takes_out(&self) -> bool;
    /// What of these bytes is the client's.
    fn pass(&mut self, data: Bytes) -> Bytes;
    /// The answer came to its end: what is left of it.
    fn complete(&mut self) -> Bytes;
}

/// What changes an answer as it streams by.
trait Change {
    /// What of the next bytes is for the client; may be empty.
    fn push(&mut self, data: Bytes) -> Bytes;
    /// The answer is over: what is left of it.
    fn end(&mut self) -> Bytes;
    /// Whether nothing is left to come but the tool's own bytes.
    fn is_over(&self) -> bool;
}

impl Change for Insertion {
    fn push(&mut self, data: Bytes) -> Bytes {
        self.push(data)
    }

    fn end(&mut self) -> Bytes {
        self.end()
    }

    fn is_over(&self) -> bool {
        self.is_over()
    }
}

/// Lowers permission flags.
struct Lowering {
    rewriting: Rewriting<'static>,
    is_over: bool,
    /// For what lowers them, where that takes much.
    _place: Option<Place>,
}

impl Change for Lowering {
    fn push(&mut self, data: Bytes) -> Bytes {
        self.rewriting.push(&data).into()
    }

    fn end(&mut self) -> Bytes {
        self.is_over = true;
        self.rewriting.end().into()
    }

    fn is_over(&self) -> bool {
        self.is_over
    }
}

/// Ends a request for the connection's watch when its answer has been handed over or dropped.
pub(crate) struct RequestEnd(pub(crate) Rc<Deadlines>);

impl Drop for RequestEnd {
    fn drop(&mut self) {
        self.0.end_request();
    }
}

impl AnswerBody {
    /// All at hand.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { kind: Kind::Whole(bytes.into()), request: None }
    }

    /// As it comes from the tool.
    pub(crate) fn stream(body: Box<StreamBody>) -> Self {
        Self { kind: Kind::Stream(body), request: None }
    }

    /// As it comes from the tool, and read along for the audit log.
    pub(crate) fn recorded(body: Box<StreamBody>, record: Box<dyn ReadAlong>) -> Self {
        Self { kind: Kind::Recorded(body, record), request: None }
    }

    /// From the desk.
    pub(crate) fn desk(body: DeskBody) -> Self {
        Self { kind: Kind::Desk(body), request: None }
    }

    /// With our menu in it, as it streams by.
    pub(crate) fn with_insertion(self, insertion: Insertion, headers: &mut HeaderMap) -> Self {
        self.changed(Box::new(insertion), headers)
    }

    /// With its permission flags lowered, as it streams by.
    pub(crate) fn lowered(self, rewriting: Rewriting<'static>, place: Option<Place>, headers: &mut HeaderMap) -> Self {
        // What the tool says of its bytes is not true of ours, and what it would take for them later neither.
        for name in ABOUT_BYTES.into_iter().chain([ETAG, LAST_MODIFIED]) {
            headers.remove(name);
        }
        self.changed(Box::new(Lowering { rewriting, is_over: false, _place: place }), headers)
    }

    /// Without what its reader may not view.
    pub(crate) fn filtered(self, filtering: Filtering, headers: &mut HeaderMap) -> Self {
        for name in ABOUT_BYTES.into_iter().chain([CONTENT_ENCODING, CONTENT_LENGTH, ETAG, LAST_MODIFIED]) {
            headers.remove(name);
        }
        // Whatever it was, what is left of it is JSON.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { kind: Kind::Filtered(Box::new(self.kind), Box::new(filtering)), request: self.request }
    }

    /// With its permission flags lowered to what its reader may do with what shows them.
    pub(crate) fn judged(self, filtering: Filtering, headers: &mut HeaderMap) -> Self {
        for name in ABOUT_BYTES.into_iter().chain([CONTENT_LENGTH, ETAG, LAST_MODIFIED]) {
            headers.remove(name);
        }
        Self { kind: Kind::Filtered(Box::new(self.kind), Box::new(filtering)), request: self.request }
    }

    /// An answer that is all at hand stays so, and its length is known.
    fn changed(self, mut change: Box<dyn Change>, headers: &mut HeaderMap) -> Self {
        let kind = match self.kind {
            Kind::Whole(bytes) => {
                let whole: Bytes = [change.push(bytes), change.end()].concat().into();
                headers.insert(CONTENT_LENGTH, whole.len().into());
                Kind::Whole(whole)
            }
            other => {
                headers.remove(CONTENT_LENGTH);
                Kind::Changed(Box::new(other), change)
            }
        };
        Self { kind, request: self.request }
    }

    /// Keeps the request under way as long as this body exists.
    pub(crate) fn hold(&mut self, request: RequestEnd) {
        self.request = Some(request);
    }
}

type BodyError = Box<dyn Error + Send + Sync>;
type Piece = Option<Result<Frame<Bytes>, BodyError>>;

impl Kind {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        match self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Stream(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Recorded(body, record) => poll_recorded(body, &mut **record, cx),
            Self::Desk(body) => Pin::new(body).poll_frame(cx),
            Self::Changed(body, change) => poll_changed(body, &mut **change, cx),
            Self::Filtered(body, filtering) => poll_filtered(body, filtering, cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Stream(body) | Self::Recorded(body, _) => body.is_end_stream(),
            Self::Desk(body) => body.is_end_stream(),
            Self::Changed(body, change) => change.is_over() && body.is_end_stream(),
            Self::Filtered(_, filtering) => filtering.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(body) => body.size_hint(),
            Self::Recorded(body, record) if !record.takes_out() => body.size_hint(),
            Self::Desk(body) => body.size_hint(),
            // Whether anything is put in, or taken out, is known when its place has come.
            Self::Changed(..) | Self::Filtered(..) | Self::Recorded(..) => SizeHint::default(),
        }
    }
}

/// The next piece of an answer that is read for the audit log, without what only we asked for.
fn poll_recorded(body: &mut StreamBody, record: &mut dyn ReadAlong, cx: &mut Context<'_>) -> Poll<Piece> {
    loop {
        let data = match std::task::ready!(Pin::new(&mut *body).poll_frame(cx)) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => record.pass(data),
                Err(other) => return Poll::Ready(Some(Ok(other))),
            },
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => Bytes::new(),
        };
        let is_over = body.is_end_stream();
        // The server does not ask again after the last piece.
        let rest = if is_over { record.complete() } else { Bytes::new() };
        let data = if rest.is_empty() { data } else { [data, rest].concat().into() };
        // An empty piece would tell the server nothing.
        if !data.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if is_over {
            return Poll::Ready(None);
        }
    }
}

/// The next piece of an answer that is changed on its way.
fn poll_changed(body: &mut Kind, change: &mut dyn Change, cx: &mut Context<'_>) -> Poll<Piece> {
    loop {
        let data = match std::task::ready!(body.poll_piece(cx)) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => change.push(data),
                Err(other) => return Poll::Ready(Some(Ok(other))),
            },
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None if change.is_over() => return Poll::Ready(None),
            None => change.end(),
        };
        // An empty piece would tell the server nothing.
        if !data.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }
}

/// All of an answer, without what is taken out of it; or what cannot be held, as it comes.
fn poll_filtered(body: &mut Kind, filtering: &mut Filtering, cx: &mut Context<'_>) -> Poll<Piece> {
    loop {
        if filtering.is_over() {
            return Poll::Ready(None);
        }
        let data = if filtering.has_all() {
            std::task::ready!(filtering.poll_end(cx))
        } else if !filtering.is_streamed() && !std::task::ready!(filtering.poll_room(cx)) {
            filtering.refuse(b"")
        } else {
            match std::task::ready!(body.poll_piece(cx)) {
                // What is no data says nothing of the answer.
                Some(Ok(frame)) => frame.into_data().map(|data| filtered(filtering, &data)).unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None if filtering.is_streamed() => filtering.streams(None),
                None => {
                    filtering.came();
                    continue;
                }
            }
        };
        // An empty piece would tell the server nothing.
        if !data.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }
}

/// What the client gets when more of an answer has come.
fn filtered(filtering: &mut Filtering, data: &Bytes) -> Bytes {
    if filtering.is_streamed() {
        filtering.streams(Some(data))
    } else if filtering.comes(data) {
        Bytes::new()
    } else {
        filtering.refuse(data)
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Piece> {
        self.kind.poll_piece(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.kind.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.kind.size_hint()
    }
}
