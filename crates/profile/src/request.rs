//! What reading takes in and gives out.

use bytes::Bytes;
use doorward_domain::{AuditOutcome, Intent};
use http::{HeaderMap, Method};
use std::sync::Arc;

use crate::{
    CanonicalPath, Misread, content,
    graphql::{self, AnswerReader, AnswerRewriter, Asked},
};

/// The head of a request to an app.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'a> {
    /// The method, case-sensitive (RFC 9110 section 9.1).
    pub method: &'a Method,
    /// The canonical path below the app's own prefix.
    pub path: &'a CanonicalPath,
    /// The raw query, without `?`.
    pub query: Option<&'a str>,
    /// The client's headers.
    pub headers: &'a HeaderMap,
}

impl RequestHead<'_> {
    /// How long a body of this length may be once it is decoded, if no more than `limit` is let in.
    pub fn decoded_length(&self, length: usize, limit: usize) -> usize {
        content::decoded_length(self.headers, length, limit)
    }
}

/// What the head alone says.
#[derive(Debug)]
pub enum HeadReading {
    /// Fully understood. The request is forwarded as it is and its body streams.
    Understood(Arc<Intent>),
    /// The body decides: collect at most this many bytes, then ask [`crate::Profile::read_body`].
    NeedsBody {
        /// What the request amounts to at least, whatever its body says: who may not do this need not be listened to.
        least: Arc<Intent>,
        /// In bytes; a longer body is refused with 413.
        limit: usize,
    },
    /// A WebSocket whose messages are read one by one with [`crate::Profile::read_message`].
    Socket {
        /// What opening it amounts to.
        intent: Arc<Intent>,
        /// The largest message, in bytes.
        message_limit: usize,
    },
}

/// A request that was understood from its body, ready to be sent as our own.
#[derive(Debug)]
pub struct Understood {
    asked: Asked,
}

impl From<Asked> for Understood {
    fn from(asked: Asked) -> Self {
        Self { asked }
    }
}

/// What is sent to the tool instead of the client's own bytes: always `POST`, one `Content-Type: application/json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Path below the app's prefix, with at most the query `op=…`.
    pub path_and_query: String,
    /// The JSON body.
    pub body: Bytes,
}

/// What the tool's answer says about a state-changing request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// Success or failure, as the answer tells it.
    pub outcome: AuditOutcome,
    /// For audit: run ids, error type names.
    pub details: serde_json::Map<String, serde_json::Value>,
}

impl Understood {
    /// What it does.
    pub fn intent(&self) -> &Arc<Intent> {
        self.asked.intent()
    }

    /// Our own form of the request; with `attribution`, runs it launches carry that user name, whatever the client wrote.
    pub fn envelope(&self, attribution: Option<&str>) -> Result<Envelope, Misread> {
        self.asked.envelope(attribution)
    }

    /// The body of a 200 that tells the tool's own UI, in words, that the request was refused.
    pub fn refusal(&self, sentence: &str) -> Bytes {
        self.asked.refusal(sentence)
    }

    /// What lowers the permission flags in the answer, if it holds any.
    pub fn answer_rewriter(&self) -> Option<AnswerRewriter> {
        self.asked.answer_rewriter()
    }

    /// What reads the tool's answer to a state-changing request for the audit log, and gives the client its own.
    pub fn answer_reader(&self) -> AnswerReader {
        self.asked.answer_reader()
    }

    /// Reads the tool's answer to a state-changing request for the audit log, when all of it is at hand.
    pub fn conclude(&self, status: u16, answer: &[u8]) -> Conclusion {
        let mut reader = self.answer_reader();
        reader.push(answer);
        reader.conclude(status, true)
    }
}

/// One message from a WebSocket client, understood.
#[derive(Debug)]
pub enum SocketMessage {
    /// Housekeeping (`connection_init`, `ping`, `complete`, `stop` …): forward this text.
    Control {
        /// Our own serialisation.
        text: String,
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
    },
}

impl ToolMessage {
    /// Reads it; `None` when it is anything else.
    pub fn read(text: &str) -> Option<Self> {
        graphql::socket::tool_message(text)
    }

    /// The message with this data in it.
    pub fn data(id: &str, payload: &str) -> String {
        graphql::socket::data(id, payload)
    }
}

impl SocketMessage {
    /// The protocol's own error message (`error`) for a refused operation.
    pub fn refusal(&self, sentence: &str) -> String {
        match self {
            Self::Operation { id, modern, .. } => graphql::socket::error(id, *modern, sentence),
            Self::Control { .. } | Self::Reply { .. } | Self::Ignored => String::new(),
        }
    }
}
