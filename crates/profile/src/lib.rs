//! Knowing the tools: request → what it does.
//!
//! A [`Profile`] is data (one YAML file a tool, under `profiles/`) that says which requests are which action on which resource.
//! Reading happens in two steps: [`Profile::read_head`] understands most requests from method, path and query alone;
//! for GraphQL it asks for the body, which [`Profile::read_body`] understands or refuses. What cannot be understood
//! ([`Misread`]) is never forwarded.
//!
//! Architecture invariant: pure. No tokio, no database, no HTTP server; the `http` crate is only vocabulary. The decision is
//! made elsewhere, from the [`Intent`] that reading yields.

pub mod body;
pub mod check;
mod content;
pub mod error;
pub mod file;
pub mod graphql;
pub mod hand_over;
pub mod json;
pub mod keeps;
pub mod kinds;
pub mod menu;
pub mod misread;
mod overrides;
pub mod path;
pub mod profile;
pub mod registry;
pub mod request;
pub mod rules;
mod schema;
pub mod understanding;
pub mod yaml;

pub use doorward_domain::Intent;
pub use error::ProfileError;
pub use graphql::{
    AnswerFilter, AnswerFlags, AnswerReader, AnswerRewriter, Contents, FlagStream, MaybeDone, Onlooker, Rewriting,
    ShownContainers, SocketMessage, Told, ToolMessage,
};
pub use hand_over::{HandOver, IdentityHeader};
pub use keeps::{Keeps, Kept};
pub use menu::{Corner, MenuPlace};
pub use misread::Misread;
pub use overrides::begins_for_a_tool;
pub use path::CanonicalPath;
pub use profile::Profile;
pub use registry::{ProfileFile, Profiles};
pub use request::{BodyKind, Change, Conclusion, Envelope, HeadReading, NoResult, RequestHead};
pub use rules::{AnswerRule, RuleMistake, RuleText};
pub use schema::schema;
pub use understanding::{Understanding, Understood};
