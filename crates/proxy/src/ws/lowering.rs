//! What becomes of a message of the tool's that has to be read: its permission flags lowered to what the caller may do, and brought into the
//! client's protocol.

use doorward_domain::{Caller, Principal, Role, Timestamp};
use doorward_profile::graphql::AnswerMessage;
use doorward_profile::{Onlooker as _, ToolMessage};
use doorward_service::gate::{self, Bounds};
use std::sync::Arc;

use super::flagged::{Changing, UnderWay};
use crate::site::Site;

/// What somebody is told who may not view everything, where the tool says that something went wrong.
const NOT_TOLD: &str =
    "The app could not answer this. What it said is not told to somebody who may not view everything here.";

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
            // Whoever began it has heard enough, and what would change it is gone.
            Some(ToolMessage::Data { id, .. }) if self.flagged.is_stopped(&id) => return (None, None),
            Some(ToolMessage::Data { id, payload }) => (id, payload),
        };
        let changing = self.flagged.get(&id);
        let payload = match (&bounds, changing.and_then(|changing| changing.filter.as_ref())) {
            (None, _) => payload,
            (Some(bounds), Some(filter)) => {
                return (None, filter.shown(payload, bounds).map(|shown| ToolMessage::data(&id, &shown)));
            }
            // It began when nothing was out of bounds for them.
            (Some(_), None) => return (None, None),
        };
        let Some((changing, who)) = changing.zip(self.caller.principal()) else { return (None, Some(text)) };
        // It may have megabytes: one copy less.
        drop(text);
        let payload = self.with_flags(changing, who, payload);
        (None, Some(ToolMessage::data(&id, &payload)))
    }

    /// What an operation gives, with its flags lowered.
    fn with_flags(&self, changing: &Changing, who: &Arc<Principal>, payload: String) -> String {
        let app = &self.site.app;
        if let Some(flags) = &changing.flags {
            let judged = flags.judged(payload.as_bytes(), &Bounds::of(who, app, self.now));
            return String::from_utf8(judged).unwrap_or_else(|no| String::from_utf8_lossy(no.as_bytes()).into_owned());
        }
        let Some(rewriter) = &changing.rewriter else { return payload };
        let lowered = if let Some(parts) = gate::parts(&self.caller, app, self.now) {
            // It began when they might do the same with all things.
            rewriter.rewrite(payload.as_bytes(), parts.least(), &|needed| parts.needs(needed))
        } else {
            let role = who.role_on(&app.name, app.default_role, self.now).unwrap_or(Role::Viewer);
            rewriter.rewrite(payload.as_bytes(), role, &|needed| gate::reason(needed, who, role))
        };
        lowered.and_then(|lowered| String::from_utf8(lowered).ok()).unwrap_or(payload)
    }
}
