//! An answer's body on its way from the tool to the client, piece by piece.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

use super::chunked::{Chunked, Piece};
use super::head::Framing;
use super::upload::{SendFault, Upload};
use super::{Link, Pool, Trouble};
use crate::watch::{Cut, Ticker, Wait, Watch};

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
    link: Option<Link>,
    reader: Reader,
    upload: Upload,
    keeps_open: bool,
    pool: Rc<Pool>,
    watch: Rc<Watch>,
    ticker: Rc<Ticker>,
}

impl StreamBody {
    pub(super) fn new(
        link: Link,
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
            link: Some(link),
            reader,
            upload,
            keeps_open,
            pool: Rc::clone(via.pool),
            watch: Rc::clone(via.watch),
            ticker: Rc::clone(via.ticker),
        }
    }

    /// Nothing is left of the answer: the connection goes back to the pool, if it may carry another request.
    fn finish(&mut self) {
        self.reader = Reader::Done;
        if let Some(link) = self.link.take()
            && self.keeps_open
            && self.upload.is_done()
            && link.input.is_empty()
        {
            self.pool.put(link, self.ticker.now());
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Trouble>> {
        loop {
            let Some(link) = &mut self.link else { return Poll::Ready(Ok(None)) };
            if !self.upload.is_over() {
                match self.upload.poll_send(link, cx) {
                    Poll::Ready(Err(SendFault::Client(fault))) => return Poll::Ready(Err(Trouble::Client(fault))),
                    Poll::Ready(Err(SendFault::Tool)) => self.upload.abandon(),
                    Poll::Ready(Ok(())) | Poll::Pending => {}
                }
            }
            match self.reader.next(&mut link.input).map_err(Trouble::Malformed)? {
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
            match link.poll_fill(cx) {
                Poll::Ready(Ok(0)) if matches!(self.reader, Reader::UntilClose) => self.finish(),
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(Trouble::Malformed("it broke off"))),
                Poll::Ready(Ok(_)) => self.watch.done(Wait::Tool),
                Poll::Pending => {
                    self.watch.wait(Wait::Tool);
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = Trouble;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Trouble>>> {
        // Looked at first, so that a stream that never pauses ends too.
        if self.watch.cut() == Some(Cut::Revoked) {
            self.link = None;
            return Poll::Ready(Some(Err(Trouble::Revoked)));
        }
        if self.watch.cut() == Some(Cut::ToolTooSlow) {
            self.link = None;
            return Poll::Ready(Some(Err(Trouble::TooSlow)));
        }
        let piece = std::task::ready!(self.poll_piece(cx));
        if piece.is_err() {
            self.link = None;
        }
        Poll::Ready(piece.transpose().map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.link.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.reader {
            Reader::Length(left) => SizeHint::with_exact(left),
            Reader::Done => SizeHint::with_exact(0),
            Reader::Chunked(_) | Reader::UntilClose => SizeHint::default(),
        }
    }
}
