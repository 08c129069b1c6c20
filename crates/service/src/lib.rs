//! Verbs: sign in, admit, administer, record, decide.
//!
//! Everything that needs the outside asks a port (a trait in [`ports`]); `doorward-store` and `doorward-connect` implement them.
//! [`Services`] is the whole, put together once by the binary and shared by `proxy` and `web`.
//!
//! Architecture invariant: no HTTP, no SQL, no configuration files. Errors are one small enum per operation.

// What was changed and not told to the caches must not be thrown away unseen: see `ports::Changed`.
#![cfg_attr(not(test), deny(clippy::let_underscore_must_use))]

pub mod access;
pub mod actor;
pub mod admin;
pub mod apps;
pub mod audit_log;
pub mod authentication;
pub mod client;
pub mod counters;
pub mod explain;
pub mod gate;
pub mod ports;
pub mod readiness;
pub mod right;
pub mod setup;
pub mod sign_in;

mod background;
mod context;
mod core;
#[cfg(test)]
mod fakes;
mod services;
mod throttle;

pub use access::Access;
pub use actor::{Actor, NotAllowed};
pub use admin::{grants::Grants, groups::Groups, keys::Keys, sessions::Sessions, users::Users};
pub use apps::{App, Apps, Health, Silence};
pub use audit_log::AuditLog;
pub use authentication::{Authenticated, Authentication, Digested, NotAuthenticated, Revocation};
pub use client::Client;
pub use counters::{Counters, Traffic};
pub use doorward_domain::Credential;
pub use explain::{Explain, Explanation};
pub use ports::Stores;
pub use readiness::Readiness;
pub use right::Right;
pub use services::{Services, ServicesConfig};
pub use setup::Setup;
pub use sign_in::{hand_over::HandOver, login::Login};
pub use throttle::network;
