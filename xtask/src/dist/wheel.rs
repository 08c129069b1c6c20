//! The wheel: maturin builds the binary and packs it; zig links it against the glibc of `manylinux2014`, which every pip knows.

use super::Built;
use crate::failure::Outcome;
use crate::python::Venv;
use crate::steps::{cargo, run_quietly};

/// glibc 2.17 at least: Debian 11, RHEL 8 and everything newer, with the oldest pip they bring.
const PLATFORM: &str = "manylinux2014";

pub(super) fn build(built: &Built<'_>) -> Outcome {
    let tools = Venv::packaging(built.workspace)?;
    // maturin finds cargo in PATH and zig in its own Python.
    let mut maturin = std::process::Command::new(tools.program("maturin"));
    maturin
        .current_dir(built.workspace.root.join("packaging/wheel"))
        .env("PATH", tools.path()?)
        .env("CARGO", cargo(&built.workspace.root).get_program())
        .env("CARGO_TARGET_DIR", &built.workspace.target)
        .args(["build", "--locked", "--zig", "--compatibility", PLATFORM])
        .args(["--profile", built.profile, "--target", &built.target])
        .arg("--out")
        .arg(&built.folder);
    run_quietly(&mut maturin)
}
