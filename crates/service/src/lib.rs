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
pub mod hand_over;
pub mod keys;
pub mod login;
pub mod ports;
pub mod readiness;
pub mod return_address;
pub mod sessions;
pub mod setup;
pub mod users;
mod waits;

mod admin_exists;
mod background;
mod context;
#[cfg(test)]
mod fakes;
mod passwords;
mod services;
mod session_issuer;
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
pub use hand_over::HandOver;
pub use keys::Keys;
pub use login::Login;
pub use readiness::Readiness;
pub use services::{Services, ServicesConfig, Stores};
pub use sessions::Sessions;
pub use setup::Setup;
pub use throttle::network;
pub use users::Users;
