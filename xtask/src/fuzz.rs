//! `cargo xtask fuzz`: the fuzz targets for longer than the tests run them.

use std::process::Command;

use crate::failure::{Failure, Outcome, While};
use crate::steps::{cargo, read, run, say, which};
use crate::workspace::Workspace;

/// Lets a stable compiler instrument for the sanitizer, as a nightly one does unasked.
const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// Runs each target for so many seconds: with cargo-fuzz if it is there, else with the loop that the tests run too.
pub fn fuzz(workspace: &Workspace, seconds: u64) -> Outcome {
    let folder = workspace.root.join("fuzz");
    if !folder.join("Cargo.toml").exists() {
        return Err(Failure::new("there is no fuzz/Cargo.toml"));
    }
    if which("cargo-fuzz").is_none() {
        say("no cargo-fuzz here (cargo install cargo-fuzz): random mutations of the seeds, not guided by coverage");
        let mut tests = cargo(&workspace.root);
        return run(tests
            .args(["test", "--release", "-p", "doorward-fuzz"])
            .env("DOORWARD_FUZZ_SECONDS", seconds.to_string()));
    }
    let cargo_fuzz = || {
        let mut command = Command::new("cargo");
        command.arg("fuzz").env(UNSTABLE.0, UNSTABLE.1).current_dir(&workspace.root);
        command
    };
    for target in read(cargo_fuzz().arg("list"))?.split_whitespace() {
        say(format_args!("{target} for {seconds} s"));
        let limit = format!("-max_total_time={seconds}");
        // New inputs go to the first folder; the checked-in ones are only read.
        let (found, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
        std::fs::create_dir_all(workspace.root.join(&found)).during(format_args!("making {found}"))?;
        run(cargo_fuzz().args(["run", target, &found, &seeds, "--", &limit]))?;
    }
    Ok(())
}
