//! When the tool dies: it is started again, beside what it had begun, and not for ever.

use std::time::{Duration, Instant};

use super::{TOOL, WORKING, Wrapped};
use crate::support::{all_gone, is_alive};

#[test]
fn a_tool_that_dies_is_started_again() {
    let mut wrapped = Wrapped::start("echo tool $$; exec python3 -m http.server --bind 127.0.0.1 $PORT");
    let token = wrapped.sign_in("root");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
    let first = wrapped.door.line_with("| tool ");
    let pid = first.rsplit(' ').next().expect("a process id");
    std::process::Command::new("kill").args(["-KILL", pid]).status().expect("kill");
    wrapped.door.line_with("starting it again");
    wrapped.door.seen.clear();
    assert_ne!(wrapped.door.line_with("| tool "), first);
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn what_a_tool_that_died_had_started_finishes_beside_its_next_life() {
    let mut wrapped = Wrapped::start_with(WORKING, &[("DOORWARD_SHUTDOWN_GRACE", "30s")]);
    let token = wrapped.sign_in("root");
    let pids = wrapped.pids();
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
    std::process::Command::new("kill").args(["-KILL", &pids[0].to_string()]).status().expect("kill");
    wrapped.door.line_with("starting it again");
    wrapped.door.seen.clear();
    wrapped.door.line_with("| tool ");
    assert!(is_alive(pids[1]), "the helper goes on");
    wrapped.door.line_with("| finished");
    assert!(!wrapped.door.seen.iter().any(|line| line.contains("cut short")), "{:?}", wrapped.door.seen);
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn what_a_tool_that_died_had_started_and_outlasts_the_grace_is_asked_to_stop_beside_its_next_life() {
    let mut wrapped = Wrapped::start_with(&WORKING.replace("seq 80", "seq 8000"), &[("DOORWARD_SHUTDOWN_GRACE", "2s")]);
    let token = wrapped.sign_in("root");
    let pids = wrapped.pids();
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
    let died = Instant::now();
    std::process::Command::new("kill").args(["-KILL", &pids[0].to_string()]).status().expect("kill");
    wrapped.door.line_with("starting it again");
    wrapped.door.seen.clear();
    let next = wrapped.pids();
    wrapped.door.line_with("| cut short");
    assert!(died.elapsed() >= Duration::from_secs(2), "it had all of the grace, not only {:?}", died.elapsed());
    assert!(all_gone(&pids), "{pids:?}");
    assert!(next.iter().all(|pid| is_alive(*pid)), "of the next life nothing is asked to stop: {next:?}");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn what_holds_the_port_of_a_tool_that_died_makes_room_for_its_next_life() {
    let holder = "import os, subprocess, sys, http.server as h
server = h.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), h.SimpleHTTPRequestHandler)
os.write(1, b'| %s %d\\n' % (b'tool' if os.fork() else b'helper', os.getpid()))
server.serve_forever()";
    let mut wrapped =
        Wrapped::start_with(&format!("exec python3 -c \"{holder}\""), &[("DOORWARD_SHUTDOWN_GRACE", "10m")]);
    let pids = wrapped.pids();
    let token = wrapped.sign_in("root");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
    std::process::Command::new("kill").args(["-KILL", &pids[0].to_string()]).status().expect("kill");
    wrapped.door.line_with("starting it again");
    wrapped.door.seen.clear();
    wrapped.door.line_with("| tool ");
    assert!(all_gone(&pids), "{pids:?}");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_killed_keeper_takes_the_tool_along_and_it_is_started_again() {
    let mut wrapped = Wrapped::start_with(TOOL, &[("DOORWARD_SHUTDOWN_GRACE", "1s")]);
    let pids = wrapped.pids();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pids[0])).expect("alive");
    let reaper = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)).expect("a parent").to_owned();
    std::process::Command::new("kill").args(["-KILL", &reaper]).status().expect("kill");
    assert!(all_gone(&pids), "{pids:?}");
    wrapped.door.seen.clear();
    assert_ne!(wrapped.pids(), pids);
}

#[test]
fn five_deaths_right_after_the_start_end_doorward_with_the_tools_code() {
    let mut wrapped = Wrapped::start("echo no; exit 7");
    wrapped.door.line_with("giving up");
    assert_eq!(wrapped.door.end(), 7);
}
