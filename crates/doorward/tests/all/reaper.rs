//! Nothing of a tool outlives its reaper's master.

use std::process::Stdio;

use crate::support::{Desk, Running, all_gone, is_alive};

/// A tool that starts a helper which leaves its process group and session, as daemons do; both say their process ids.
const FAMILY: &str = "echo tool $$; setsid sh -c 'echo helper $$; exec sleep 1000' & exec sleep 1000";

fn family(desk: &Desk, script: &str) -> (Running, Vec<u32>) {
    let mut reaper = Running::start(desk.command().args(["__keep", "--", "sh", "-c", script]).stdin(Stdio::piped()));
    let pids =
        ["tool ", "helper "].map(|who| reaper.line_with(who).replace(who, "").trim().parse().expect("a process id"));
    (reaper, pids.to_vec())
}

#[test]
fn a_broken_lifeline_ends_the_tool_and_all_it_started() {
    let (mut reaper, pids) = family(&Desk::new(), FAMILY);
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    drop(reaper.child.stdin.take());
    reaper.end();
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn who_ignores_being_asked_is_killed() {
    let stubborn = "trap '' TERM; echo tool $$; setsid sh -c 'trap \"\" TERM; echo helper $$; while :; do sleep 1; done' & while :; do sleep 1; done";
    let (mut reaper, pids) = family(&Desk::new(), stubborn);
    drop(reaper.child.stdin.take());
    reaper.end();
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn the_kernel_ends_the_tool_when_the_keeper_is_killed() {
    let (reaper, pids) = family(&Desk::new(), FAMILY);
    reaper.signal("-KILL");
    assert!(all_gone(&pids[..1]), "{pids:?}");
    let _ = std::process::Command::new("kill").args(["-KILL", &pids[1].to_string()]).status();
}

/// A tool that ends at once and leaves a helper, which says how it was asked to stop and takes these seconds to write that down.
fn left_behind(seconds: &str) -> String {
    format!(
        "echo tool $$; setsid sh -c 'trap \"sleep {seconds}; echo written down; exit\" TERM; echo helper $$; while :; do sleep 0.05; done' & sleep 0.5; exit 7"
    )
}

#[test]
fn what_the_tool_leaves_behind_may_finish_and_the_exit_code_is_the_tools() {
    let script = "echo tool $$; setsid sh -c 'echo helper $$; sleep 3; echo finished' & sleep 0.5; exit 7";
    let (mut reaper, pids) = family(&Desk::new(), script);
    reaper.line_with("finished");
    assert_eq!(reaper.end(), 7);
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn what_is_left_when_time_is_over_can_still_write_down_how_it_ended() {
    use std::io::Write as _;
    let (mut reaper, pids) = family(&Desk::new(), &left_behind("1.5"));
    assert!(all_gone(&pids[..1]));
    assert!(is_alive(pids[1]), "nobody has said that its time is over");
    reaper.child.stdin.as_mut().expect("piped").write_all(b"e").expect("written");
    reaper.line_with("written down");
    assert_eq!(reaper.end(), 7);
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn also_when_doorward_is_gone_there_is_time_to_write_it_down() {
    // Nearly all of the five seconds there are.
    let (mut reaper, pids) = family(&Desk::new(), &left_behind("4"));
    drop(reaper.child.stdin.take());
    reaper.line_with("written down");
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn signals_reach_the_tool() {
    let desk = Desk::new();
    let script = "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    let mut reaper = Running::start(desk.command().args(["__keep", "--", "sh", "-c", script]).stdin(Stdio::piped()));
    reaper.line_with("ready");
    reaper.signal("-TERM");
    reaper.line_with("got it");
    assert_eq!(reaper.end(), 3);
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let desk = Desk::new();
    let mut reaper = Running::start(desk.command().args(["__keep", "--", "no-such-tool"]).stdin(Stdio::piped()));
    reaper.line_with("cannot start no-such-tool");
    assert_eq!(reaper.end(), 127);
}
