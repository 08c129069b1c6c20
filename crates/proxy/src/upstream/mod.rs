//! Speaking HTTP/1.1 to the tool.
//!
//! The client engine lives in the client connection's own task: no channels, no second task, no locks. It writes the request's
//! head straight from the client's headers, reads the answer strictly (RFC 9112 section 6.3: whatever is ambiguous is a 502 and the
//! connection is dropped), and hands the connection back to the worker's own [`Pool`] when nothing is left on it.
//!
//! Must not know: who is asking and why. What it sends is prepared by [`crate::request`].

mod address;
mod answer_body;
mod chunked;
mod connection;
mod exchange;
pub(crate) mod fuzzed;
mod head;
mod pool;
mod upload;

pub use address::{InvalidUpstream, UpstreamAddress};
pub(crate) use answer_body::StreamBody;
pub(crate) use connection::Connection;
pub(crate) use exchange::{Answer, Call, Content, MaySend, UnderWay, Via, exchange};
pub(crate) use pool::Pool;
pub(crate) use upload::{BodyFault, ClientBody, Payload};

/// Why the tool's answer could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UpstreamError {
    /// Nothing listens there.
    #[error("cannot be reached: {0}")]
    Refused(String),
    /// No connection for another reason, which may be our own.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// No connection in time.
    #[error("cannot be reached in time")]
    ConnectTimeout,
    /// It closed a connection that the request went out on, and cannot be connected to any more.
    #[error("closed the connection without answering, and {0}")]
    Gone(Box<UpstreamError>),
    /// The connection broke before the answer.
    #[error("closed the connection without answering")]
    Closed,
    /// The answer is not one HTTP message that can be read in only one way.
    #[error("answered with something that is not valid HTTP: {0}")]
    Malformed(&'static str),
    /// Silence for too long.
    #[error("did not answer in time")]
    TooSlow,
    /// The client stopped sending the body.
    #[error("the client stopped sending")]
    Client(BodyFault),
    /// The session ended meanwhile.
    #[error("the session ended")]
    Revoked,
}

impl UpstreamError {
    /// Whether the tool may have heard of the request. One that could not be connected to has not.
    pub(crate) fn was_reached(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Unreachable(_) | Self::ConnectTimeout)
    }

    /// The same where it went out before, and nothing was answered.
    fn after_telling(self) -> Self {
        if self.was_reached() { self } else { Self::Gone(Box::new(self)) }
    }
}
