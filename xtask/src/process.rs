//! Programs that run beside us and end with us, however we end.

use std::ffi::OsStr;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome, While};

/// A running program; dropped, it is told to stop, and after ten seconds made to.
#[derive(Debug)]
pub struct Companion {
    child: Child,
    name: String,
    log: PathBuf,
}

/// What [`Companion::start`] wants to know.
#[derive(Debug)]
pub struct Recipe<'a> {
    /// For messages.
    pub name: &'a str,
    /// The program and its arguments.
    pub command: &'a [&'a OsStr],
    /// Additional environment.
    pub environment: &'a [(&'a str, &'a OsStr)],
    /// The core to run on; `None` is any.
    pub core: Option<usize>,
    /// Where it runs.
    pub folder: &'a Path,
    /// Where its output goes.
    pub log: &'a Path,
}

impl Companion {
    /// Starts it. The death signal stops it even when we are killed.
    pub fn start(recipe: &Recipe<'_>) -> Outcome<Self> {
        let log = File::create(recipe.log).during(format_args!("making {}", recipe.log.display()))?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]);
        if let Some(core) = recipe.core {
            command.args(["taskset", "-c", &core.to_string()]);
        }
        let child = command
            .args(recipe.command)
            .envs(recipe.environment.iter().copied())
            .current_dir(recipe.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .during(format_args!("starting {}", recipe.name))?;
        Ok(Self { child, name: recipe.name.to_owned(), log: recipe.log.to_owned() })
    }

    /// Waits until something listens on this port.
    pub fn listening(mut self, port: u16, patience: Duration) -> Outcome<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(Failure::new(format!(
                    "{} ended at once ({status}); see {}",
                    self.name,
                    self.log.display()
                )));
            }
            if began.elapsed() > patience {
                return Err(Failure::new(format!(
                    "{} does not listen after {patience:?}; see {}",
                    self.name,
                    self.log.display()
                )));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(self)
    }

    /// Resident memory in bytes, as the kernel counts it: all of it, and the part that is its own (the rest is mostly the program
    /// file, which the kernel can drop and read again).
    pub fn resident(&self) -> Outcome<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .during("reading the memory of a process")?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes =
                line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
            kilobytes
                .map(|kilobytes| kilobytes * 1024)
                .ok_or_else(|| Failure::new(format!("{} has no memory to read", self.name)))
        };
        Ok((bytes("VmRSS:")?, bytes("RssAnon:")?))
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        // TERM first, so that it can stop its own children.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).stderr(Stdio::null()).status();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
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
