//! Doorward as the bench runs it: release build, `serve`, SQLite, one app.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
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
}

impl Door {
    /// Starts it on a database that is fresh unless one of this name is there.
    pub fn start(doorward: &Path, folder: &Path, name: &str, upstream: u16) -> Outcome<Self> {
        let port = free_port()?;
        let database = folder.join(format!("{name}.db"));
        let file = folder.join(format!("{name}.yaml"));
        let configuration = format!(
            "listen: 127.0.0.1:{port}\ndatabase: sqlite://{}\napps:\n  tool: {{upstream: \"http://127.0.0.1:{upstream}\", profile: dagster}}\n",
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
        Ok(Self { process, port, first_answer, database })
    }

    /// Signs the administrator in: the cookie to send.
    pub fn sign_in(&self) -> Outcome<String> {
        let body = format!(r#"{{"username":"{USER}","password":"{PASSWORD}"}}"#);
        let answer = http::post(self.port, "/_doorward/api/v1/auth/login", &body)?;
        let cookie = answer.header("set-cookie").and_then(|value| value.split(';').next());
        match cookie {
            Some(cookie) if answer.status == 200 => Ok(cookie.to_owned()),
            _ => Err(Failure::new(format!("could not sign in: {} {}", answer.status, answer.body))),
        }
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
