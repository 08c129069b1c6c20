//! `cargo xtask fuzz`: the fuzz targets for longer than the tests run them.

use std::process::Command;

use crate::failure::{Failure, Outcome, While};
use crate::steps::{cargo, read, run, say, which};
use crate::workspace::Workspace;

/// Runs each target for so many seconds: with cargo-fuzz and a nightly toolchain if both are there, else with the loop that runs
/// on stable.
pub fn fuzz(workspace: &Workspace, seconds: u64) -> Outcome {
    let folder = workspace.root.join("fuzz");
    if !folder.join("Cargo.toml").exists() {
        return Err(Failure::new("there is no fuzz/Cargo.toml"));
    }
    let has_nightly = read(Command::new("rustup").args(["toolchain", "list"])).is_ok_and(|list| list.contains("nightly"));
    if which("cargo-fuzz").is_some() && has_nightly {
        say("cargo-fuzz with the nightly toolchain");
        let targets = read(Command::new("cargo").args(["+nightly", "fuzz", "list"]).current_dir(&workspace.root))?;
        for target in targets.split_whitespace() {
            say(format_args!("{target} for {seconds} s"));
            let limit = format!("-max_total_time={seconds}");
            // New inputs go to the first folder; the checked-in ones are only read.
            let (found, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
            std::fs::create_dir_all(workspace.root.join(&found)).during(format_args!("making {found}"))?;
            let arguments = ["+nightly", "fuzz", "run", target, &found, &seeds, "--", &limit];
            run(Command::new("cargo").args(arguments).current_dir(&workspace.root))?;
        }
        return Ok(());
    }
    say("no cargo-fuzz with a nightly toolchain here: the loop that runs on stable (random mutations of the seeds, no coverage)");
    run(cargo(&workspace.root).args(["test", "--release", "-p", "doorward-fuzz"]).env("DOORWARD_FUZZ_SECONDS", seconds.to_string()))
}
