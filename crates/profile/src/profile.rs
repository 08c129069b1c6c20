//! A profile: what Doorward knows about a kind of tool.

use bytes::Bytes;

use crate::graphql::{AnswerMessage, SocketProtocols};
use crate::{HeadReading, Misread, RequestHead, SocketMessage, Understood};

/// What Doorward knows about a kind of tool, compiled for matching.
#[derive(Debug)]
pub struct Profile {
    name: String,
}

/// A profile file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("profile: {0}")]
pub struct ProfileError(pub String);

impl Profile {
    /// The names of the built-in profiles.
    pub fn builtin_names() -> &'static [&'static str] {
        &["dagster", "generic"]
    }

    /// A built-in profile by name.
    pub fn builtin(name: &str) -> Option<Self> {
        Some(Self { name: name.to_owned() })
    }

    /// Reads a profile from its YAML text. All mistakes are in the error, with line and column.
    pub fn from_yaml(_text: &str) -> Result<Self, ProfileError> {
        Err(ProfileError("not yet".into()))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Understands a request from its head, or says that the body is needed.
    pub fn read_head(&self, _head: &RequestHead<'_>) -> Result<HeadReading, Misread> {
        Err(Misread::new("not_yet", "not yet"))
    }

    /// Understands a request whose head asked for its body ([`HeadReading::NeedsBody`]). `body` is complete.
    pub fn read_body(&self, _head: &RequestHead<'_>, _body: &Bytes) -> Result<Understood, Misread> {
        Err(Misread::new("not_yet", "not yet"))
    }

    /// Understands one text message of a WebSocket opened by a [`HeadReading::Socket`] head.
    pub fn read_message(&self, _protocol: Option<&str>, _text: &str) -> Result<SocketMessage, Misread> {
        Err(Misread::new("not_yet", "not yet"))
    }

    /// Which WebSocket sub-protocols to speak with the client and with the tool, from all the client offered (its
    /// `Sec-WebSocket-Protocol` values, joined with commas). Only for a head that was read as [`HeadReading::Socket`].
    pub fn socket_protocols(&self, _offered: Option<&str>) -> Result<SocketProtocols, Misread> {
        Err(Misread::new("not_yet", "not yet"))
    }

    /// What becomes of one text message from the tool, for a client that speaks `protocol` ([`SocketProtocols::client`]).
    pub fn answer_message(&self, _protocol: Option<&str>, _text: &str) -> AnswerMessage {
        AnswerMessage::AsIs
    }
}
