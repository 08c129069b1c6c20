//! A client's connection as the server sees it: every read and every stalled write is noted for the [`Deadlines`].

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::io::{self, Write as _};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;

use crate::deadlines::{Deadlines, Wait};

/// What is written from one buffer, in bytes.
const SMALL: usize = 1024;

/// A client's connection.
pub(crate) struct ClientIo {
    io: TokioIo<TcpStream>,
    deadlines: Rc<Deadlines>,
}

impl ClientIo {
    pub(crate) fn new(stream: TcpStream, deadlines: Rc<Deadlines>) -> Self {
        Self { io: TokioIo::new(stream), deadlines }
    }

    /// The bare connection.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.io.into_inner()
    }

    fn noted(&self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match outcome {
            Poll::Pending => self.deadlines.wait(Wait::ClientRead),
            Poll::Ready(_) => self.deadlines.done(Wait::ClientRead),
        }
        outcome
    }
}

impl Read for ClientIo {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.io).poll_read(cx, buf);
        if outcome.is_ready() {
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
