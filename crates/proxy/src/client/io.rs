//! A client's connection as the server sees it: every read and every stalled write is noted for the [`Deadlines`], and no more of a
//! request's head is read than there is room for.

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::io::{self, Write as _};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::head_room::{BUSY, HeadRoom};
use crate::deadlines::Deadlines;
use crate::room::NoRoom;

/// What is written from one buffer, in bytes.
const SMALL: usize = 1024;

/// Counts what is read.
struct Counted {
    stream: TcpStream,
    /// In bytes, since it was looked at.
    came: usize,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.came += buf.filled().len() - before;
        outcome
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A client's connection.
pub(crate) struct ClientIo {
    io: TokioIo<Counted>,
    deadlines: Rc<Deadlines>,
    head: HeadRoom,
}

impl ClientIo {
    pub(crate) fn new(stream: TcpStream, deadlines: Rc<Deadlines>, head: HeadRoom) -> Self {
        Self { io: TokioIo::new(Counted { stream, came: 0 }), deadlines, head }
    }

    /// The bare connection.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.io.into_inner().stream
    }

    fn noted(&self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match outcome {
            Poll::Pending => self.deadlines.client_stalls(true),
            Poll::Ready(_) => self.deadlines.client_stalls(false),
        }
        outcome
    }
}

impl Read for ClientIo {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if !self.deadlines.is_head_coming() {
            self.head.begin();
        } else if let Err(NoRoom) = self.head.take() {
            // The server knows of no such thing: it ends the connection without a word.
            let _ = self.io.inner().stream.try_write(BUSY);
            return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
        }
        let outcome = Pin::new(&mut self.io).poll_read(cx, buf);
        if outcome.is_ready() {
            let came = std::mem::take(&mut self.io.inner_mut().came);
            self.head.came(came);
            self.deadlines.heard_client();
        }
        outcome
    }
}

impl Write for ClientIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.io).poll_write(cx, buf);
        self.noted(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // For a small answer, copying its two parts together costs less than telling the kernel of two.
        let mut together = [0; SMALL];
        let mut room = &mut together[..];
        if bufs.iter().map(|buf| buf.len()).sum::<usize>() > SMALL
            || bufs.iter().any(|buf| room.write_all(buf).is_err())
        {
            let outcome = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
            return self.noted(outcome);
        }
        let unused = room.len();
        let outcome = Pin::new(&mut self.io).poll_write(cx, together.get(..SMALL - unused).unwrap_or_default());
        self.noted(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
