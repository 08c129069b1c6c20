//! Bytes both ways, unread: a WebSocket to a tool whose messages no profile reads.
//!
//! Only where frames end is known, so that both sides can be told why it is over (RFC 6455 section 7.4): 4401 when the session has
//! ended, 1001 when the door closes.

use bytes::{Buf, BytesMut};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use super::CloseReason;
use super::boundary::Boundary;
use super::frame::{self, Opcode};
use crate::deadlines::{Abort, Deadlines};
use crate::request::ConnectionContext;
use crate::upstream::Connection;

/// How much is held for each direction.
const BUFFER: usize = 16 * 1024;

/// How long the frame under way may take to end before its connection does.
const LAST_FRAME: Duration = Duration::from_secs(1);

/// Passes bytes until one side ends, the session does, or the door closes. Gives the client's connection back for a decent goodbye.
pub(crate) async fn raw(
    context: &ConnectionContext,
    mut client: TcpStream,
    read_ahead: BytesMut,
    connection: Connection,
) -> TcpStream {
    let (mut tool, tool_ahead) = connection.into_parts();
    let (mut up, mut down) = (Way::new(read_ahead), Way::new(tool_ahead));
    let deadlines = &context.deadlines;
    let close_reason = poll_fn(|cx| {
        deadlines.keep_waker(cx.waker());
        match ending(deadlines) {
            Ending::None => {}
            Ending::AtOnce => return Poll::Ready(None),
            Ending::Told(close_reason) => return Poll::Ready(Some(close_reason)),
        }
        let (up, down) = (up.poll(&mut client, &mut tool, cx), down.poll(&mut tool, &mut client, cx));
        // How it ended is of no consequence: both sides are closed either way.
        match (up, down) {
            (Poll::Ready(Err(_)), _) | (_, Poll::Ready(Err(_))) | (Poll::Ready(Ok(())), Poll::Ready(Ok(()))) => {
                Poll::Ready(None)
            }
            _ => Poll::Pending,
        }
    })
    .await;
    if let Some(close_reason) = close_reason {
        let mask = context.worker.ids.mask();
        let telling = async {
            // Of a session that has ended nothing more reaches the tool, not even the rest of a frame.
            if close_reason != CloseReason::SESSION_ENDED {
                let _ = up.send_close(&mut client, &mut tool, CloseReason::AWAY, Some(mask)).await;
            }
            down.send_close(&mut tool, &mut client, close_reason, None).await
        };
        let _ = tokio::time::timeout(LAST_FRAME, telling).await;
    }
    client
}

/// Whether it must end.
enum Ending {
    None,
    /// Without a word.
    AtOnce,
    /// With this close frame.
    Told(CloseReason),
}

fn ending(deadlines: &Deadlines) -> Ending {
    match deadlines.request.abort() {
        _ if deadlines.is_closing() => Ending::AtOnce,
        Some(Abort::Revoked) => Ending::Told(CloseReason::SESSION_ENDED),
        Some(_) => Ending::AtOnce,
        None if deadlines.is_draining() => Ending::Told(CloseReason::AWAY),
        None => Ending::None,
    }
}

/// One direction.
struct Way {
    /// Read and not yet written.
    buffer: BytesMut,
    /// Where in its frames the stream stands, as written.
    boundary: Boundary,
    /// The reading side has ended.
    is_at_end: bool,
}

impl Way {
    fn new(read_ahead: BytesMut) -> Self {
        Self { buffer: read_ahead, boundary: Boundary::default(), is_at_end: false }
    }

    /// Passes on what comes; ready when nothing more will, and the other side knows.
    fn poll(&mut self, from: &mut TcpStream, to: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            while !self.buffer.is_empty() {
                let length = self.buffer.len();
                ready!(self.poll_write(to, length, cx))?;
            }
            if self.is_at_end {
                return Pin::new(to).poll_shutdown(cx);
            }
            ready!(self.poll_read(from, cx))?;
        }
    }

    /// Writes some of the first `length` bytes.
    fn poll_write(&mut self, to: &mut TcpStream, length: usize, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let waiting = self.buffer.get(..length).unwrap_or(&self.buffer);
        let written = ready!(Pin::new(to).poll_write(cx, waiting))?;
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.boundary.pass(waiting.get(..written).unwrap_or_default());
        self.buffer.advance(written);
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self, from: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [const { std::mem::MaybeUninit::uninit() }; BUFFER];
        let mut room = ReadBuf::uninit(&mut space);
        ready!(Pin::new(from).poll_read(cx, &mut room))?;
        self.is_at_end = room.filled().is_empty();
        self.buffer.extend_from_slice(room.filled());
        Poll::Ready(Ok(()))
    }

    /// Lets the frame under way end, and says goodbye after it. What was read beyond it is dropped.
    async fn send_close(
        &mut self,
        from: &mut TcpStream,
        to: &mut TcpStream,
        CloseReason(code, reason): CloseReason,
        mask: Option<[u8; 4]>,
    ) -> io::Result<()> {
        poll_fn(|cx| -> Poll<io::Result<()>> {
            while !self.boundary.is_between_frames() {
                let mut ahead = self.boundary;
                match ahead.advance(&self.buffer) {
                    0 if self.is_at_end => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                    0 => ready!(self.poll_read(from, cx))?,
                    length => ready!(self.poll_write(to, length, cx))?,
                }
            }
            Poll::Ready(Ok(()))
        })
        .await?;
        let mut last = BytesMut::new();
        frame::write(&mut last, Opcode::Close, &[&code.to_be_bytes(), reason.as_bytes()].concat(), mask);
        to.write_all(&last).await
    }
}
