//! How many files and connections this process may have open at once (`RLIMIT_NOFILE`, getrlimit(2)).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::num::NonZeroUsize;
use std::sync::OnceLock;

/// What is open besides connections: the database, the log, listeners, a lookup under way.
const OTHERS: u64 = 64;
/// What a connection takes: one descriptor, and one for the tool behind it.
const FOR_EACH: u64 = 2;

/// What the limit was before it was raised; tools that are started get this one.
static INHERITED: OnceLock<u64> = OnceLock::new();

/// The limit that counts and the one up to which it may be raised; `u64::MAX` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptors {
    pub soft: u64,
    pub hard: u64,
}

impl Descriptors {
    /// Of this process.
    pub fn now() -> Self {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        Self { soft: current.unwrap_or(u64::MAX), hard: maximum.unwrap_or(u64::MAX) }
    }

    /// Of another process, as `/proc/PID/limits` has it; `None` when it is gone.
    pub fn of(pid: u32) -> Option<Self> {
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
        let mut words = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?.split_whitespace();
        let mut next = || words.next().map(|word| word.parse().unwrap_or(u64::MAX));
        Some(Self { soft: next()?, hard: next()? })
    }

    /// Connections at once for each processor that fit in the soft limit; at least one.
    pub fn connections(self) -> usize {
        let fit = self.soft.saturating_sub(OTHERS) / FOR_EACH / processors();
        usize::try_from(fit).unwrap_or(usize::MAX).max(1)
    }
}

/// Raises the soft limit as far as it goes. That it is low is for programs that use select(2), which we do not.
pub fn raise() {
    let now = Descriptors::now();
    if now.soft < now.hard {
        let all = Rlimit { current: Some(now.hard).filter(|hard| *hard != u64::MAX), ..getrlimit(Resource::Nofile) };
        match setrlimit(Resource::Nofile, all) {
            Ok(()) => drop(INHERITED.set(now.soft)),
            Err(error) => tracing::warn!(%error, "the limit of file descriptors stays at {}", now.soft),
        }
    }
}

/// The soft limit that a tool gets, where it is not ours.
pub fn of_tools() -> Option<u64> {
    INHERITED.get().copied()
}

/// The same as an option of the commands that start a tool.
pub fn option(soft: Option<u64>) -> Option<String> {
    soft.map(|soft| format!("--descriptors={soft}"))
}

/// Puts the soft limit back, in a process that is about to become a tool.
pub fn put_back(soft: Option<u64>) {
    if let Some(soft) = soft {
        // A tool that may open more than it expects runs all the same.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(soft), ..getrlimit(Resource::Nofile) });
    }
}

/// How many descriptors so many connections for each processor take.
pub fn needed(connections: usize) -> u64 {
    (connections as u64).saturating_mul(FOR_EACH).saturating_mul(processors()).saturating_add(OTHERS)
}

/// As many as there are workers.
fn processors() -> u64 {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_the_same_of_this_process_either_way() {
        assert_eq!(Descriptors::of(std::process::id()), Some(Descriptors::now()));
    }

    #[test]
    fn what_fits_needs_no_more_than_there_is() {
        for soft in [0, 64, 256, 1024, 20_000, 65_536, u64::MAX] {
            let connections = Descriptors { soft, hard: soft }.connections();
            assert!(connections == 1 || needed(connections) <= soft, "{soft}: {connections}");
            assert!(needed(connections.saturating_add(1)) > soft || soft == u64::MAX, "{soft}: {connections}");
        }
    }
}
