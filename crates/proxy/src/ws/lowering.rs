//! What becomes of a message of the tool's that has to be read: its permission flags lowered to what the caller may do, and brought into the
//! client's protocol.

use doorward_domain::{Caller, Role, Timestamp};
use doorward_profile::ToolMessage;
use doorward_profile::graphql::AnswerMessage;
use doorward_service::gate;
use std::sync::Arc;

use super::flagged::UnderWay;
use crate::site::Site;

/// What somebody is told who may not view everything, where the tool says that something went wrong.
const NOT_TOLD: &str =
    "The tool could not answer this. What it said is not told to somebody who may not view everything here.";

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
        let Some(text) = text else { return Read { ended, text } };
        let text = match self.site.app.profile.answer_message(self.protocol, &text) {
            AnswerMessage::AsIs => Some(text),
            AnswerMessage::Instead(other) => Some(other),
            AnswerMessage::Drop => None,
        };
        Read { ended, text }
    }

    fn lowered(&self, text: String) -> (Option<String>, Option<String>) {
        let app = &self.site.app;
        let bounds = gate::bounds(&self.caller, app, self.now);
        if self.flagged.is_empty() && bounds.is_none() {
            return (None, Some(text));
        }
        let (id, payload) = match ToolMessage::read(&text) {
            None => return (None, Some(text)),
            // What went wrong may tell of anything.
            Some(ToolMessage::End { id, is_error: true }) if bounds.is_some() => {
                let error = ToolMessage::error(&id, NOT_TOLD);
                return (Some(id), Some(error));
            }
            Some(ToolMessage::End { id, .. }) => return (Some(id), Some(text)),
            Some(ToolMessage::Data { id, payload }) => (id, payload),
        };
        let changing = self.flagged.get(&id);
        let payload = match (&bounds, changing.and_then(|changing| changing.filter.as_ref())) {
            (None, _) => payload,
            (Some(bounds), Some(filter)) => {
                let filtered = filter.shown(payload, &|targets| bounds.shows(targets));
                match filtered {
                    Some(payload) => payload,
                    None => return (None, None),
                }
            }
            // It began when nothing was out of bounds for them.
            (Some(_), None) => return (None, None),
        };
        let rewriter = changing.and_then(|changing| changing.rewriter.as_ref());
        let (Some(rewriter), Caller::Known(who)) = (rewriter, &self.caller) else {
            return (None, Some(if bounds.is_some() { ToolMessage::data(&id, &payload) } else { text }));
        };
        // It may have megabytes: one copy less.
        drop(text);
        let role = who.role_on(&app.name, app.default_role, self.now).unwrap_or(Role::Viewer);
        let reason = |needed: Role| reason(needed, who.name.as_str(), role);
        let lowered = rewriter.rewrite(payload.as_bytes(), role, &reason);
        let payload = lowered.and_then(|lowered| String::from_utf8(lowered).ok()).unwrap_or(payload);
        (None, Some(ToolMessage::data(&id, &payload)))
    }
}

/// What stands beside a lowered flag.
fn reason(needed: Role, username: &str, held: Role) -> String {
    format!("This needs the role {needed}; you are signed in as {username} ({held}).")
}
