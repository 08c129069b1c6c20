//! When Doorward stops: by a signal, with what the tool had begun, and when it is killed.

use super::{TOOL, WORKING, Wrapped};
use crate::support::{all_gone, is_alive};

#[test]
fn nothing_of_the_tool_outlives_a_doorward_that_was_killed() {
    let mut wrapped = Wrapped::start(TOOL);
    let pids = wrapped.pids();
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    wrapped.door.signal("-KILL");
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn a_signal_stops_the_tool_and_then_doorward_with_0() {
    for signal in ["-TERM", "-INT"] {
        let mut wrapped = Wrapped::start(TOOL);
        let pids = wrapped.pids();
        wrapped.door.signal(signal);
        assert_eq!(wrapped.door.end(), 0, "{signal}");
        assert!(all_gone(&pids), "{pids:?}");
    }
}

#[test]
fn what_the_tool_started_may_finish_within_the_grace_when_doorward_stops() {
    let mut wrapped = Wrapped::start_with(WORKING, &[("DOORWARD_SHUTDOWN_GRACE", "30s")]);
    let pids = wrapped.pids();
    wrapped.door.signal("-TERM");
    wrapped.door.line_with("| finished");
    assert_eq!(wrapped.door.end(), 0);
    assert!(!wrapped.door.seen.iter().any(|line| line.contains("cut short")), "{:?}", wrapped.door.seen);
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn what_does_not_finish_within_the_grace_is_asked_to_stop_and_can_write_it_down() {
    let mut wrapped = Wrapped::start_with(&WORKING.replace("seq 80", "seq 8000"), &[("DOORWARD_SHUTDOWN_GRACE", "1s")]);
    let pids = wrapped.pids();
    wrapped.door.signal("-TERM");
    wrapped.door.line_with("| cut short");
    assert_eq!(wrapped.door.end(), 0);
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn a_second_interrupt_does_not_wait() {
    let mut wrapped = Wrapped::start(
        "trap '' TERM; echo tool $$; setsid sh -c 'echo helper $$; exec sleep 1000' & while :; do sleep 0.1; done",
    );
    let pids = wrapped.pids();
    wrapped.door.signal("-INT");
    wrapped.door.line_with("stopping");
    wrapped.door.signal("-INT");
    assert_eq!(wrapped.door.end(), 130);
    assert!(all_gone(&pids), "{pids:?}");
}
