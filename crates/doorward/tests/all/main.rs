//! The binary as its users meet it: real processes, a real database in a folder of its own for each test.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

mod access;
mod apps;
mod audit;
mod audit_copies;
mod backup;
mod config;
mod databases;
mod logging;
mod people;
mod readiness;
mod reaper;
mod serving;
mod support;
mod wrap;
