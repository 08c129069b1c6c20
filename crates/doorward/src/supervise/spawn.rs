//! Starting a reaper with its tool.

use rustix::process::{Pid, Signal};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;

use super::reaper::END_ALL;
use super::strays;
use crate::descriptors;

/// The exit code of a shell, and of ours, for a program that is there and cannot be run.
pub const CANNOT_BE_RUN: u8 = 126;
/// The same for one that is not there.
pub const NOT_FOUND: u8 = 127;

/// A reaper that runs.
#[derive(Debug)]
pub struct Kept {
    pid: Option<Pid>,
    lifeline: UnixStream,
    time_is_over: Arc<AtomicBool>,
    /// The tool's exit code, once it ended. What it started may go on.
    pub ended: oneshot::Receiver<u8>,
    /// Tells when the reaper is gone, and with it all that the tool started.
    pub gone: oneshot::Receiver<()>,
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

    /// Has the tool and everything it started asked to stop, and killed where that does not help within
    /// [`PATIENCE`](super::reaper::PATIENCE).
    pub fn end_all(&mut self) {
        self.time_is_over.store(true, Ordering::Release);
        let _ = self.lifeline.write_all(&[END_ALL]);
    }
}

/// Starts `command` under a reaper. Our own variables (`DOORWARD_…`, some are secrets) are not for the tool.
pub fn spawn(command: &[String], variables: &[(String, String)]) -> std::io::Result<Kept> {
    let mut reaper = Command::new("/proc/self/exe");
    reaper.arg0("doorward").arg("__keep").args(descriptors::option(descriptors::of_tools())).arg("--").args(command);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("DOORWARD_")) {
            reaper.env_remove(name);
        }
    }
    reaper.envs(variables.iter().map(|(name, value)| (name, value)));
    let (lifeline, keepers_end) = UnixStream::pair()?;
    // A group of its own: Ctrl-C in a terminal is for Doorward, which then stops the tool in good order.
    reaper.process_group(0).stdin(OwnedFd::from(keepers_end)).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (told, time_is_over) = (lifeline.try_clone()?, Arc::new(AtomicBool::new(false)));
    let over = Arc::clone(&time_is_over);
    let (started, starting) = std::sync::mpsc::channel();
    let ((end, ended), (go, gone)) = (oneshot::channel(), oneshot::channel());
    // The kernel's parent-death signal follows the thread that started the child, so that thread stays until the child has ended.
    std::thread::Builder::new().name("reaper".into()).stack_size(64 * 1024).spawn(move || {
        match strays::spawn_keeper(&mut reaper) {
            Err(error) => drop(started.send(Err(error))),
            Ok(mut child) => {
                // It holds the reaper's end of the lifeline, which must close with the reaper.
                drop(reaper);
                let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                let _ = started.send(Ok((pid, child.stdout.take(), child.stderr.take())));
                wait_for(&mut child, told, end, &over);
                // The receiver is gone only when Doorward is going anyway.
                let _ = go.send(());
            }
        }
    })?;
    let lost = || std::io::Error::other("the reaper's thread ended");
    let (pid, stdout, stderr) = starting.recv().map_err(|_| lost())??;
    let (Some(stdout), Some(stderr)) = (stdout, stderr) else { return Err(lost()) };
    Ok(Kept { pid, lifeline, time_is_over, ended, gone, output: Some((stdout, stderr)) })
}

/// Tells the tool's exit code when the reaper does, and returns when the reaper and everything the tool started are gone.
fn wait_for(child: &mut Child, mut told: UnixStream, end: oneshot::Sender<u8>, time_is_over: &AtomicBool) {
    let mut code = [0];
    let code = told.read_exact(&mut code).map(|()| code[0]);
    let mut end = Some(end);
    let mut say = |code| end.take().map(|end| end.send(code));
    if let Ok(code) = code {
        say(code);
    }
    let status = child.wait();
    strays::forget_keeper(child.id());
    let killed = status.as_ref().is_ok_and(|status| status.signal().is_some());
    say(status.map_or(1, exit_code));
    if killed {
        // Somebody killed the reaper; the kernel kills the tool then, and what the tool started falls to us.
        strays::see_off(time_is_over);
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

/// Why a program cannot be started, with the exit code that shells have for it (POSIX, Shell and Utilities, 2.8.2); `None` if it can be tried.
pub fn unstartable(program: &str) -> Option<(u8, String)> {
    if find_program(program).is_some() {
        return None;
    }
    if Path::new(program).is_dir() && program.contains('/') {
        return Some((CANNOT_BE_RUN, format!("{program} is a folder, not a program")));
    }
    Some(match (program.contains('/'), Path::new(program).exists()) {
        (true, true) => (CANNOT_BE_RUN, format!("{program} cannot be run: it is not executable (chmod +x)")),
        (true, false) => (NOT_FOUND, format!("there is no program {program}")),
        (false, _) => (NOT_FOUND, format!("{program} was not found in PATH")),
    })
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
    // Where nobody says, there is what the C library looks through for whoever starts it.
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| is_runnable(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_started_is_told_apart() {
        assert_eq!(unstartable("/bin/sh"), None);
        assert_eq!(unstartable("sh"), None);
        let code = |program: &str| unstartable(program).map(|(code, _)| code);
        assert_eq!(code("/nonexistent"), Some(127));
        assert_eq!(code("no-such-program-anywhere"), Some(127));
        assert_eq!(code("/"), Some(126));
        assert_eq!(code(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")), Some(126));
    }
}
