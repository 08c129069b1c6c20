//! What a client's message is made into for whoever sent it: what they may not view is taken out of what it gives, and permission flags are
//! lowered. That is asked for as the message is read, and where it takes long, both are done off the worker, in its sender's turn.
//!
//! Must not know: whether it may be said. Look next: [`super::judging`], `crate::request` (the same of requests).

use doorward_domain::{Caller, Timestamp};
use doorward_profile::{Change, Misread, SocketMessage};
use std::sync::Arc;

use super::flagged::ROOM;
use crate::request::change;
use crate::site::Site;

/// What somebody is told whose operation nobody knows how to filter.
const NOT_FILTERED: &str =
    "What this shows cannot be filtered, so it is not for somebody who may not view everything here.";

/// By what a message is read: as it was when the message came.
#[derive(Clone)]
pub(super) struct Sifting {
    pub(super) site: Arc<Site>,
    pub(super) caller: Caller,
    pub(super) now: Timestamp,
    pub(super) protocol: Option<&'static str>,
}

/// A message that was read.
pub(super) struct Sifted {
    pub(super) said: Said,
    /// Whether what it gives holds permission flags,
    has_flags: bool,
    /// and how it was changed.
    change: Option<Change>,
}

/// What it comes to.
pub(super) enum Said {
    Message(SocketMessage),
    /// The client is told so.
    Refused(String),
    /// What changes its data would take more than a socket may keep.
    TooHeavy,
}

impl Sifting {
    /// Reads a message, and makes it theirs.
    pub(super) fn read(&self, text: &str) -> Result<Sifted, Misread> {
        let message = self.site.app.profile.read_message(self.protocol, text)?;
        Ok(self.sift(message))
    }

    /// The same, or nothing where that would take long.
    pub(super) fn read_quickly(&self, text: &str) -> Result<Option<Sifted>, Misread> {
        let message = self.site.app.profile.read_message(self.protocol, text)?;
        let is_quick = self.change(has_flags(&message)).is_none_or(|change| message.knows(change));
        Ok(is_quick.then(|| self.sift(message)))
    }

    /// Whether it would be the same message for them now.
    pub(super) fn is_still(&self, sifted: &Sifted) -> bool {
        matches!(sifted.said, Said::Message(SocketMessage::Ignored | SocketMessage::Control { .. }))
            || self.change(sifted.has_flags) == sifted.change
    }

    fn change(&self, has_flags: bool) -> Option<Change> {
        change(&self.caller, &self.site, self.now, has_flags)
    }

    fn sift(&self, message: SocketMessage) -> Sifted {
        let has_flags = has_flags(&message);
        let change = self.change(has_flags);
        let said = match change {
            _ if !matches!(message, SocketMessage::Operation { .. }) => Said::Message(message),
            None => Said::Message(message),
            // What changes its data weighs more than itself.
            Some(_) if message.document_weight() > ROOM => Said::TooHeavy,
            Some(Change::Flagged) => Said::of(message.flagged()),
            Some(Change::Filtered) => {
                let refused = message.refusal(NOT_FILTERED);
                message.filtered().and_then(Result::ok).map_or(Said::Refused(refused), Said::of)
            }
        };
        Sifted { said, has_flags, change }
    }
}

impl Said {
    fn of(message: SocketMessage) -> Self {
        if message.change_weight() > ROOM { Self::TooHeavy } else { Self::Message(message) }
    }
}

fn has_flags(message: &SocketMessage) -> bool {
    matches!(message, SocketMessage::Operation { rewriter: Some(_), .. })
}
