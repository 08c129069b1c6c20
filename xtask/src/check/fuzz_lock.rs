//! The fuzz targets are a workspace of their own, which no other command builds: its lock file goes out of date with ours.
//!
//! That each target is there, and what it calls, is tried by the tests of `crates/fuzz`.

use crate::failure::{Failure, Outcome};
use crate::steps::{cargo, read};
use crate::workspace::Workspace;

/// Has cargo read the manifest with the lock file as it is.
pub fn check_fuzz_lock(workspace: &Workspace) -> Outcome {
    let mut metadata = cargo(&workspace.root);
    metadata.args(["metadata", "--locked", "--format-version=1", "--manifest-path", "fuzz/Cargo.toml"]);
    let advice =
        |failure| Failure::new(format!("{failure}\nmend it with: cargo metadata --manifest-path fuzz/Cargo.toml"));
    read(&mut metadata).map(drop).map_err(advice)
}
