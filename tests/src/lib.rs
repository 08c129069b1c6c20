//! The whole product as its users meet it: the built binary as a process, a real Dagster behind it, a real browser before it.
//!
//! This crate knows none of Doorward's crates; it talks HTTP, reads what commands print, and looks into the database with the
//! sqlite3 shell where somebody with access to the disk would. `cargo xtask test` prepares what it needs and says where through
//! the environment:
//!
//! | variable | is |
//! |---|---|
//! | `DOORWARD_TEST_BINARY` | the binary; else the one beside the tests in the build folder |
//! | `DOORWARD_TEST_DAGSTER` | address of a running Dagster with the example project |
//! | `DOORWARD_TEST_PYTHON` | the Python of the environment with the pinned Dagster |
//! | `DOORWARD_TEST_DG_PYTHON` | the Python of the environment with `dagster dev` and `dg` |
//! | `DOORWARD_TEST_CHROMIUM` | the browser |
//! | `DOORWARD_TEST_BROWSER` | the folder of the browser tests with its packages installed |
//!
//! A test whose variable is missing fails and says so; none is skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "in test code a panic is the message of the failing test"
)]

#[cfg(test)]
mod attacks;
pub mod harness;

#[cfg(test)]
mod product;
