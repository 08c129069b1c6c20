//! The verbs on the real store, as `proxy` and `web` call them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say so by panicking"
)]

mod audit;
mod authentication;
mod explain;
mod grants;
mod hand_over;
mod house;
mod login;
mod meanwhile;
mod sessions;
mod setup;
mod users;
