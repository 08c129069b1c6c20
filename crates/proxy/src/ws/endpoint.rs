//! One side of a read WebSocket: a connection, its buffers, and what is read from it.

use bytes::{Buf, BytesMut};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;

use super::CloseReason;
use super::frame::{self, Opcode};
use super::message::{Event, Reader};

/// How much is read at once.
const READ_SIZE: usize = 8 * 1024;

/// One side.
#[derive(Debug)]
pub(crate) struct Endpoint {
    stream: TcpStream,
    input: BytesMut,
    output: BytesMut,
    /// What waits until the message is over that is being sent in parts.
    after: BytesMut,
    is_amid_message: bool,
    reader: Reader,
    /// How much of a message that is not complete is held before there has to be room for it.
    may_hold: usize,
    said_goodbye: bool,
}

/// Why nothing more comes from a side.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// It broke the rules.
    Fault(CloseReason),
    /// More of its message comes than may be held.
    NeedsRoom,
    /// The connection ended.
    Gone,
}

impl Endpoint {
    pub(crate) fn new(stream: TcpStream, read_ahead: BytesMut, reader: Reader) -> Self {
        Self {
            stream,
            input: read_ahead,
            output: BytesMut::new(),
            after: BytesMut::new(),
            is_amid_message: false,
            reader,
            may_hold: usize::MAX,
            said_goodbye: false,
        }
    }

    /// From now on no more of a message is held than this.
    pub(crate) fn may_hold(&mut self, bytes: usize) {
        self.may_hold = bytes;
    }

    /// How much room its message needs of which more comes than may be held.
    pub(crate) fn needs(&self) -> usize {
        self.reader.needs(&self.input)
    }

    /// There is room for all of it.
    pub(crate) fn make_room(&mut self, bytes: usize) {
        self.may_hold(usize::MAX);
        // All at once, since growing by halves would take twice as much.
        self.input.reserve((bytes + READ_SIZE).saturating_sub(self.input.len()));
    }

    /// The message comes as [`Event::Part`]s instead.
    pub(crate) fn in_parts(&mut self) {
        self.reader.in_parts();
    }

    /// How much of a message that is not complete is held.
    pub(crate) fn held(&self) -> usize {
        self.input.len() + self.reader.held()
    }

    /// What it says next.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Event, ReadError>> {
        loop {
            if let Some(event) = self.reader.next(&mut self.input).map_err(ReadError::Fault)? {
                return Poll::Ready(Ok(event));
            }
            if self.held() > self.may_hold {
                return Poll::Ready(Err(ReadError::NeedsRoom));
            }
            self.input.reserve(READ_SIZE);
            let read = ready!(pin!(self.stream.read_buf(&mut self.input)).poll(cx));
            if !matches!(read, Ok(1..)) {
                return Poll::Ready(Err(ReadError::Gone));
            }
        }
    }

    /// Queues a frame. Nothing follows a close frame.
    pub(crate) fn send(&mut self, opcode: Opcode, payload: &[u8], mask: Option<[u8; 4]>) {
        if !self.said_goodbye {
            let is_after = self.is_amid_message && !opcode.is_control();
            frame::write(if is_after { &mut self.after } else { &mut self.output }, opcode, payload, mask);
        }
    }

    /// Queues some of a text; not masked.
    pub(crate) fn send_part(&mut self, payload: &[u8], is_last: bool) {
        if self.said_goodbye {
            return;
        }
        let is_first = !std::mem::replace(&mut self.is_amid_message, !is_last);
        let opcode = if is_first { Opcode::Text } else { Opcode::Continuation };
        frame::write_part(&mut self.output, opcode, payload, is_last);
        if is_last {
            self.output.unsplit(std::mem::take(&mut self.after));
        }
    }

    /// Queues a close frame.
    pub(crate) fn send_close(&mut self, CloseReason(code, reason): CloseReason, mask: Option<[u8; 4]>) {
        let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
        self.send(Opcode::Close, &payload, mask);
        self.after.clear();
        self.said_goodbye = true;
    }

    /// How much waits to be written.
    pub(crate) fn queued(&self) -> usize {
        self.output.len() + self.after.len()
    }

    /// Writes what is queued.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.output))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.output.advance(written);
        }
        // A buffer that grew for one large message is not kept.
        if self.output.capacity() > 64 * 1024 {
            self.output = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }

    /// The bare connection.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }
}
