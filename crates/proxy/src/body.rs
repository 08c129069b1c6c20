//! The bodies of the door's answers.

use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::desk::DeskBody;
use crate::upstream::StreamBody;
use crate::walk::Record;
use crate::watch::Watch;

/// The body of an answer. While it exists, its request is under way.
pub(crate) struct AnswerBody {
    kind: Kind,
    request: Option<RequestEnd>,
}

enum Kind {
    Whole(Bytes),
    Stream(Box<StreamBody>),
    Recorded(Box<StreamBody>, Box<Record>),
    Desk(DeskBody),
}

/// Ends a request for the connection's watch when its answer has been handed over or dropped.
pub(crate) struct RequestEnd(pub(crate) Rc<Watch>);

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
    pub(crate) fn recorded(body: Box<StreamBody>, record: Box<Record>) -> Self {
        Self { kind: Kind::Recorded(body, record), request: None }
    }

    /// From the desk.
    pub(crate) fn desk(body: DeskBody) -> Self {
        Self { kind: Kind::Desk(body), request: None }
    }

    /// Keeps the request under way as long as this body exists.
    pub(crate) fn hold(&mut self, request: RequestEnd) {
        self.request = Some(request);
    }
}

type BodyError = Box<dyn Error + Send + Sync>;

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.kind {
            Kind::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Stream(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Kind::Recorded(body, record) => {
                let frame = std::task::ready!(Pin::new(&mut *body).poll_frame(cx));
                match &frame {
                    Some(Ok(frame)) => {
                        if let Some(data) = frame.data_ref() {
                            record.saw(data);
                        }
                        // The server does not ask again after the last piece.
                        if body.is_end_stream() {
                            record.complete();
                        }
                    }
                    None => record.complete(),
                    Some(Err(_)) => {}
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Kind::Desk(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Stream(body) | Kind::Recorded(body, _) => body.is_end_stream(),
            Kind::Desk(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(body) | Kind::Recorded(body, _) => body.size_hint(),
            Kind::Desk(body) => body.size_hint(),
        }
    }
}
