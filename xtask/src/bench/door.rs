//! Doorward as the bench runs it: release build, `serve`, SQLite, one app.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::PROXY_CORE;
use super::http;
use crate::failure::{Failure, Outcome, While};
use crate::process::{Companion, Recipe, free_port};

/// The administrator that the bench makes and signs in as. The database lives for one bench.
const USER: &str = "bench";
const PASSWORD: &str = "a-password-for-one-bench";

/// A running Doorward.
#[derive(Debug)]
pub struct Door {
    process: Companion,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// From start to the first answer.
    pub first_answer: Duration,
    /// Its database file.
    pub database: PathBuf,
    program: PathBuf,
    configuration: PathBuf,
}

impl Door {
    /// Starts it on a database that is fresh unless one of this name is there.
    pub fn start(doorward: &Path, folder: &Path, name: &str, upstream: u16) -> Outcome<Self> {
        Self::start_with(doorward, folder, name, upstream, "")
    }

    /// The same with more lines of the app's configuration.
    pub fn start_with(doorward: &Path, folder: &Path, name: &str, upstream: u16, app: &str) -> Outcome<Self> {
        let port = free_port()?;
        let database = folder.join(format!("{name}.db"));
        let file = folder.join(format!("{name}.yaml"));
        let configuration = format!(
            "listen: 127.0.0.1:{port}\ndatabase: sqlite://{}\napps:\n  tool:\n    upstream: http://127.0.0.1:{upstream}\n    profile: dagster\n{app}",
            database.display()
        );
        std::fs::write(&file, configuration).during("writing Doorward's configuration")?;
        let began = Instant::now();
        let process = Companion::start(&Recipe {
            name: "Doorward",
            command: &[doorward.as_os_str(), OsStr::new("serve"), OsStr::new("--config"), file.as_os_str()],
            environment: &[
                ("DOORWARD_ADMIN_USER", OsStr::new(USER)),
                ("DOORWARD_ADMIN_PASSWORD", OsStr::new(PASSWORD)),
            ],
            core: Some(PROXY_CORE),
            folder,
            log: &folder.join(format!("{name}.log")),
        })?;
        let process = process.listening(port, Duration::from_secs(30))?;
        let answer = http::get(port, "/_doorward/health")?;
        let first_answer = began.elapsed();
        if answer.status != 200 {
            return Err(Failure::new(format!("Doorward answers {} to /_doorward/health", answer.status)));
        }
        Ok(Self { process, port, first_answer, database, program: doorward.to_owned(), configuration: file })
    }

    /// Signs the administrator in: the cookie to send.
    pub fn sign_in(&self) -> Outcome<String> {
        self.sign_in_as(USER)
    }

    /// Signs somebody in: the cookie to send.
    pub fn sign_in_as(&self, name: &str) -> Outcome<String> {
        let body = format!(r#"{{"username":"{name}","password":"{PASSWORD}"}}"#);
        let answer = http::post(self.port, "/_doorward/api/v1/auth/login", &body)?;
        let cookie = answer.header("set-cookie").and_then(|value| value.split(';').next());
        match cookie {
            Some(cookie) if answer.status == 200 => Ok(cookie.to_owned()),
            _ => Err(Failure::new(format!("could not sign in: {} {}", answer.status, answer.body))),
        }
    }

    /// Makes a user who signs in with the bench's password.
    pub fn add_user(&self, name: &str) -> Outcome {
        self.command(&["user", "add", name, "--password-stdin"], PASSWORD).map(drop)
    }

    /// What a command of Doorward prints, on this configuration and database.
    pub fn command(&self, words: &[&str], input: &str) -> Outcome<String> {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--config").arg(&self.configuration);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().during("starting a command")?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).during("writing to a command")?;
        }
        let output = child.wait_with_output().during("waiting for a command")?;
        if !output.status.success() {
            return Err(Failure::new(format!("`doorward {}` failed", words.join(" "))));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Resident memory in bytes: all, and its own.
    pub fn resident(&self) -> Outcome<(u64, u64)> {
        self.process.resident()
    }
}

/// Forgets a database of an earlier bench.
pub fn forget(folder: &Path, name: &str) {
    for ending in ["db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{name}.{ending}")));
    }
}
