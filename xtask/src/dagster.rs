//! One real Dagster, started for a whole run of tests or benches and stopped with it.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome, While};
use crate::python::Venv;
use crate::workspace::Workspace;

/// A running dagster-webserver with the example project. Runs that are launched stay queued: nothing dequeues them, so tests see
/// what was launched, with which tags, and pay for no run.
#[derive(Debug)]
pub struct Dagster {
    child: Child,
    port: u16,
}

impl Dagster {
    /// Starts it with a fresh, empty instance and waits until it listens.
    pub fn start(workspace: &Workspace, venv: &Venv) -> Outcome<Self> {
        let home = workspace.target.join("test-dagster");
        let _ = std::fs::remove_dir_all(&home);
        let home = workspace.scratch("test-dagster")?;
        std::fs::write(home.join("dagster.yaml"), "telemetry: {enabled: false}\n").during("writing dagster.yaml")?;
        let log = File::create(home.join("webserver.log")).during("making Dagster's log")?;
        let port = free_port()?;
        // The death signal stops it even when we are killed.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(venv.program("dagster-webserver"))
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-f", "examples/quickstart/definitions.py"])
            .current_dir(&workspace.root)
            .env("PATH", venv.path()?)
            .env("DAGSTER_HOME", &home)
            .env("DAGSTER_DISABLE_TELEMETRY", "yes")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .during("starting dagster-webserver")?;
        let mut dagster = Self { child, port };
        dagster.wait(&home)?;
        Ok(dagster)
    }

    fn wait(&mut self, home: &std::path::Path) -> Outcome {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(90) {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(Failure::new(format!(
                    "Dagster ended at once ({status}); see {}",
                    home.join("webserver.log").display()
                )));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(Failure::new(format!("Dagster did not start within 90 s; see {}", home.join("webserver.log").display())))
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Dagster {
    fn drop(&mut self) {
        // TERM, so that it stops its code server too; `Child::kill` would leave that behind.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on right now.
pub fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).during("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}
