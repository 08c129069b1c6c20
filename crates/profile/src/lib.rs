//! Knowing the tools: request → what it does.
//!
//! A [`Profile`] is data (one YAML file a tool, under `profiles/`) that says which requests are which action on which resource.
//! Reading happens in two steps: [`Profile::read_head`] understands most requests from method, path and query alone;
//! for GraphQL it asks for the body, which [`Profile::read_body`] understands or refuses. What cannot be understood
//! ([`Misread`]) is never forwarded.
//!
//! Architecture invariant: pure. No tokio, no database, no HTTP server; the `http` crate is only vocabulary. The decision is
//! made elsewhere, from the [`Intent`] that reading yields.

pub mod graphql;
pub mod misread;
pub mod path;
pub mod profile;
pub mod request;

pub use doorward_domain::Intent;
pub use misread::Misread;
pub use path::CanonicalPath;
pub use profile::{Profile, ProfileError};
pub use request::{Conclusion, Envelope, HeadReading, RequestHead, SocketMessage, Understood};
