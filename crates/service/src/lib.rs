//! Verbs: sign in, admit, administer, record, decide.
//!
//! Everything that needs the outside asks a port (a trait in [`ports`]); `doorward-store` and `doorward-connect` implement them.
//! [`Services`] is the whole, put together once by the binary and shared by `proxy` and `web`.
//!
//! Architecture invariant: no HTTP, no SQL, no configuration files. Errors are one small enum per operation.

pub mod access;
pub mod actor;
pub mod apps;
pub mod audit_log;
pub mod authentication;
pub mod client;
pub mod counters;
pub mod explain;
pub mod gate;
pub mod grants;
pub mod groups;
pub mod keys;
pub mod ports;
pub mod readiness;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod users;

mod background;
mod context;
#[cfg(test)]
mod fakes;
mod services;
mod subjects;
mod throttle;

pub use access::Access;
pub use actor::{Actor, NotAllowed};
pub use apps::{App, Apps, Health, Silence};
pub use audit_log::AuditLog;
pub use authentication::{Authenticated, Authentication, NotAuthenticated, Revocation};
pub use client::Client;
pub use counters::{Counters, Traffic};
pub use doorward_domain::Credential;
pub use explain::{Explain, Explanation};
pub use grants::Grants;
pub use groups::Groups;
pub use keys::Keys;
pub use readiness::Readiness;
pub use services::{Services, ServicesConfig, Stores};
pub use sessions::Sessions;
pub use setup::Setup;
pub use sign_in::{hand_over::HandOver, login::Login};
pub use throttle::network;
pub use users::Users;
