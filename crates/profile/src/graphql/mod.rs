//! Reading GraphQL: what a request really does, and what is sent instead of it.
//!
//! The walk of one request: [`transport`](self) takes apart the HTTP side (method, content types, URL query, JSON), the document is
//! parsed and the operation that will really run is picked, its root fields are named and classified by the [`Dialect`], and
//! what comes out is an [`Understood`] that can write the one envelope the tool gets to see.
//!
//! Everything that two readers could read differently is refused. The other reader is the tool's own (for Dagster: graphql-core
//! behind Starlette), and `tests/graphql_core.rs` holds us against it.
//!
//! Architecture invariant: nothing in here knows Dagster; what is Dagster's is in the `graphql:` section of its profile.
//!
//! [`Understood`]: crate::Understood

pub mod dialect;
pub mod rules;

pub use dialect::{AnswerMessage, Dialect, OperationKind, SocketProtocols};
