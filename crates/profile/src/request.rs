//! What reading takes in and gives out.

use bytes::Bytes;
use doorward_domain::{AuditOutcome, Intent};
use http::{HeaderMap, Method};
use std::sync::Arc;

use crate::{
    BodyKind, CanonicalPath, Change, Misread, Understanding,
    body::JsonRequest,
    content,
    graphql::{AnswerFilter, AnswerFlags, AnswerReader, AnswerRewriter, Asked},
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
        /// In which language it is read.
        kind: BodyKind,
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
pub enum Understood {
    /// By a tool's GraphQL.
    GraphQl(Asked),
    /// By rules that look into a JSON body.
    Json(JsonRequest),
}

/// What is sent to the tool instead of the client's own bytes, with one `Content-Type: application/json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The method.
    pub method: Method,
    /// Path below the app's prefix, and query.
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

/// Each as its language has it, see [`Understanding`].
impl Understood {
    fn inner(&self) -> &dyn Understanding {
        match self {
            Self::GraphQl(asked) => asked,
            Self::Json(request) => request,
        }
    }

    /// What it does.
    pub fn intent(&self) -> &Arc<Intent> {
        self.inner().intent()
    }

    /// What is sent instead of the client's own bytes.
    pub fn envelope(&self, attribution: Option<&str>) -> Result<Envelope, Misread> {
        self.inner().envelope(attribution)
    }

    /// How the tool's own pages hear of a refusal, if in a way of their own.
    pub fn refusal(&self, sentence: &str) -> Option<Bytes> {
        self.inner().refusal(sentence)
    }

    /// What lowers the permission flags in the answer, if it holds any.
    pub fn answer_rewriter(&self) -> Option<AnswerRewriter> {
        self.inner().answer_rewriter()
    }

    /// What reads the tool's answer to a state-changing request for the audit log, if it says more than its status.
    pub fn answer_reader(&self) -> Option<AnswerReader> {
        self.inner().answer_reader()
    }

    /// The same request for somebody who may not view everything, and what filters the answer; `None` where nobody says how.
    pub fn filtered(&self) -> Option<Result<(Self, AnswerFilter), Misread>> {
        self.inner().filtered()
    }

    /// The same request, asked so that permission flags in the answer can be lowered thing by thing, and what does that; `None` where there
    /// are none, or nobody says how.
    pub fn flagged(&self) -> Option<(Self, AnswerFlags)> {
        self.inner().flagged()
    }

    /// Whether one like it was changed so before, and that is remembered.
    pub fn knows(&self, change: Change) -> bool {
        self.inner().knows(change)
    }

    /// About how much room it takes, in bytes, beside what is kept of the body as it came.
    pub fn weight(&self) -> usize {
        self.inner().weight()
    }

    /// How much that is.
    pub fn values_weight(&self) -> usize {
        self.inner().values_weight()
    }

    /// Reads the tool's answer to a state-changing request for the audit log, when all of it is at hand.
    pub fn conclude(&self, status: u16, answer: &[u8]) -> Option<Conclusion> {
        let mut reader = self.answer_reader()?;
        reader.push(answer);
        Some(reader.conclude(status, true))
    }
}
