//! For tests only: time and randomness held still, builders for the nouns, fresh stores, and the contract every engine must pass.
//!
//! Never more than a dev-dependency. It sees `domain`, `service` and `store`; because of that, tests that use it live in a crate's
//! `tests/` folder: a unit test inside `service` or `store` would see its own crate a second time, with other types.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

mod build;
mod clock;
mod entropy;

pub use build::{AuditEventBuilder, GrantBuilder, SessionBuilder, UserBuilder, audit_event, grant, session, user};
pub use clock::{FakeClock, NOON};
pub use entropy::SeededEntropy;
