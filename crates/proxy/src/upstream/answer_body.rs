//! An answer's body on its way from the tool to the client, piece by piece.

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::chunked::{Chunked, Piece};
use super::head::Framing;
use super::upload::{SendFault, Upload};
use super::{Connection, Pool, UpstreamError};
use crate::deadlines::{Abort, Deadlines, Ticker, Wait};

/// The most handed on at once.
const LARGEST_PIECE: usize = 64 * 1024;

#[derive(Debug)]
enum Reader {
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    Done,
}

impl Reader {
    fn next(&mut self, input: &mut BytesMut) -> Result<Piece, &'static str> {
        let most = match self {
            Self::Done | Self::Length(0) => return Ok(Piece::End),
            Self::Chunked(chunked) => return chunked.next(input),
            Self::Length(left) => usize::try_from(*left).unwrap_or(usize::MAX).min(LARGEST_PIECE),
            Self::UntilClose => LARGEST_PIECE,
        };
        if input.is_empty() {
            return Ok(Piece::More);
        }
        let data = input.split_to(most.min(input.len())).freeze();
        if let Self::Length(left) = self {
            *left = left.saturating_sub(data.len() as u64);
        }
        Ok(Piece::Data(data))
    }
}

/// A body that owns its connection, and gives it back when nothing is left on it.
#[derive(Debug)]
pub(crate) struct StreamBody {
    connection: Option<Connection>,
    reader: Reader,
    upload: Upload,
    keeps_open: bool,
    pool: Rc<Pool>,
    deadlines: Rc<Deadlines>,
    ticker: Rc<Ticker>,
}

impl StreamBody {
    pub(super) fn new(
        connection: Connection,
        framing: Framing,
        upload: Upload,
        keeps_open: bool,
        via: &super::exchange::Via<'_>,
    ) -> Self {
        let reader = match framing {
            Framing::None => Reader::Done,
            Framing::Length(length) => Reader::Length(length),
            Framing::Chunked => Reader::Chunked(Chunked::new()),
            Framing::UntilClose => Reader::UntilClose,
        };
        Self {
            connection: Some(connection),
            reader,
            upload,
            keeps_open,
            pool: Rc::clone(via.pool),
            deadlines: Rc::clone(via.deadlines),
            ticker: Rc::clone(via.ticker),
        }
    }

    /// The same, apart from the client's connection: it goes on whatever becomes of that. Of what the client was still sending the tool gets no
    /// more: nobody looks any longer whether it may.
    pub(crate) fn apart(mut self: Box<Self>) -> Box<Self> {
        if !self.upload.is_over() {
            self.upload.abandon();
        }
        self.deadlines = Rc::new(Deadlines::new(Rc::clone(&self.ticker)));
        self
    }

    /// Nothing is left of the answer: the connection goes back to the pool, if it may carry another request.
    fn finish(&mut self) {
        self.reader = Reader::Done;
        if let Some(connection) = self.connection.take()
            && self.keeps_open
            && self.upload.is_done()
            && connection.input.is_empty()
        {
            self.pool.put(connection, self.ticker.now());
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, UpstreamError>> {
        loop {
            let Some(connection) = &mut self.connection else { return Poll::Ready(Ok(None)) };
            if !self.upload.is_over() {
                match self.upload.poll_send(connection, cx) {
                    Poll::Ready(Err(SendFault::Client(fault))) => {
                        return Poll::Ready(Err(UpstreamError::Client(fault)));
                    }
                    Poll::Ready(Err(SendFault::Tool)) => self.upload.abandon(),
                    Poll::Ready(Ok(())) | Poll::Pending => {}
                }
            }
            match self.reader.next(&mut connection.input).map_err(UpstreamError::Malformed)? {
                Piece::Data(data) => {
                    if matches!(self.reader, Reader::Length(0)) {
                        self.finish();
                    }
                    return Poll::Ready(Ok(Some(data)));
                }
                Piece::End => {
                    self.finish();
                    return Poll::Ready(Ok(None));
                }
                Piece::More => {}
            }
            match connection.poll_fill(cx) {
                Poll::Ready(Ok(0)) if matches!(self.reader, Reader::UntilClose) => self.finish(),
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(UpstreamError::Malformed("it broke off"))),
                Poll::Ready(Ok(_)) => self.deadlines.request.done(Wait::Tool),
                Poll::Pending => {
                    self.deadlines.wait(Wait::Tool);
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = UpstreamError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, UpstreamError>>> {
        // Looked at first, so that a stream that never pauses ends too.
        if self.deadlines.request.abort() == Some(Abort::Revoked) {
            self.connection = None;
            return Poll::Ready(Some(Err(UpstreamError::Revoked)));
        }
        if self.deadlines.request.abort() == Some(Abort::ToolTooSlow) {
            self.connection = None;
            return Poll::Ready(Some(Err(UpstreamError::TooSlow)));
        }
        let piece = std::task::ready!(self.poll_piece(cx));
        if piece.is_err() {
            self.connection = None;
        }
        Poll::Ready(piece.transpose().map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.connection.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.reader {
            Reader::Length(left) => SizeHint::with_exact(left),
            Reader::Done => SizeHint::with_exact(0),
            Reader::Chunked(_) | Reader::UntilClose => SizeHint::default(),
        }
    }
}
