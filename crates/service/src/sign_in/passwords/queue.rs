//! Who waits for one of a few slots, and whose turn it is.
//!
//! Networks take turns, so that one address with hundreds of passwords keeps another waiting for one of its own only. First come those
//! that are known, from which the account has signed in before: strangers, however many networks they have, keep nobody out who was here.
//! Nor do those who are known keep strangers out, who may be anybody in a new place: every fourth turn is a stranger's.
//! The queue has an end, and it is as fair as the turns: when it is full, the last in the longest line makes way for whoever has less
//! waiting, and strangers for those who are known.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};

/// How many times as long a queue gets for networks that have nobody waiting, when every line is one long.
const FOR_FIRST_ONES: usize = 4;

/// How many who are known go before one stranger who waits.
const BEFORE_STRANGER: usize = 3;

/// Where work comes from: what waits in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    /// `None`: Doorward itself.
    network: Option<IpAddr>,
    is_known: bool,
}

impl Origin {
    /// An address that nothing speaks for. The addresses of one IPv6 site (a /48) are one: whoever has one has 65,536 networks.
    pub(crate) fn stranger(ip: IpAddr) -> Self {
        Self { network: Some(site(ip)), is_known: false }
    }

    /// Somebody who is signed in, or signed in from there before; without an address, Doorward itself.
    pub(crate) fn known(ip: Option<IpAddr>) -> Self {
        Self { network: ip.map(site), is_known: true }
    }
}

fn site(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80))),
    }
}

/// The place of one who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    origin: Origin,
    number: u64,
}

#[derive(Default)]
struct Turns {
    known: VecDeque<Origin>,
    strangers: VecDeque<Origin>,
    /// How many who are known have gone before the stranger who is next.
    before_stranger: usize,
}

impl Turns {
    fn of(&mut self, origin: Origin) -> &mut VecDeque<Origin> {
        if origin.is_known { &mut self.known } else { &mut self.strangers }
    }

    /// Those whose turn is now.
    fn now(&mut self) -> &mut VecDeque<Origin> {
        let is_strangers = self.known.is_empty() || self.before_stranger >= BEFORE_STRANGER;
        if self.strangers.is_empty() {
            self.before_stranger = 0;
            &mut self.known
        } else if is_strangers {
            self.before_stranger = 0;
            &mut self.strangers
        } else {
            self.before_stranger += 1;
            &mut self.known
        }
    }
}

/// All who wait.
pub(super) struct Queue<T> {
    lines: HashMap<Origin, VecDeque<(u64, T)>>,
    /// Who has a line, whose turn is first in front.
    turns: Turns,
    length: usize,
    longest: usize,
    next_number: u64,
}

impl<T> Queue<T> {
    pub(super) fn new(longest: usize) -> Self {
        Self { lines: HashMap::new(), turns: Turns::default(), length: 0, longest, next_number: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Joins the end of the line of where it comes from; `None` when there is no place.
    pub(super) fn join(&mut self, origin: Origin, entry: T) -> Option<Ticket> {
        if self.length >= self.longest && !self.make_way(origin) {
            let is_first = !self.lines.contains_key(&origin);
            if !is_first || self.length >= self.longest.saturating_mul(FOR_FIRST_ONES) {
                return None;
            }
        }
        let line = self.lines.entry(origin).or_default();
        if line.is_empty() {
            self.turns.of(origin).push_back(origin);
        }
        let number = self.next_number;
        self.next_number += 1;
        line.push_back((number, entry));
        self.length += 1;
        Some(Ticket { origin, number })
    }

    /// Who is next: the first in the line whose turn it is, which then goes to the end.
    pub(super) fn next(&mut self) -> Option<T> {
        let turns = self.turns.now();
        let origin = turns.pop_front()?;
        let line = self.lines.get_mut(&origin)?;
        let (_, entry) = line.pop_front()?;
        if line.is_empty() {
            self.lines.remove(&origin);
        } else {
            turns.push_back(origin);
        }
        self.length -= 1;
        Some(entry)
    }

    /// Gives a place up, if it is still held.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        let Some(line) = self.lines.get_mut(&ticket.origin) else { return };
        let Some(at) = line.iter().position(|(number, _)| *number == ticket.number) else { return };
        line.remove(at);
        self.length -= 1;
        self.forget_if_empty(ticket.origin);
    }

    /// The last in the longest line gives its place up, if that leaves its line no shorter than this one will be; strangers do for
    /// whoever is known in any case, and never the other way round.
    fn make_way(&mut self, origin: Origin) -> bool {
        let own = self.lines.get(&origin).map_or(0, VecDeque::len);
        let of = |is_known: bool| {
            let lines = self.lines.iter().filter(move |(other, _)| other.is_known == is_known);
            lines.map(|(other, line)| (line.len(), *other)).max_by_key(|(length, _)| *length)
        };
        let longest = match (of(false), origin.is_known) {
            (Some(stranger), true) => Some(stranger),
            (stranger, false) => stranger.filter(|(length, _)| *length > own + 1),
            (None, true) => of(true).filter(|(length, _)| *length > own + 1),
        };
        let Some((_, longest)) = longest else { return false };
        if self.lines.get_mut(&longest).and_then(VecDeque::pop_back).is_some() {
            self.length -= 1;
        }
        self.forget_if_empty(longest);
        true
    }

    fn forget_if_empty(&mut self, origin: Origin) {
        if self.lines.get(&origin).is_some_and(VecDeque::is_empty) {
            self.lines.remove(&origin);
            self.turns.of(origin).retain(|other| *other != origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(n: u32) -> Origin {
        Origin::stranger(IpAddr::V4((n + 1).into()))
    }

    fn known(n: u32) -> Origin {
        Origin::known(Some(IpAddr::V4((n + 1).into())))
    }

    fn drained<T>(mut queue: Queue<T>) -> Vec<T> {
        let all: Vec<T> = std::iter::from_fn(|| queue.next()).collect();
        assert_eq!((queue.len(), queue.lines.len()), (0, 0));
        assert!(queue.turns.known.is_empty() && queue.turns.strangers.is_empty());
        all
    }

    #[test]
    fn a_few_networks_that_fill_the_queue_make_way_for_one_with_nobody_waiting() {
        let mut queue = Queue::new(200);
        for n in 0..20 {
            for _ in 0..12 {
                let _ = queue.join(stranger(n), "guess");
            }
        }
        assert_eq!(queue.len(), 200);
        assert!(queue.join(stranger(0), "guess").is_none(), "not for whoever has the most");
        for n in 100..150 {
            assert!(queue.join(stranger(n), "somebody").is_some(), "{n}");
        }
        assert_eq!(queue.len(), 200, "for each of them another made way");
        assert_eq!(drained(queue).iter().filter(|one| **one == "somebody").count(), 50);
    }

    #[test]
    fn strangers_make_way_for_whoever_is_known_who_goes_first() {
        let mut queue = Queue::new(100);
        for n in 0..1000 {
            let _ = queue.join(stranger(n), "guess");
        }
        assert_eq!(queue.len(), 400, "each network's first one waits, up to an end");
        for n in 0..50 {
            assert!(queue.join(known(n), "known").is_some());
        }
        assert_eq!(queue.len(), 400);
        let first = drained(queue)[..66].to_vec();
        assert_eq!(first.iter().filter(|one| **one == "known").count(), 50, "but for every fourth turn: {first:?}");
    }

    #[test]
    fn whoever_is_known_and_never_stops_keeps_no_stranger_waiting() {
        let mut queue = Queue::new(100);
        queue.join(known(1), "known").unwrap();
        queue.join(known(1), "known").unwrap();
        for _ in 0..5 {
            queue.join(stranger(1), "stranger").unwrap();
            let mut turns = 0;
            while queue.next() == Some("known") {
                queue.join(known(1), "known").unwrap();
                turns += 1;
            }
            assert!(turns <= BEFORE_STRANGER, "{turns}");
        }
    }

    #[test]
    fn whoever_is_known_makes_way_for_no_stranger_and_for_each_other_as_strangers_do() {
        let mut queue = Queue::new(10);
        for _ in 0..10 {
            assert!(queue.join(known(1), "own").is_some());
        }
        assert!(queue.join(known(1), "own").is_none());
        assert!(queue.join(known(2), "other").is_some());
        assert_eq!(queue.len(), 10);
        for _ in 0..2 {
            let _ = queue.join(stranger(1), "stranger");
        }
        assert_eq!(drained(queue)[..2], ["own", "other"]);
    }

    #[test]
    fn all_networks_of_an_ipv6_site_have_one_line() {
        let mut queue = Queue::new(10);
        for n in 0..1000 {
            let ip: IpAddr = format!("2001:db8:1:{n:x}::1").parse().unwrap();
            let _ = queue.join(Origin::stranger(ip), "guess");
        }
        assert_eq!((queue.len(), queue.lines.len()), (10, 1));
        assert!(queue.join(Origin::stranger("2001:db8:2::1".parse().unwrap()), "other").is_some());
    }

    #[test]
    fn whoever_leaves_leaves_nothing_behind_and_has_no_second_turn() {
        let mut queue = Queue::new(10);
        let first = queue.join(stranger(1), 1).unwrap();
        queue.leave(first);
        queue.leave(first);
        assert_eq!((queue.len(), queue.lines.len(), queue.turns.strangers.len()), (0, 0, 0));
        for entry in [2, 3] {
            queue.join(stranger(1), entry).unwrap();
        }
        queue.join(stranger(2), 4).unwrap();
        assert_eq!(drained(queue), [2, 4, 3]);
    }
}
