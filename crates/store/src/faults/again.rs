//! A test once more, in a process of its own: for what is of a whole process, as its limits and its end are.

use std::process::Command;

/// Says what the process of its own is for.
const TOLD: &str = "DOORWARD_STORE_FAULTS";

/// What this process was started for, by [`again`].
pub(super) fn told() -> Option<String> {
    std::env::var(TOLD).ok()
}

/// The program of these tests, with nothing to run but this one of [`super`]'s, which is told this.
pub(super) fn again(test: &str, told: &str) -> Command {
    let mut command = Command::new("env");
    // Going beyond the limit of a file is an error of the write, and not the end of the process.
    command.args(["--ignore-signal=XFSZ", &format!("{TOLD}={told}")]);
    command.arg(std::env::current_exe().unwrap()).args(["--exact", &format!("faults::{test}"), "--nocapture"]);
    command
}
