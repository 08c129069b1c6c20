//! What reading takes in and gives out.

use bytes::Bytes;
use doorward_domain::{AuditOutcome, Intent};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::{CanonicalPath, content};

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
    pub details: serde_json::Map<String, Value>,
}

/// The language of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// A GraphQL request, in whatever form.
    GraphQl,
    /// JSON that rules look into.
    Json,
}

/// What a request may be asked again for, in a way that takes time to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// So that its answer can be filtered ([`crate::Understanding::filtered`]).
    Filtered,
    /// So that its flags can be lowered thing by thing ([`crate::Understanding::flagged`]).
    Flagged,
}

/// Why a client gets no result of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoResult<'w> {
    /// Nobody is signed in.
    SignedOut(&'w str),
    /// Somebody is, who may not even look.
    Forbidden(&'w str),
    /// The tool gave none.
    NoAnswer(&'w str),
    /// It was read and passed on, and its answer is kept back.
    Withheld(&'w str),
}

/// `extensions.code` of an answer that is kept back: [`AnswerWithheld`](doorward_domain::AuditReason::AnswerWithheld) as GraphQL servers
/// write such words.
pub(crate) const WITHHELD: &str = "ANSWER_WITHHELD";

impl BodyKind {
    /// What a problem document holds as well for clients of this language, by its key, when they get no result: most are refused before their
    /// body was read, and the shapes of its results are not known then.
    pub fn also_told(self, why: NoResult<'_>) -> Option<(&'static str, Value)> {
        let (code, message) = match why {
            NoResult::SignedOut(message) => ("UNAUTHENTICATED", message),
            NoResult::Forbidden(message) => ("FORBIDDEN", message),
            NoResult::NoAnswer(message) => ("NO_ANSWER", message),
            NoResult::Withheld(message) => (WITHHELD, message),
        };
        match self {
            // A GraphQL client shows nothing but this member; without it a page waits for an answer for ever.
            Self::GraphQl => Some(("errors", json!([{ "message": message, "extensions": { "code": code } }]))),
            Self::Json => None,
        }
    }
}
