//! Sockets (`WebSocket`, RFC 6455), once they are open.
//!
//! Where no profile reads the messages, their bytes go through a [`tunnel`]. Where one does, the two sides are two connections of our own,
//! without extensions: what a client says reaches the tool only as a message the profile understood, written anew in a frame of ours; what
//! the tool says reaches the client as a message, in frames of ours.
//!
//! Start at [`crate::handshake`] (before the 101) and [`session`] or [`tunnel`] (after it). [`frame`] and [`message`] know bytes only.

mod begun;
mod boundary;
pub(crate) mod endpoint;
pub(crate) mod flagged;
pub(crate) mod frame;
mod from_tool;
pub(crate) mod fuzzed;
mod judging;
mod lowering;
pub(crate) mod message;
pub(crate) mod reading;
mod sayable;
pub(crate) mod session;
mod sifting;
pub(crate) mod tunnel;

pub(crate) use session::Session;

/// Why a side of a WebSocket is closed: the code and reason of the close frame (RFC 6455 section 7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CloseReason(pub(crate) u16, pub(crate) &'static str);

impl CloseReason {
    pub(crate) const AWAY: Self = Self(1001, "going away");
    pub(crate) const PROTOCOL: Self = Self(1002, "protocol error");
    pub(crate) const NOT_TEXT: Self = Self(1003, "text only");
    pub(crate) const NOT_UTF8: Self = Self(1007, "not UTF-8");
    pub(crate) const TOO_SLOW: Self = Self(1008, "the message did not arrive in time");
    pub(crate) const TOO_LARGE: Self = Self(1009, "message too large");
    pub(crate) const TOOL_GONE: Self = Self(1011, "the app closed the connection");
    pub(crate) const NO_ROOM: Self = Self(1013, "too many large messages at once");
    pub(crate) const NOT_UNDERSTOOD: Self = Self(4400, "message not understood");
    /// As `graphql-transport-ws` has it.
    pub(crate) const ID_IN_USE: Self = Self(4409, "an operation with this id is under way");
    pub(crate) const SESSION_ENDED: Self = Self(4401, "session ended");
    pub(crate) const SILENT: Self = Self(1001, "no answer to ping");
}
