//! Waits, on a clock that stands where the test puts it.

use super::*;

fn at(ticker: &Ticker, seconds: u64) {
    ticker.set(seconds * 1000);
}

fn fresh() -> (Rc<Ticker>, Deadlines, Limits) {
    let ticker = Rc::new(Ticker::new());
    (Rc::clone(&ticker), Deadlines::new(ticker), Limits::default())
}

#[test]
fn a_head_that_trickles_in_is_not_waited_for_longer_than_the_limit() {
    let (ticker, deadlines, limits) = fresh();
    for second in 0..=10 {
        at(&ticker, second);
        deadlines.heard_client();
        let _ = deadlines.check(&limits);
        assert!(!deadlines.is_closing());
    }
    at(&ticker, 11);
    deadlines.heard_client();
    let _ = deadlines.check(&limits);
    assert!(deadlines.is_closing());
}

#[test]
fn a_busy_connection_is_left_alone_until_somebody_keeps_it_waiting() {
    let (ticker, deadlines, limits) = fresh();
    deadlines.begin_request();
    at(&ticker, 1000);
    let _ = deadlines.check(&limits);
    assert!(!deadlines.is_closing() && deadlines.request.abort().is_none());
    deadlines.wait(Wait::ClientBody);
    at(&ticker, 1031);
    let _ = deadlines.check(&limits);
    assert_eq!(deadlines.request.abort(), Some(Abort::ClientTooSlow));
}

#[test]
fn the_end_of_the_session_cuts_the_request_and_the_next_one_starts_clean() {
    let (_ticker, deadlines, limits) = fresh();
    let session = Revocation::default();
    deadlines.begin_request();
    deadlines.request.depends_on(session.clone());
    let _ = deadlines.check(&limits);
    assert_eq!(deadlines.request.abort(), None);
    session.revoke();
    let _ = deadlines.check(&limits);
    assert_eq!(deadlines.request.abort(), Some(Abort::Revoked));
    deadlines.end_request();
    deadlines.begin_request();
    let _ = deadlines.check(&limits);
    assert_eq!(deadlines.request.abort(), None);
}

#[test]
fn a_new_session_does_not_make_good_that_the_apps_have_changed() {
    let (_ticker, deadlines, limits) = fresh();
    let session = Revocation::default();
    deadlines.begin_request();
    deadlines.request.depends_on(session.clone());
    deadlines.outdate();
    let _ = deadlines.check(&limits);
    assert_eq!(deadlines.request.abort(), Some(Abort::Revoked));
    session.revoke();
    deadlines.request.depends_on(Revocation::default());
    assert_eq!(deadlines.request.abort(), Some(Abort::Revoked), "the rights are new, the apps are not looked at yet");
    deadlines.request.is_read_again();
    assert_eq!(deadlines.request.abort(), None);
    assert!(!deadlines.request.is_out_of_date());
}

#[test]
fn a_body_is_waited_for_no_longer_when_the_session_has_ended() {
    let (ticker, deadlines, limits) = fresh();
    let session = Revocation::default();
    deadlines.begin_request();
    deadlines.request.depends_on(session.clone());
    deadlines.wait(Wait::ClientBody);
    session.revoke();
    let _ = deadlines.check(&limits);
    at(&ticker, 31);
    let _ = deadlines.check(&limits);
    assert_eq!(deadlines.request.abort(), Some(Abort::ClientTooSlow));
}

#[test]
fn a_client_that_does_not_take_its_answer_is_dropped() {
    let (ticker, deadlines, limits) = fresh();
    deadlines.begin_request();
    deadlines.client_stalls(true);
    at(&ticker, 61);
    let _ = deadlines.check(&limits);
    assert!(deadlines.is_closing());
}

#[test]
fn a_body_may_take_the_total_and_as_long_as_its_size_allows() {
    let (ticker, deadlines, limits) = fresh();
    let total = limits.body_timeout.as_secs();
    deadlines.begin_request();
    deadlines.wait(Wait::ClientBody);
    // A byte a second: never silent for long, and soon too slow. Its sixty bytes are not worth a second.
    for second in 1..=total {
        at(&ticker, second);
        deadlines.request.heard_body(1);
        deadlines.wait(Wait::ClientBody);
        let _ = deadlines.check(&limits);
        assert_eq!(deadlines.request.abort(), None, "after {second} seconds");
    }
    at(&ticker, total + 1);
    deadlines.request.heard_body(1);
    deadlines.wait(Wait::ClientBody);
    let _ = deadlines.check(&limits);
    assert_eq!(deadlines.request.abort(), Some(Abort::ClientTooSlow));
    // The next body on the connection starts anew, and one that keeps pace is never too slow.
    deadlines.end_request();
    deadlines.begin_request();
    for second in 0..100 * total {
        at(&ticker, total + second);
        deadlines.request.heard_body(limits.body_rate);
        deadlines.wait(Wait::ClientBody);
        let _ = deadlines.check(&limits);
        assert_eq!(deadlines.request.abort(), None, "after {second} seconds");
    }
}

#[test]
fn time_in_which_nobody_waits_for_a_body_does_not_count() {
    let (ticker, deadlines, limits) = fresh();
    deadlines.begin_request();
    for minute in 0..60 {
        at(&ticker, minute * 60);
        deadlines.wait(Wait::ClientBody);
        at(&ticker, minute * 60 + 1);
        deadlines.request.heard_body(0);
        let _ = deadlines.check(&limits);
        assert_eq!(deadlines.request.abort(), None);
    }
    deadlines.wait(Wait::ClientBody);
    at(&ticker, 3600);
    let _ = deadlines.check(&limits);
    assert_eq!(deadlines.request.abort(), Some(Abort::ClientTooSlow));
}
