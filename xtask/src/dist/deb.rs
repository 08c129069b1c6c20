//! The Debian package: cargo-deb, with the binary that was built for the wheel. What goes in is in `crates/doorward/Cargo.toml`.

use std::process::Command;

use super::Built;
use crate::failure::Outcome;
use crate::steps::{cargo, read, run_quietly, say};

const CARGO_DEB: &str = "3.8.0";

pub(super) fn pack(built: &Built<'_>) -> Outcome {
    let tool = cargo_deb(built)?;
    let mut command = Command::new(tool);
    command
        .current_dir(&built.workspace.root)
        .env("CARGO_TARGET_DIR", &built.workspace.target)
        .args(["--package", "doorward", "--no-build", "--no-strip", "--locked"])
        .args(["--profile", built.profile, "--target", &built.target])
        .arg("--output")
        .arg(&built.folder);
    if built.profile != "dist" {
        // Nobody downloads it: it may be larger.
        command.arg("--fast");
    }
    run_quietly(&mut command)
}

/// Ours, under the build folder: what happens to be installed may be of another version.
fn cargo_deb(built: &Built<'_>) -> Outcome<std::path::PathBuf> {
    let root = built.workspace.target.join("tools/cargo-deb");
    let tool = root.join("bin/cargo-deb");
    if read(Command::new(&tool).arg("--version")).is_ok_and(|version| version.trim().ends_with(CARGO_DEB)) {
        return Ok(tool);
    }
    say(format_args!("building cargo-deb {CARGO_DEB} (once)"));
    let mut install = cargo(&built.workspace.root);
    // Unoptimized: it packs as quickly, and is built in less than half the time.
    install
        .args(["install", "--quiet", "--locked", "--debug", "--version", CARGO_DEB, "--root"])
        .arg(root)
        .arg("cargo-deb");
    install.env("CARGO_TARGET_DIR", built.workspace.target.join("tools/build"));
    run_quietly(&mut install)?;
    Ok(tool)
}
