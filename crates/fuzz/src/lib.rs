//! What must hold for every input a stranger can send, however broken: the bodies of the fuzz targets.
//!
//! Each target takes bytes and panics when a promise is broken. They run in two ways: under cargo-fuzz (`fuzz/`, needs a nightly
//! toolchain), and in [`mod@drive`], a loop of random mutations on stable that `cargo test` runs for a moment. Used by tests only.

#![expect(clippy::panic, clippy::missing_panics_doc, reason = "a target tells of a broken promise by panicking")]

pub mod drive;
pub mod mutate;
pub mod targets;

pub use drive::{Bound, drive, seeds};
pub use targets::{TARGETS, Target};
