//! Reading GraphQL: what a request really does, and what is sent instead of it.
//!
//! The walk of one request: [`transport`] finds the request in the HTTP side of things, [`reading`] takes its JSON apart, [`document`]
//! parses the text, [`operation`] picks what will really run and names its root fields, [`prepared`] says what they amount
//! to ([`nested`]: the fields below them too, [`often`]: or how many of them) and [`request`] looks at their arguments
//! ([`targets`]: what they act on). What comes out can write the one [`envelope`] the tool gets to see, [`refusal`]
//! in the tool's shapes, and can read the answer ([`permissions`], [`rewriting`], [`outcome`]); what tells the outcome is asked for [`beside`] what the
//! client asked for, and goes no further ([`extract`]).
//!
//! Everything that two readers could read differently is refused. The other reader is the tool's own (for Dagster: graphql-core
//! behind Starlette), and `tests/graphql_core/` holds us against it.
//!
//! Architecture invariant: nothing in here knows Dagster; what is Dagster's is in the `graphql:` section of its profile.

pub mod answer;
pub mod arguments;
pub mod attribution;
pub mod beside;
pub mod dialect;
pub mod document;
pub mod document_cache;
pub mod drafts;
pub mod envelope;
pub mod extract;
pub mod filter;
mod lately;
pub mod message;
pub mod names;
pub mod nested;
pub mod often;
pub mod operation;
pub mod outcome;
pub mod permissions;
pub mod plan;
pub mod prepared;
pub mod reading;
pub mod refusal;
pub mod request;
mod request_cache;
pub mod rewriting;
pub mod rules;
pub mod socket;
pub mod tags;
pub mod targets;
pub mod tells;
pub mod transport;

#[cfg(test)]
mod tests;

use crate::json;
pub use dialect::{AnswerMessage, Dialect, OperationKind, SocketProtocols};
pub use filter::{AnswerFilter, AnswerFlags, Contents, FlagStream, Onlooker, ShownContainers};
pub use message::{SocketMessage, ToolMessage};
pub use outcome::AnswerReader;
pub use refusal::MaybeDone;
pub use request::Request;
pub use rewriting::{AnswerRewriter, Rewriting};
pub use tells::Told;
