//! Who comes and who goes, without connections.

use doorward_domain::UserId;

use super::*;
use crate::deadlines::{AnswerEnd, Ticker, Wait};

struct Place {
    crowd: Crowd,
    ticker: Rc<Ticker>,
}

impl Place {
    fn of(most: usize) -> Self {
        let crowd = Crowd::new(most);
        crowd.shares.set(Shares { network: most / SHARES, persons: most / PERSONS, ..Shares::of(most) });
        Self { crowd, ticker: Rc::new(Ticker::new()) }
    }

    fn enters(&self, from: &str) -> Rc<Deadlines> {
        let deadlines = Rc::new(Deadlines::new(Rc::clone(&self.ticker)));
        self.crowd.enter(&deadlines, counts_for(from));
        deadlines
    }

    fn signed_in(&self, from: &str) -> Rc<Deadlines> {
        let deadlines = self.enters(from);
        deadlines.begin_request();
        self.crowd.is_of(&deadlines, Some(ada()));
        deadlines.end_request();
        deadlines
    }

    /// Streams without an end of this person, from now on.
    fn streams(&self, person: Subject, count: usize) -> Vec<Rc<Deadlines>> {
        let stream = || {
            let deadlines = self.enters("192.0.2.1");
            deadlines.begin_request();
            self.crowd.is_of(&deadlines, Some(person));
            deadlines.request.answer_ends(AnswerEnd::Never);
            deadlines
        };
        (0..count).map(|_| stream()).collect()
    }
}

fn bob() -> Subject {
    Subject::User(UserId::generate(doorward_domain::Timestamp::from_millis(2), [2; 10]))
}

fn ada() -> Subject {
    Subject::User(UserId::generate(doorward_domain::Timestamp::from_millis(1), [1; 10]))
}

/// Proxies at 10.0.0.0/8 have no share.
fn counts_for(ip: &str) -> Option<IpAddr> {
    (!ip.starts_with("10.")).then(|| doorward_service::network(ip.parse().unwrap()))
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
    place.ticker.set(1000);
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
    assert_eq!(place.crowd.make_way_within(counts_for("192.0.2.1")), Entry::Free);
    let second = place.enters("192.0.2.1");
    assert_eq!(place.crowd.make_way_within(counts_for("192.0.2.2")), Entry::Free, "another address");
    assert_eq!(place.crowd.make_way_within(counts_for("192.0.2.1")), Entry::MadeWay);
    assert!(first.is_closing() && !second.is_closing() && !other.is_closing());
    assert_eq!(place.crowd.make_way_within(counts_for("192.0.2.1")), Entry::Free, "there is room again");
    let neighbours = [place.enters("2001:db8::1"), place.enters("2001:db8::2")];
    assert_eq!(place.crowd.make_way_within(counts_for("2001:db8::3")), Entry::MadeWay, "a subscriber has a whole /64");
    assert!(neighbours[0].is_closing());
}

#[test]
fn people_who_are_signed_in_and_trusted_proxies_need_no_share() {
    let place = Place::of(8);
    let people: Vec<_> = (0..3).map(|_| place.signed_in("192.0.2.1")).collect();
    assert_eq!(place.crowd.make_way_within(counts_for("192.0.2.1")), Entry::Free);
    let through: Vec<_> = (0..3).map(|_| place.enters("10.0.0.1")).collect();
    assert_eq!(place.crowd.make_way_within(counts_for("10.0.0.1")), Entry::Free);
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
    assert_eq!(place.crowd.make_way_within(counts_for("192.0.2.1")), Entry::Refused);
    assert_eq!(place.crowd.make_way_within(counts_for("192.0.2.2")), Entry::Free);
    answered[1].end_request();
    assert_eq!(place.crowd.make_way_within(counts_for("192.0.2.1")), Entry::MadeWay);
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
        place.crowd.is_of(&deadlines, Some(ada()));
        deadlines.request.answer_ends(end);
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
fn whoever_comes_goes_last_and_whoever_has_too_many_first() {
    let place = Place::of(8);
    let theirs = place.streams(ada(), 5);
    let kept_alive = place.enters("192.0.2.4");
    kept_alive.begin_request();
    kept_alive.end_request();
    let comes = place.enters("192.0.2.9");
    assert!(place.crowd.make_way());
    assert!(theirs[0].is_closing() && !kept_alive.is_closing() && !comes.is_closing());
    assert!(place.crowd.make_way() && kept_alive.is_closing());
    assert!(!place.crowd.make_way() && !comes.is_closing(), "not in that moment");
    assert!(place.crowd.make_way_at_any_rate() && comes.is_closing(), "unless nobody else is left");
    assert!(theirs[1..].iter().all(|deadlines| !deadlines.is_closing()));
}

#[test]
fn of_many_strangers_who_come_at_once_some_go_before_people_do() {
    let place = Place::of(64);
    let person = place.signed_in("192.0.2.1");
    let few: Vec<_> = (0..IN_PEACE).map(|_| place.enters("198.51.100.1")).collect();
    let many: Vec<_> = (0..=IN_PEACE).map(|_| place.enters("192.0.2.9")).collect();
    assert!(place.crowd.make_way() && many[0].is_closing() && !person.is_closing());
    assert!(place.crowd.make_way() && person.is_closing());
    assert!(!place.crowd.make_way());
    assert!(few.iter().chain(&many[1..]).all(|deadlines| !deadlines.is_closing()));
}

#[test]
fn of_two_who_have_most_neither_keeps_out_whoever_has_less() {
    let place = Place::of(64);
    let (adas, bobs) = (place.streams(ada(), 32), place.streams(bob(), 31));
    let eve = Subject::User(UserId::generate(doorward_domain::Timestamp::from_millis(3), [3; 10]));
    let _hers = place.streams(eve, 1);
    let gone = |of: &[Rc<Deadlines>]| of.iter().filter(|deadlines| deadlines.is_closing()).count();
    assert!(!place.crowd.make_way() && !place.crowd.make_way_for(None), "nobody has more than a share");
    assert!(place.crowd.make_way_for(Some(eve)));
    assert_eq!((gone(&adas), gone(&bobs)), (1, 0));
    assert!(!place.crowd.make_way_for(Some(ada())), "of nobody who has as many");
    assert!(place.crowd.make_way_at_any_rate());
    assert_eq!(gone(&adas) + gone(&bobs), 2);
    while place.crowd.make_way_for(Some(eve)) {}
    assert_eq!((32 - gone(&adas), 31 - gone(&bobs)), (LEAST_SHARE, LEAST_SHARE), "a few browsers' is nobody else's");
}

#[test]
fn whoever_has_more_than_a_share_gets_no_further_place() {
    let place = Place::of(8);
    let _theirs = place.streams(ada(), 5);
    let waits = place.enters("192.0.2.4");
    waits.begin_request();
    waits.end_request();
    assert!(!place.crowd.make_way_for(Some(ada())) && !waits.is_closing());
}

#[test]
fn a_connection_counts_for_whoever_asked_on_it_last() {
    let place = Place::of(8);
    let theirs = place.streams(ada(), 3);
    for deadlines in &theirs {
        place.crowd.is_of(deadlines, Some(bob()));
    }
    let count = |person| place.crowd.persons.borrow().of(person);
    assert_eq!((count(ada()), count(bob())), (0, 3));
    place.crowd.is_of(&theirs[0], None);
    place.crowd.leave(&theirs[1]);
    place.crowd.is_of(&theirs[1], Some(ada()));
    assert_eq!((count(ada()), count(bob())), (0, 1), "whoever has left counts no more");
}

#[test]
fn a_few_of_many_places_are_kept_for_the_desk() {
    for (most, kept) in [(1, 0), (63, 0), (64, 1), (640, 10), (10_000, 16)] {
        assert_eq!(most - Shares::of(most).open, kept, "of {most}");
    }
    let place = Place::of(64);
    let _most: Vec<_> = (0..62).map(|_| place.enters("192.0.2.1")).collect();
    assert!(!place.crowd.is_crowded());
    let _last = place.enters("192.0.2.1");
    assert!(place.crowd.is_crowded() && !place.crowd.is_overcrowded() && !place.crowd.is_full());
    let _kept = place.enters("192.0.2.1");
    assert!(place.crowd.is_overcrowded() && place.crowd.is_full());
}
