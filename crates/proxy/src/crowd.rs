//! Everybody connected to one worker, and who makes way when there are too many.
//!
//! When connections run out, who has waited longest without a request being answered goes first: those with whom nobody is signed
//! in before the others. And one network has only its share of connections with nobody signed in, so that one address cannot take
//! all. Trusted proxies have no share: many people come through one.

use doorward_service::network;
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;

use crate::client_info::Peer;
use crate::deadlines::Deadlines;

/// One network's share of all connections, as a divisor.
const SHARES: usize = 4;
/// The smallest share: as many as a few browsers open at once.
const LEAST_SHARE: usize = 16;

/// Everybody connected.
#[derive(Debug)]
pub(crate) struct Crowd {
    most: usize,
    share: usize,
    guests: RefCell<HashMap<usize, Guest>>,
    networks: RefCell<HashMap<IpAddr, usize>>,
}

#[derive(Debug)]
struct Guest {
    deadlines: Rc<Deadlines>,
    /// Whose share they count for; nobody's behind a trusted proxy.
    network: Option<IpAddr>,
}

impl Guest {
    fn is_unknown_from(&self, network: IpAddr) -> bool {
        self.network == Some(network) && !self.deadlines.is_signed_in()
    }
}

impl Crowd {
    /// Of at most so many.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, share: (most / SHARES).max(LEAST_SHARE), guests: RefCell::default(), networks: RefCell::default() }
    }

    /// Whether nobody is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.guests.borrow().is_empty()
    }

    /// Whether nobody else can come before somebody goes.
    pub(crate) fn is_full(&self) -> bool {
        self.guests.borrow().len() >= self.most
    }

    /// Everybody who is there now.
    pub(crate) fn all(&self) -> Vec<Rc<Deadlines>> {
        self.guests.borrow().values().map(|guest| Rc::clone(&guest.deadlines)).collect()
    }

    /// Somebody comes.
    pub(crate) fn enter(&self, deadlines: &Rc<Deadlines>, peer: &Peer) {
        let network = (!peer.trusted).then(|| network(peer.ip));
        if let Some(network) = network {
            *self.networks.borrow_mut().entry(network).or_default() += 1;
        }
        self.guests.borrow_mut().insert(name(deadlines), Guest { deadlines: Rc::clone(deadlines), network });
    }

    /// Somebody has gone.
    pub(crate) fn leave(&self, deadlines: &Rc<Deadlines>) {
        let Some(guest) = self.guests.borrow_mut().remove(&name(deadlines)) else { return };
        let Some(network) = guest.network else { return };
        let mut networks = self.networks.borrow_mut();
        if let Some(count) = networks.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                networks.remove(&network);
            }
        }
    }

    /// Has whoever has waited longest go, if anybody can.
    pub(crate) fn make_way(&self) -> bool {
        self.dismiss(|_| true)
    }

    /// Whether one more of that network would be more than its share. If so, has the one go who has waited longest there.
    pub(crate) fn make_way_within(&self, peer: &Peer) -> bool {
        let (network, share) = (network(peer.ip), self.share);
        let all_of_them = self.networks.borrow().get(&network).copied().unwrap_or_default();
        if peer.trusted || all_of_them < share {
            return false;
        }
        let unknown = self.guests.borrow().values().filter(|guest| guest.is_unknown_from(network)).count();
        unknown >= share && self.dismiss(|guest| guest.is_unknown_from(network))
    }

    fn dismiss(&self, may_be: impl Fn(&Guest) -> bool) -> bool {
        let longest = {
            let guests = self.guests.borrow();
            let waiting = guests.values().filter(|guest| may_be(guest));
            let since = waiting.filter_map(|guest| {
                Some((guest.deadlines.is_signed_in(), guest.deadlines.idle_since()?, &guest.deadlines))
            });
            since
                .min_by_key(|(is_signed_in, since, _)| (*is_signed_in, *since))
                .map(|(_, _, deadlines)| Rc::clone(deadlines))
        };
        let Some(deadlines) = longest else { return false };
        // They count no more from now on; the connection closes as soon as its task runs.
        self.leave(&deadlines);
        deadlines.close();
        true
    }
}

/// An address names a watch as long as it lives, and both the crowd and whoever may leave it keep it alive.
fn name(deadlines: &Rc<Deadlines>) -> usize {
    Rc::as_ptr(deadlines) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadlines::{Ticker, Wait};

    struct Place {
        crowd: Crowd,
        ticker: Rc<Ticker>,
    }

    impl Place {
        fn of(most: usize) -> Self {
            let crowd = Crowd { share: most / SHARES, ..Crowd::new(most) };
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
            deadlines.is_of_somebody(true);
            deadlines.end_request();
            deadlines
        }
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
        assert!(!place.crowd.make_way_within(&peer("192.0.2.1")));
        let second = place.enters("192.0.2.1");
        assert!(!place.crowd.make_way_within(&peer("192.0.2.2")), "another address");
        assert!(place.crowd.make_way_within(&peer("192.0.2.1")));
        assert!(first.is_closing() && !second.is_closing() && !other.is_closing());
        assert!(!place.crowd.make_way_within(&peer("192.0.2.1")), "there is room again");
        let neighbours = [place.enters("2001:db8::1"), place.enters("2001:db8::2")];
        assert!(place.crowd.make_way_within(&peer("2001:db8::3")), "a subscriber has a whole /64");
        assert!(neighbours[0].is_closing());
    }

    #[test]
    fn people_who_are_signed_in_and_trusted_proxies_need_no_share() {
        let place = Place::of(8);
        let people: Vec<_> = (0..3).map(|_| place.signed_in("192.0.2.1")).collect();
        assert!(!place.crowd.make_way_within(&peer("192.0.2.1")));
        let through: Vec<_> = (0..3).map(|_| place.enters("10.0.0.1")).collect();
        assert!(!place.crowd.make_way_within(&peer("10.0.0.1")));
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
}
