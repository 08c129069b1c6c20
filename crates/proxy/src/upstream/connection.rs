//! One connection to a tool, with its buffers.

use bytes::{Buf, Bytes, BytesMut};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;

use super::{UpstreamAddress, UpstreamError};

/// How much is read at once.
const READ_SIZE: usize = 16 * 1024;
/// A chunk of at most this many bytes is copied behind what is due anyway: cheaper than a write of two parts.
const ONE_WRITE: usize = 4096;

/// One connection to a tool.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// Read and not yet understood.
    pub(crate) input: BytesMut,
    /// To be written.
    pub(crate) output: BytesMut,
    /// Whether it carried a request before: then the tool may have closed it without our noticing.
    pub(crate) reused: bool,
    /// When it was put into the pool, on the worker's clock.
    pub(crate) idle_since: u64,
}

impl Connection {
    /// Connects; names are looked up each time, addresses tried in the order they come.
    pub(crate) async fn open(address: &UpstreamAddress, limit: Duration) -> Result<Self, UpstreamError> {
        let connecting = TcpStream::connect((address.host(), address.port()));
        let stream = tokio::time::timeout(limit, connecting)
            .await
            .map_err(|_| UpstreamError::ConnectTimeout)?
            .map_err(|error| match error.kind() {
                io::ErrorKind::ConnectionRefused => UpstreamError::Refused(error.to_string()),
                _ => UpstreamError::Unreachable(error.to_string()),
            })?;
        // Without this small writes wait for acknowledgements; if it fails they merely do.
        let _ = stream.set_nodelay(true);
        Ok(Self {
            stream,
            input: BytesMut::with_capacity(READ_SIZE),
            output: BytesMut::with_capacity(4096),
            reused: false,
            idle_since: 0,
        })
    }

    /// Whether the tool left the connection open and said nothing unasked. Costs no system call unless something happened.
    pub(crate) fn is_quiet(&self) -> bool {
        let mut byte = [0];
        self.input.is_empty()
            && self.output.is_empty()
            && matches!(self.stream.try_read(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Reads some more; zero is the end.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.input.reserve(READ_SIZE);
        pin!(self.stream.read_buf(&mut self.input)).poll(cx)
    }

    /// Writes all of `output`, then all of `chunk`.
    pub(crate) fn poll_drain(&mut self, chunk: &mut Bytes, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.output.is_empty() && chunk.len() <= ONE_WRITE {
            self.output.extend_from_slice(chunk);
            chunk.clear();
        }
        while !self.output.is_empty() || !chunk.is_empty() {
            let written = if chunk.is_empty() {
                Pin::new(&mut self.stream).poll_write(cx, &self.output)
            } else {
                let slices = [io::IoSlice::new(&self.output), io::IoSlice::new(chunk)];
                Pin::new(&mut self.stream).poll_write_vectored(cx, &slices)
            };
            let written = std::task::ready!(written)?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let from_output = written.min(self.output.len());
            self.output.advance(from_output);
            chunk.advance((written - from_output).min(chunk.len()));
        }
        self.output.clear();
        Poll::Ready(Ok(()))
    }

    /// The bare connection, with what was read ahead.
    pub(crate) fn into_parts(self) -> (TcpStream, BytesMut) {
        (self.stream, self.input)
    }
}
