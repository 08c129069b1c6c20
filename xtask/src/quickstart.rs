//! `cargo xtask quickstart`: from a fresh clone to a guarded Dagster, in one command.

use std::{os::unix::process::CommandExt, path::Path, process::Command};

use crate::failure::{Failure, Outcome, While};
use crate::python::Venv;
use crate::steps::say;
use crate::workspace::Workspace;

/// What Dagster is told about this instance. Its default queue needs a second process (`dagster-daemon`) to start runs; here
/// they start at once.
const DAGSTER_YAML: &str = "\
telemetry: {enabled: false}
run_coordinator:
  module: dagster.core.run_coordinator
  class: DefaultRunCoordinator
";

/// Said before the first step. What the steps themselves print is shown only when one fails; the last words are Doorward's own.
const BUILDING: &str = "building Doorward (release; the first time takes some minutes)";

/// Said before the last.
fn starting(port: u16, home: &Path) -> String {
    format!("starting Dagster behind Doorward on http://127.0.0.1:{port} (everything lives in {})", home.display())
}

/// Builds, installs, and becomes Doorward: what stops it (Ctrl-C, SIGTERM) reaches it, and its exit code is ours.
pub fn quickstart(workspace: &Workspace, port: u16) -> Outcome {
    say(BUILDING);
    let doorward = workspace.build_doorward(true)?;
    let venv = Venv::dagster(workspace)?;
    let home = workspace.scratch("quickstart/dagster")?;
    std::fs::write(home.join("dagster.yaml"), DAGSTER_YAML).during("writing dagster.yaml")?;
    let database = workspace.target.join("quickstart/doorward.db");

    say(starting(port, &home));
    let error = Command::new(&doorward)
        .current_dir(&workspace.root)
        .env("PATH", venv.path()?)
        .env("DAGSTER_HOME", &home)
        .env("DAGSTER_DISABLE_TELEMETRY", "yes")
        .arg("--database")
        .arg(format!("sqlite://{}", database.display()))
        .args(["dagster", "-f", "examples/quickstart/definitions.py", "-p", &port.to_string()])
        .exec();
    Err(Failure::new(format!("cannot start {}: {error}", doorward.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::run_quietly;

    #[test]
    fn each_step_is_one_short_line() {
        for line in [BUILDING.to_owned(), starting(3000, Path::new("/home/ada/doorward/target/quickstart/dagster"))] {
            assert!(line.lines().count() == 1 && line.len() < 160, "{line}");
        }
    }

    #[test]
    fn a_step_that_says_much_is_done_and_one_that_fails_is_named() {
        let mut noisy = Command::new("sh");
        noisy.args(["-c", "for n in $(seq 840); do echo line $n; done"]);
        run_quietly(&mut noisy).expect("it works");
        let failure = run_quietly(Command::new("sh").args(["-c", "exit 3"])).expect_err("it fails");
        assert!(failure.to_string().contains("exit 3"), "{failure}");
    }
}
