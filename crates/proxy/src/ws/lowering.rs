//! What becomes of a message of the tool's that has to be read: its permission flags lowered to what the caller may do, and brought into the
//! client's protocol.

use doorward_domain::{Caller, Role, Timestamp};
use doorward_profile::ToolMessage;
use doorward_profile::graphql::AnswerMessage;
use std::sync::Arc;

use super::flagged::UnderWay;
use crate::site::Site;

/// By what a message is read: as it was when the message came.
pub(super) struct Lowering {
    pub(super) flagged: UnderWay,
    /// With the rights of now: the socket goes on when they change.
    pub(super) caller: Caller,
    pub(super) site: Arc<Site>,
    /// What the client speaks.
    pub(super) protocol: Option<&'static str>,
    pub(super) now: Timestamp,
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The operation that is over with it.
    pub(super) ended: Option<String>,
    /// What the client is told.
    pub(super) text: Option<String>,
}

impl Lowering {
    /// Reads a message.
    pub(super) fn read(&self, text: String) -> Read {
        let (ended, text) = self.lowered(text);
        let text = match self.site.app.profile.answer_message(self.protocol, &text) {
            AnswerMessage::AsIs => Some(text),
            AnswerMessage::Instead(other) => Some(other),
            AnswerMessage::Drop => None,
        };
        Read { ended, text }
    }

    fn lowered(&self, text: String) -> (Option<String>, String) {
        if self.flagged.is_empty() {
            return (None, text);
        }
        let (id, payload) = match ToolMessage::read(&text) {
            None => return (None, text),
            Some(ToolMessage::End { id }) => return (Some(id), text),
            Some(ToolMessage::Data { id, payload }) => (id, payload),
        };
        let (Some(rewriter), Caller::Known(who)) = (self.flagged.get(&id), &self.caller) else { return (None, text) };
        // It may have megabytes: one copy less.
        drop(text);
        let app = &self.site.app;
        let role = who.role_on(&app.name, app.default_role, self.now).unwrap_or(Role::Viewer);
        let reason = |needed: Role| reason(needed, who.name.as_str(), role);
        let lowered = rewriter.rewrite(payload.as_bytes(), role, &reason);
        let payload = lowered.and_then(|lowered| String::from_utf8(lowered).ok()).unwrap_or(payload);
        (None, ToolMessage::data(&id, &payload))
    }
}

/// What stands beside a lowered flag.
fn reason(needed: Role, username: &str, held: Role) -> String {
    format!("This needs the role {needed}; you are signed in as {username} ({held}).")
}
