//! Everything a process has started, as `/proc` tells it.

use rustix::process::{Pid, Signal, WaitOptions};
use std::collections::{BTreeSet, HashMap};

/// All processes below this one: children, their children, and so on. Zombies count: they are still to be reaped.
pub fn of_this_process() -> Vec<Pid> {
    but_for(&BTreeSet::new())
}

/// The same without the children named and what is below those.
pub fn but_for(known: &BTreeSet<i32>) -> Vec<Pid> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for (pid, parent) in every_process() {
        children.entry(parent).or_default().push(pid);
    }
    let mut found = Vec::new();
    let mut open = vec![rustix::process::getpid().as_raw_nonzero().get()];
    while let Some(parent) = open.pop() {
        for child in children.remove(&parent).unwrap_or_default().into_iter().filter(|child| !known.contains(child)) {
            found.extend(Pid::from_raw(child));
            open.push(child);
        }
    }
    found
}

fn every_process() -> Vec<(i32, i32)> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
    folder
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|pid| Some((pid, parent_of(pid)?)))
        .collect()
}

/// The fourth field of `/proc/PID/stat`; the second may hold spaces and brackets, so counting begins after the last one.
fn parent_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Sends a signal to every descendant.
pub fn signal_all(signal: Signal) {
    for pid in of_this_process() {
        // Gone already is as good.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Takes note of every child that has ended; returns each with its exit code (128 + signal for one that was killed).
pub fn reap() -> Vec<(Pid, u8)> {
    let mut ended = Vec::new();
    while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
        let code = match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => u8::try_from(code).unwrap_or(1),
            (None, Some(signal)) => u8::try_from(128 + signal).unwrap_or(255),
            (None, None) => continue,
        };
        ended.push((pid, code));
    }
    ended
}
