//! For tests only: time and randomness held still, builders for the nouns, fresh stores, and the contracts: the one every engine must pass,
//! and how door and desk say no.
//!
//! Never more than a dev-dependency. It sees `domain`, `http`, `service` and `store`; because of that, tests that use it live in a crate's
//! `tests/` folder: a unit test inside `service` or `store` would see its own crate a second time, with other types.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on says so by panicking"
)]

mod build;
mod changed;
mod clock;
pub mod contract;
mod entropy;
mod servers;
mod stores;

pub use build::{
    AccessRequestBuilder, ApiKeyBuilder, AuditEventBuilder, GrantBuilder, GroupBuilder, SessionBuilder, UserBuilder,
    access_request, api_key, approval, audit_event, grant, grant_to, group, session, user,
};
pub use changed::{Untold, heard};
pub use clock::{FakeClock, NOON};
pub use entropy::SeededEntropy;
pub use servers::{ServerDatabase, TestServer};
pub use stores::{TestStores, fresh_stores, mariadb_stores, postgres_stores, stores_in_memory};
