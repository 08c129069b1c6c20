//! `cargo xtask quickstart`: from a fresh clone to a guarded Dagster, in one command.

use std::{os::unix::process::CommandExt, process::Command};

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

/// Builds, installs, and becomes Doorward: what stops it (Ctrl-C, SIGTERM) reaches it, and its exit code is ours.
pub fn quickstart(workspace: &Workspace, port: u16) -> Outcome {
    say("building Doorward (release; the first time takes some minutes)");
    let doorward = workspace.build_doorward(true)?;
    let venv = Venv::dagster(workspace)?;
    let home = workspace.scratch("quickstart/dagster")?;
    std::fs::write(home.join("dagster.yaml"), DAGSTER_YAML).during("writing dagster.yaml")?;
    let database = workspace.target.join("quickstart/doorward.db");

    say(format_args!(
        "starting Dagster behind Doorward on http://127.0.0.1:{port} (everything lives in {})",
        home.display()
    ));
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
