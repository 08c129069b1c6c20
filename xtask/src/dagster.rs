//! One real Dagster, started for a whole run of tests or benches and stopped with it.

use std::ffi::OsStr;
use std::time::Duration;

use crate::failure::{Outcome, While};
use crate::process::{Companion, Recipe, free_port};
use crate::python::Venv;
use crate::workspace::Workspace;

/// A running dagster-webserver with the example project. Runs that are launched stay queued: nothing dequeues them, so tests see
/// what was launched, with which tags, and pay for no run.
#[derive(Debug)]
pub struct Dagster {
    _process: Companion,
    port: u16,
}

impl Dagster {
    /// Starts it with a fresh, empty instance and waits until it listens.
    pub fn start(workspace: &Workspace, venv: &Venv, core: Option<usize>) -> Outcome<Self> {
        let home = workspace.target.join("test-dagster");
        let _ = std::fs::remove_dir_all(&home);
        let home = workspace.scratch("test-dagster")?;
        std::fs::write(home.join("dagster.yaml"), "telemetry: {enabled: false}\n").during("writing dagster.yaml")?;
        let port = free_port()?;
        let process = Companion::start(&Recipe {
            name: "Dagster",
            command: &[
                venv.program("dagster-webserver").as_os_str(),
                OsStr::new("-p"),
                OsStr::new(&port.to_string()),
                OsStr::new("-f"),
                OsStr::new("examples/quickstart/definitions.py"),
            ],
            environment: &[
                ("PATH", &venv.path()?),
                ("DAGSTER_HOME", home.as_os_str()),
                ("DAGSTER_DISABLE_TELEMETRY", OsStr::new("yes")),
            ],
            core,
            folder: &workspace.root,
            log: &home.join("webserver.log"),
        })?;
        Ok(Self { _process: process.listening(port, Duration::from_secs(90))?, port })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}
