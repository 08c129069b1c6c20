//! What may be said to the tool over a WebSocket, and nothing else can be: an operation, by the permit it was given, or what asks for none.

use doorward_profile::SocketMessage;

use crate::request::Bound;

/// A text that may be said to the tool.
pub(super) struct Sayable<'m>(&'m str);

impl<'m> Sayable<'m> {
    /// An operation, by the permit for this very one.
    pub(super) fn permitted(bound: Bound, message: &'m SocketMessage) -> Option<Self> {
        let SocketMessage::Operation { intent, text, .. } = message else { return None };
        bound.for_sending(intent).map(|_permit| Self(text))
    }

    /// What begins or ends something, or keeps the connection up.
    pub(super) fn control(message: &'m SocketMessage) -> Option<Self> {
        if let SocketMessage::Control { text, .. } = message { Some(Self(text)) } else { None }
    }

    pub(super) fn text(&self) -> &'m str {
        self.0
    }
}
