//! Who comes and who goes, without connections.

use super::*;
use crate::deadlines::{AnswerEnd, Ticker, Wait};

struct Place {
    crowd: Crowd,
    ticker: Rc<Ticker>,
}

impl Place {
    fn of(most: usize) -> Self {
        let crowd = Crowd { share: most / SHARES, persons_share: most / PERSONS, ..Crowd::new(most) };
        Self { crowd, ticker: Rc::new(Ticker::new()) }
    }

    fn enters(&self, from: &str) -> Rc<Deadlines> {
        let deadlines = Rc::new(Deadlines::new(Rc::clone(&self.ticker)));
        self.crowd.enter(&deadlines, &peer(from));
        deadlines
    }

    fn signed_in(&self, from: &str) -> Rc<Deadlines> {
        let deadlines = self.enters(from);
        deadlines.begin_request();
        deadlines.is_of(Some(ada()));
        deadlines.end_request();
        deadlines
    }
}

fn ada() -> UserId {
    UserId::generate(doorward_domain::Timestamp::from_millis(1), [1; 10])
}

fn peer(ip: &str) -> Peer {
    Peer::new(ip.parse().unwrap(), &["10.0.0.0/8".parse().unwrap()])
}

#[test]
fn who_has_waited_longest_goes_first_and_whoever_is_signed_in_last() {
    let place = Place::of(6);
    let person = place.signed_in("192.0.2.1");
    let silent = place.enters("192.0.2.2");
    let half = place.enters("192.0.2.3");
    half.begin_request();
    half.wait(Wait::ClientBody);
    let kept_alive = place.enters("192.0.2.4");
    kept_alive.begin_request();
    kept_alive.end_request();
    let answered = place.enters("192.0.2.5");
    answered.begin_request();
    let latest = place.enters("192.0.2.6");
    assert!(place.crowd.is_full());
    for next in [&silent, &half, &kept_alive, &latest, &person] {
        assert!(!next.is_closing());
        assert!(place.crowd.make_way());
        assert!(next.is_closing());
    }
    assert!(!place.crowd.make_way(), "nobody goes whose request is being answered");
    assert!(!answered.is_closing() && !place.crowd.is_full());
}

#[test]
fn one_network_makes_way_within_its_share_and_only_for_its_own() {
    let place = Place::of(8);
    let (other, first) = (place.enters("198.51.100.1"), place.enters("192.0.2.1"));
    assert_eq!(place.crowd.make_way_within(&peer("192.0.2.1")), Entry::Free);
    let second = place.enters("192.0.2.1");
    assert_eq!(place.crowd.make_way_within(&peer("192.0.2.2")), Entry::Free, "another address");
    assert_eq!(place.crowd.make_way_within(&peer("192.0.2.1")), Entry::MadeWay);
    assert!(first.is_closing() && !second.is_closing() && !other.is_closing());
    assert_eq!(place.crowd.make_way_within(&peer("192.0.2.1")), Entry::Free, "there is room again");
    let neighbours = [place.enters("2001:db8::1"), place.enters("2001:db8::2")];
    assert_eq!(place.crowd.make_way_within(&peer("2001:db8::3")), Entry::MadeWay, "a subscriber has a whole /64");
    assert!(neighbours[0].is_closing());
}

#[test]
fn people_who_are_signed_in_and_trusted_proxies_need_no_share() {
    let place = Place::of(8);
    let people: Vec<_> = (0..3).map(|_| place.signed_in("192.0.2.1")).collect();
    assert_eq!(place.crowd.make_way_within(&peer("192.0.2.1")), Entry::Free);
    let through: Vec<_> = (0..3).map(|_| place.enters("10.0.0.1")).collect();
    assert_eq!(place.crowd.make_way_within(&peer("10.0.0.1")), Entry::Free);
    assert!(people.iter().chain(&through).all(|deadlines| !deadlines.is_closing()));
}

#[test]
fn whoever_leaves_counts_no_more() {
    let place = Place::of(4);
    let deadlines = place.enters("192.0.2.1");
    place.crowd.leave(&deadlines);
    place.crowd.leave(&deadlines);
    assert!(place.crowd.is_empty() && place.crowd.networks.borrow().is_empty());
}

#[test]
fn a_network_that_has_its_share_and_waits_for_nothing_is_turned_away() {
    let place = Place::of(8);
    let answered: Vec<_> = (0..2).map(|_| place.enters("192.0.2.1")).collect();
    for deadlines in &answered {
        deadlines.begin_request();
    }
    assert_eq!(place.crowd.make_way_within(&peer("192.0.2.1")), Entry::Refused);
    assert_eq!(place.crowd.make_way_within(&peer("192.0.2.2")), Entry::Free);
    answered[1].end_request();
    assert_eq!(place.crowd.make_way_within(&peer("192.0.2.1")), Entry::MadeWay);
    assert!(answered[1].is_closing() && !answered[0].is_closing());
}

#[test]
fn who_waits_for_room_waits() {
    let place = Place::of(4);
    let (first, second) = (place.enters("192.0.2.1"), place.enters("192.0.2.2"));
    for deadlines in [&first, &second] {
        deadlines.begin_request();
    }
    assert!(!place.crowd.make_way());
    second.wait(Wait::Room);
    assert!(place.crowd.make_way());
    assert!(second.is_closing() && !first.is_closing());
}

#[test]
fn who_has_more_than_half_makes_way_and_streams_without_an_end_first() {
    let place = Place::of(8);
    let busy = |at: u64, end| {
        place.ticker.set(at);
        let deadlines = place.enters("192.0.2.1");
        deadlines.begin_request();
        deadlines.is_of(Some(ada()));
        deadlines.answer_ends(end);
        deadlines
    };
    let page = busy(1, AnswerEnd::Comes);
    let (early, later) = (busy(2, AnswerEnd::Never), busy(3, AnswerEnd::Never));
    let others: Vec<_> = (0..2).map(|_| busy(4, AnswerEnd::Comes)).collect();
    let stranger = place.enters("192.0.2.9");
    stranger.begin_request();
    assert!(place.crowd.make_way() && early.is_closing() && !later.is_closing());
    assert!(!place.crowd.make_way(), "half of all is a share");
    let further = busy(5, AnswerEnd::Comes);
    assert!(place.crowd.make_way() && later.is_closing() && !page.is_closing());
    let more = busy(6, AnswerEnd::Comes);
    assert!(place.crowd.make_way() && page.is_closing(), "then whatever has lasted longest");
    assert!(others.iter().chain([&stranger, &further, &more]).all(|deadlines| !deadlines.is_closing()));
}

#[test]
fn a_few_of_many_places_are_kept_for_the_desk() {
    for (most, kept) in [(1, 0), (63, 0), (64, 1), (640, 10), (10_000, 16)] {
        assert_eq!(most - Crowd::new(most).open, kept, "of {most}");
    }
    let place = Place::of(64);
    let _most: Vec<_> = (0..62).map(|_| place.enters("192.0.2.1")).collect();
    assert!(!place.crowd.is_crowded());
    let _last = place.enters("192.0.2.1");
    assert!(place.crowd.is_crowded() && !place.crowd.is_overcrowded() && !place.crowd.is_full());
    let _kept = place.enters("192.0.2.1");
    assert!(place.crowd.is_overcrowded() && place.crowd.is_full());
}
