//! Starting a keeper with its tool.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions};
use tokio::sync::oneshot;

use super::descendants;
use super::keeper::KILL_NOW;

/// A keeper that runs.
#[derive(Debug)]
pub struct Kept {
    pid: Option<Pid>,
    lifeline: ChildStdin,
    /// The exit code, once it ended.
    pub ended: oneshot::Receiver<u8>,
    /// The tool's output; taken once.
    pub output: Option<(ChildStdout, ChildStderr)>,
}

impl Kept {
    /// Passes a signal to the tool.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid {
            // Gone already is as good.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    /// Kills the tool and everything it started.
    pub fn kill(&mut self) {
        let _ = self.lifeline.write_all(&[KILL_NOW]);
    }
}

/// Starts `command` under a keeper. Our own variables (`DOORWARD_…`, some are secrets) are not for the tool.
pub fn spawn(command: &[String], variables: &[(String, String)]) -> std::io::Result<Kept> {
    let mut keeper = Command::new("/proc/self/exe");
    keeper.arg0("doorward").args(["__keep", "--"]).args(command);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("DOORWARD_")) {
            keeper.env_remove(name);
        }
    }
    keeper.envs(variables.iter().map(|(name, value)| (name, value)));
    // A group of its own: Ctrl-C in a terminal is for Doorward, which then stops the tool in good order.
    keeper.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (started, starting) = std::sync::mpsc::channel();
    let (end, ended) = oneshot::channel();
    // The kernel's parent-death signal follows the thread that started the child, so that thread stays until the child has ended.
    std::thread::Builder::new().name("keeper".into()).stack_size(64 * 1024).spawn(move || match spawn_known(&mut keeper) {
        Err(error) => drop(started.send(Err(error))),
        Ok(mut child) => {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
            let _ = started.send(Ok((pid, pipes)));
            let status = child.wait();
            if status.as_ref().is_ok_and(|status| status.signal().is_some()) {
                // Somebody killed the keeper; the kernel kills the tool then, and what the tool started falls to us.
                end_strays();
            }
            forget(pid);
            // The receiver is gone only when Doorward is going anyway.
            let _ = end.send(status.map_or(1, exit_code));
        }
    })?;
    let lost = || std::io::Error::other("the keeper's thread ended");
    let (pid, pipes) = starting.recv().map_err(|_| lost())??;
    let (Some(lifeline), Some(stdout), Some(stderr)) = pipes else { return Err(lost()) };
    Ok(Kept { pid, lifeline, ended, output: Some((stdout, stderr)) })
}

/// The keepers that run; everything else below us is a stray.
static KEEPERS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Starts a keeper and notes it before anybody can take it for a stray.
fn spawn_known(keeper: &mut Command) -> std::io::Result<Child> {
    // Orphans of a killed keeper come to us instead of escaping to init.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let mut keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
    let child = keeper.spawn()?;
    keepers.extend(i32::try_from(child.id()));
    Ok(child)
}

fn forget(pid: Option<Pid>) {
    let mut keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
    keepers.retain(|keeper| Some(*keeper) != pid.map(|pid| pid.as_raw_nonzero().get()));
}

/// Kills what has become ours and is no keeper, until nothing more comes.
fn end_strays() {
    for _ in 0..100 {
        let keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
        let strays = descendants::children_but(&keepers);
        if strays.is_empty() {
            return;
        }
        for stray in strays {
            let _ = rustix::process::kill_process(stray, Signal::KILL);
            let _ = rustix::process::waitpid(Some(stray), WaitOptions::NOHANG);
        }
        drop(keepers);
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

/// A port on 127.0.0.1 that nobody listens on right now.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Where a program is: itself if it is a path, else the first of its name in `PATH`.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let is_runnable = |path: &Path| {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| is_runnable(path));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| is_runnable(candidate))
}
