//! Bytes both ways, unread: a WebSocket to a tool whose messages no profile reads.
//!
//! Only where frames end is known, so that both sides can be told why it is over (RFC 6455 section 7.4): 4401 when the session has
//! ended, 1001 when the door closes.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use crate::upstream::Link;
use crate::walk::Visit;
use crate::watch::{Cut, Watch};
use crate::ws::Goodbye;
use crate::ws::boundary::Boundary;
use crate::ws::frame::{self, Opcode};

/// How much is held for each direction.
const BUFFER: usize = 16 * 1024;

/// How long the frame under way may take to end before its connection does.
const LAST_FRAME: Duration = Duration::from_secs(1);

/// Passes bytes until one side ends, the session does, or the door closes. Gives the client's connection back for a decent goodbye.
pub(crate) async fn raw(visit: &Visit, mut client: TcpStream, read_ahead: Bytes, link: Link) -> TcpStream {
    let (mut tool, tool_ahead) = link.into_parts();
    let (mut up, mut down) = (Way::new(BytesMut::from(read_ahead)), Way::new(tool_ahead));
    let watch = &visit.watch;
    let goodbye = poll_fn(|cx| {
        watch.keep_waker(cx.waker());
        match ending(watch) {
            Ending::None => {}
            Ending::AtOnce => return Poll::Ready(None),
            Ending::Told(goodbye) => return Poll::Ready(Some(goodbye)),
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
    if let Some(goodbye) = goodbye {
        let mask = visit.worker.ids.mask();
        let telling = async {
            // Of a session that has ended nothing more reaches the tool, not even the rest of a frame.
            if goodbye != Goodbye::SESSION_ENDED {
                let _ = up.say_goodbye(&mut client, &mut tool, Goodbye::AWAY, Some(mask)).await;
            }
            down.say_goodbye(&mut tool, &mut client, goodbye, None).await
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
    Told(Goodbye),
}

fn ending(watch: &Watch) -> Ending {
    match watch.cut() {
        _ if watch.is_closing() => Ending::AtOnce,
        Some(Cut::Revoked) => Ending::Told(Goodbye::SESSION_ENDED),
        Some(_) => Ending::AtOnce,
        None if watch.is_draining() => Ending::Told(Goodbye::AWAY),
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
    async fn say_goodbye(
        &mut self,
        from: &mut TcpStream,
        to: &mut TcpStream,
        Goodbye(code, reason): Goodbye,
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
