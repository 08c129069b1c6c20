//! The verbs on the real store, as `proxy` and `web` call them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say so by panicking"
)]

mod access;
mod audit;
mod authentication;
mod company;
mod explain;
mod explain_oneself;
mod explain_places;
mod grants;
mod groups;
mod hand_over;
mod house;
mod keys;
mod login;
mod meanwhile;
mod rights;
mod sentences;
mod sessions;
mod setup;
mod users;
