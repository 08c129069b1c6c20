//! Messages over a WebSocket, understood: those of the client, and those of the tool.

use doorward_domain::Intent;
use std::sync::Arc;

use super::{AnswerFilter, AnswerFlags, AnswerRewriter, Request, socket};
use crate::{Change, Misread};

/// One message from a WebSocket client, understood.
#[derive(Debug)]
pub enum SocketMessage {
    /// Housekeeping (`connection_init`, `ping`, `complete`, `stop` …): forward this text.
    Control {
        /// Our own serialisation.
        text: String,
        /// The client's id of an operation of which it wants to hear no more.
        stops: Option<String>,
    },
    /// Starts an operation, if the intent is allowed.
    Operation {
        /// What it does.
        intent: Arc<Intent>,
        /// Our own serialisation, to forward.
        text: String,
        /// The client's id for it, for the error message.
        id: String,
        /// What lowers the permission flags in the tool's messages that answer it, if they hold any.
        rewriter: Option<AnswerRewriter>,
        /// What filters those messages for somebody who may not view everything, once it is theirs.
        filter: Option<AnswerFilter>,
        /// What lowers their flags thing by thing, once it is for somebody who needs that.
        flags: Option<AnswerFlags>,
        /// What it was understood as.
        request: Box<Request>,
        /// Whether the client speaks `graphql-transport-ws`: its errors look different, see [`SocketMessage::refusal`].
        modern: bool,
    },
    /// Not for the tool: send this text back to the client (a `pong`, or why its operation cannot be understood).
    Reply {
        /// To the client.
        text: String,
    },
    /// Needs nothing done (a `pong`).
    Ignored,
}

/// One message from the tool over a WebSocket, as far as it matters to what is known of its operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolMessage {
    /// What an operation gives.
    Data {
        /// The client's id of the operation.
        id: String,
        /// What an HTTP answer would be.
        payload: String,
    },
    /// An operation has ended.
    End {
        /// The client's id of the operation.
        id: String,
        /// Whether it came to nothing, and says why.
        is_error: bool,
    },
}

impl ToolMessage {
    /// Reads it; `None` when it is anything else.
    pub fn read(text: &str) -> Option<Self> {
        socket::tool_message(text)
    }

    /// The message of an operation that came to nothing.
    pub fn error(id: &str, sentence: &str) -> String {
        socket::error(id, false, sentence)
    }

    /// The message with this data in it.
    pub fn data(id: &str, payload: &str) -> String {
        socket::data(id, payload)
    }
}

impl SocketMessage {
    /// The same message for somebody who may not view everything; `None` where nobody says how that goes.
    pub fn filtered(self) -> Option<Result<Self, Misread>> {
        match self {
            Self::Operation { request, id, modern, .. } => socket::filtered(&request, id, modern),
            other => Some(Ok(other)),
        }
    }

    /// The same message for somebody whose permission flags are lowered thing by thing, where it has any and somebody says how.
    #[must_use]
    pub fn flagged(self) -> Self {
        match self {
            Self::Operation { request, id, modern, text, .. } => socket::flagged(*request, text, id, modern),
            other => other,
        }
    }

    /// Whether an operation like it was changed so before, and that is remembered.
    pub fn knows(&self, change: Change) -> bool {
        let Self::Operation { request, .. } = self else { return true };
        request.own_knows(change)
    }

    /// About how much room an operation takes, in bytes, with what changes its data.
    pub fn weight(&self) -> usize {
        let Self::Operation { text, request, .. } = self else { return 0 };
        text.len() + self.change_weight().max(request.own_weight()) + request.variables_weight()
    }

    /// What of it is understood of its document.
    pub fn document_weight(&self) -> usize {
        let Self::Operation { request, .. } = self else { return 0 };
        request.own_weight()
    }

    /// What of it changes its data.
    pub fn change_weight(&self) -> usize {
        let Self::Operation { filter, flags, .. } = self else { return 0 };
        filter.as_ref().map_or(0, AnswerFilter::weight) + flags.as_ref().map_or(0, AnswerFlags::weight)
    }

    /// The protocol's own error message (`error`) for a refused operation.
    pub fn refusal(&self, sentence: &str) -> String {
        match self {
            Self::Operation { id, modern, .. } => socket::error(id, *modern, sentence),
            Self::Control { .. } | Self::Reply { .. } | Self::Ignored => String::new(),
        }
    }
}
