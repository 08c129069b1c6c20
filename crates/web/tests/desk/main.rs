//! The desk, asked as a browser or a program would, over a real store. Folders mirror addresses.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on panics"
)]

mod access;
mod api;
mod manager;
mod pages;
mod place;
mod probes;
mod rights;
mod support;
