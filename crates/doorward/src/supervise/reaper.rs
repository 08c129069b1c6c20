//! The reaper: this binary run again between Doorward and a tool, so that the tool cannot outlive Doorward.
//!
//! Its standard input is one end of a socket to Doorward. When that closes, Doorward is gone, and so is everything below the reaper
//! soon after; also when Doorward was killed and could do nothing about it. As a child subreaper it inherits whatever the tool leaves
//! behind (code servers, runs), so nothing escapes by double forking. When the tool ends, the reaper tells its exit code through the
//! socket and stays until all that the tool started has ended too: how long that may take is for Doorward to say ([`END_ALL`]). It
//! ends with the tool's exit code.
//!
//! The tool itself is started through one more run of this binary ([`become_tool`]), which asks the kernel to be killed when the
//! reaper dies, and then turns into the tool. All of this without `unsafe`: each process only sets such things on itself.

use rustix::process::{Pid, Signal};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::descendants;
use super::spawn::{CANNOT_BE_RUN, NOT_FOUND};
use crate::descriptors;

/// How long a process gets between being asked to stop and being killed: enough to write down how it ended.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// What Doorward writes into the socket when the time of everything below is over.
pub const END_ALL: u8 = b'e';

/// What the reaper reacts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// Pass this on to the tool.
    Forward(Signal),
    /// Some child ended.
    ChildEnded,
    /// Doorward is gone.
    Orphaned,
    /// The time of everything is over.
    EndAll,
}

/// Runs the tool until it ends or has to; the exit code is the tool's.
pub fn keep(descriptors: Option<u64>, command: &[String]) -> ExitCode {
    let doorward = rustix::process::getppid();
    // The pipe tells the same; this is for a Doorward whose pipe somebody else still holds open.
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::TERM));
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        eprintln!("doorward: cannot become a child subreaper: {error}");
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let code = match runtime {
        Ok(runtime) => runtime.block_on(watch(descriptors, command, doorward)),
        Err(error) => Err(error),
    };
    match code {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("doorward: cannot start {}: {error}", command.first().map_or("nothing", String::as_str));
            ExitCode::FAILURE
        }
    }
}

async fn watch(descriptors: Option<u64>, command: &[String], doorward: Option<Pid>) -> std::io::Result<u8> {
    let mut events = listen(doorward)?;
    let me = rustix::process::getpid().as_raw_nonzero();
    let child = Command::new("/proc/self/exe")
        .arg0("doorward")
        .args(["__become", &me.to_string()])
        .args(descriptors::option(descriptors))
        .arg("--")
        .args(command)
        .stdin(Stdio::null())
        .spawn()?;
    let tool = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let mut ended = None;
    while let Some(event) = events.recv().await {
        match event {
            Event::Forward(signal) => {
                if let Some(tool) = tool.filter(|_| ended.is_none()) {
                    let _ = rustix::process::kill_process(tool, signal);
                }
            }
            Event::ChildEnded => {
                if let Some((_, code)) = descendants::reap().into_iter().find(|(pid, _)| Some(*pid) == tool) {
                    ended = Some(code);
                    tell(code);
                }
                if let Some(code) = ended.filter(|_| descendants::of_this_process().is_empty()) {
                    return Ok(code);
                }
            }
            Event::Orphaned | Event::EndAll => {
                end_all().await;
                return Ok(ended.unwrap_or(1));
            }
        }
    }
    Ok(1)
}

/// Tells Doorward that the tool has ended, through the socket that is our standard input.
fn tell(code: u8) {
    if let Ok(doorward) = std::io::stdin().as_fd().try_clone_to_owned() {
        // Nobody there, or a pipe that is only for reading: our own exit code tells the same, later.
        let _ = File::from(doorward).write_all(&[code]);
    }
}

/// Asks everything below to stop, and kills what does not within [`PATIENCE`].
async fn end_all() {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    descendants::signal_all(Signal::TERM);
    loop {
        descendants::reap();
        if descendants::of_this_process().is_empty() {
            return;
        }
        if tokio::time::Instant::now() >= deadline {
            // Again and again: what is being killed may just have started something.
            descendants::signal_all(Signal::KILL);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn listen(doorward: Option<Pid>) -> std::io::Result<mpsc::Receiver<Event>> {
    let (events, receiver) = mpsc::channel(16);
    let forwarded = [
        (SignalKind::terminate(), Event::Forward(Signal::TERM)),
        (SignalKind::interrupt(), Event::Forward(Signal::INT)),
        (SignalKind::hangup(), Event::Forward(Signal::HUP)),
        (SignalKind::quit(), Event::Forward(Signal::QUIT)),
        (SignalKind::user_defined1(), Event::Forward(Signal::USR1)),
        (SignalKind::user_defined2(), Event::Forward(Signal::USR2)),
        (SignalKind::child(), Event::ChildEnded),
    ];
    for (kind, event) in forwarded {
        let mut stream = signal(kind)?;
        let events = events.clone();
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                if event == Event::Forward(Signal::TERM) && rustix::process::getppid() != doorward {
                    let _ = events.send(Event::Orphaned).await;
                }
                if events.send(event).await.is_err() {
                    return;
                }
            }
        });
    }
    // A thread, not a task: reading standard input blocks, and must not keep the runtime from ending.
    std::thread::Builder::new().name("lifeline".into()).spawn(move || {
        let mut byte = [0];
        loop {
            let event = match std::io::stdin().read(&mut byte) {
                Ok(1) if byte == [END_ALL] => Event::EndAll,
                Ok(1) => continue,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Ok(_) | Err(_) => Event::Orphaned,
            };
            if events.blocking_send(event).is_err() || event == Event::Orphaned {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// Turns this process into the tool: in a process group of its own, killed by the kernel when the reaper dies. Returns only when it
/// cannot.
pub fn become_tool(reaper: i32, command: &[String]) -> ExitCode {
    let _ = rustix::process::setpgid(None, None);
    // Doorward does without them; that would be inherited, and is the tool's own affair.
    let _ = rustix::thread::disable_transparent_huge_pages(false);
    let prepared = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if prepared.is_err() || parent != Some(reaper) {
        return ExitCode::FAILURE;
    }
    let Some((program, arguments)) = command.split_first() else { return ExitCode::FAILURE };
    let error = Command::new(program).args(arguments).exec();
    eprintln!("doorward: cannot start {program}: {error}");
    ExitCode::from(if error.kind() == std::io::ErrorKind::NotFound { NOT_FOUND } else { CANNOT_BE_RUN })
}
