//! Waits, on a clock that stands where the test puts it.

use super::*;

fn at(ticker: &Ticker, seconds: u64) {
    ticker.set(seconds * 1000);
}

fn fresh() -> (Rc<Ticker>, Watch, Limits) {
    let ticker = Rc::new(Ticker::new());
    (Rc::clone(&ticker), Watch::new(ticker), Limits::default())
}

#[test]
fn a_head_that_trickles_in_is_not_waited_for_longer_than_the_limit() {
    let (ticker, watch, limits) = fresh();
    for second in 0..=10 {
        at(&ticker, second);
        watch.heard_client();
        let _ = watch.check(&limits);
        assert!(!watch.is_closing());
    }
    at(&ticker, 11);
    watch.heard_client();
    let _ = watch.check(&limits);
    assert!(watch.is_closing());
}

#[test]
fn a_busy_connection_is_left_alone_until_somebody_keeps_it_waiting() {
    let (ticker, watch, limits) = fresh();
    watch.begin_request();
    at(&ticker, 1000);
    let _ = watch.check(&limits);
    assert!(!watch.is_closing() && watch.cut().is_none());
    watch.wait(Wait::ClientBody);
    at(&ticker, 1031);
    let _ = watch.check(&limits);
    assert_eq!(watch.cut(), Some(Cut::ClientTooSlow));
}

#[test]
fn the_end_of_the_session_cuts_the_request_and_the_next_one_starts_clean() {
    let (_ticker, watch, limits) = fresh();
    let session = Ended::default();
    watch.begin_request();
    watch.depends_on(session.clone());
    let _ = watch.check(&limits);
    assert_eq!(watch.cut(), None);
    session.comes();
    let _ = watch.check(&limits);
    assert_eq!(watch.cut(), Some(Cut::Revoked));
    watch.end_request();
    watch.begin_request();
    let _ = watch.check(&limits);
    assert_eq!(watch.cut(), None);
}

#[test]
fn a_client_that_does_not_take_its_answer_is_dropped() {
    let (ticker, watch, limits) = fresh();
    watch.begin_request();
    watch.wait(Wait::ClientRead);
    at(&ticker, 61);
    let _ = watch.check(&limits);
    assert!(watch.is_closing());
}

#[test]
fn a_body_may_take_the_total_and_as_long_as_its_size_allows() {
    let (ticker, watch, limits) = fresh();
    let total = limits.body_timeout.as_secs();
    watch.begin_request();
    watch.wait(Wait::ClientBody);
    // A byte a second: never silent for long, and soon too slow. Its sixty bytes are not worth a second.
    for second in 1..=total {
        at(&ticker, second);
        watch.heard_body(1);
        watch.wait(Wait::ClientBody);
        let _ = watch.check(&limits);
        assert_eq!(watch.cut(), None, "after {second} seconds");
    }
    at(&ticker, total + 1);
    watch.heard_body(1);
    watch.wait(Wait::ClientBody);
    let _ = watch.check(&limits);
    assert_eq!(watch.cut(), Some(Cut::ClientTooSlow));
    // The next body on the connection starts anew, and one that keeps pace is never too slow.
    watch.end_request();
    watch.begin_request();
    for second in 0..100 * total {
        at(&ticker, total + second);
        watch.heard_body(limits.body_rate);
        watch.wait(Wait::ClientBody);
        let _ = watch.check(&limits);
        assert_eq!(watch.cut(), None, "after {second} seconds");
    }
}

#[test]
fn time_in_which_nobody_waits_for_a_body_does_not_count() {
    let (ticker, watch, limits) = fresh();
    watch.begin_request();
    for minute in 0..60 {
        at(&ticker, minute * 60);
        watch.wait(Wait::ClientBody);
        at(&ticker, minute * 60 + 1);
        watch.heard_body(0);
        let _ = watch.check(&limits);
        assert_eq!(watch.cut(), None);
    }
    watch.wait(Wait::ClientBody);
    at(&ticker, 3600);
    let _ = watch.check(&limits);
    assert_eq!(watch.cut(), Some(Cut::ClientTooSlow));
}
