//! Everybody connected to one worker, and who makes way when there are too many.
//!
//! When connections run out, one person who has more than half of all makes way first, with streams without an end before the rest. Then
//! goes who has waited longest without a request being answered: those with whom nobody is signed in before the others, and nobody in
//! the moment in which they come, unless many come from that network. Where nobody waits, whoever has most makes way, unless that is no more than anybody may have. So what a
//! person opens anew costs that person's own, not others'.
//!
//! One network has only its share of connections with nobody signed in, so that one address cannot take all: one more is turned away.
//! Trusted proxies have no share: many people come through one. And a few places are kept for the desk: whoever gets one of them is told
//! by an app to come again, if nobody who has more makes way ([`Crowd::make_way_for`]).

mod persons;

use doorward_domain::Subject;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;

use crate::deadlines::Deadlines;
use persons::Persons;

/// One network's share of all connections, as a divisor.
const SHARES: usize = 4;
/// One person's share of all connections, as a divisor.
const PERSONS: usize = 2;
/// The smallest share: as many as a few browsers open at once. Whoever has no more makes way for nobody while being answered.
const LEAST_SHARE: usize = 16;
/// So many of one network are left in peace in the moment in which they come: as many as a browser opens at once.
const IN_PEACE: usize = 6;
/// Of so many places one is kept for the desk,
const KEPT_OF: usize = 64;
/// and no more of them than this.
const MOST_KEPT: usize = 16;

/// Whether one more of a network may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// There is something left of its share.
    Free,
    /// Another of that network has gone for it.
    MadeWay,
    /// No: it has its share, and nobody there can go.
    Refused,
}

/// Everybody connected.
#[derive(Debug)]
pub(crate) struct Crowd {
    shares: Cell<Shares>,
    guests: RefCell<HashMap<usize, Guest>>,
    networks: RefCell<HashMap<IpAddr, usize>>,
    persons: RefCell<Persons>,
}

/// How many may be, and how many of them one network and one person may have.
#[derive(Debug, Clone, Copy)]
struct Shares {
    most: usize,
    /// Of those, what is not kept for the desk.
    open: usize,
    network: usize,
    persons: usize,
}

#[derive(Debug)]
struct Guest {
    deadlines: Rc<Deadlines>,
    /// Whom they count for.
    person: Option<Subject>,
    /// Whose share they count for; nobody's behind a trusted proxy.
    network: Option<IpAddr>,
}

impl Shares {
    fn of(most: usize) -> Self {
        Self {
            most,
            open: most - (most / KEPT_OF).min(MOST_KEPT),
            network: (most / SHARES).max(LEAST_SHARE),
            persons: (most / PERSONS).max(LEAST_SHARE),
        }
    }
}

impl Guest {
    fn is_unknown_from(&self, network: IpAddr) -> bool {
        self.network == Some(network) && !self.deadlines.is_signed_in()
    }
}

impl Crowd {
    /// Of at most so many.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            shares: Cell::new(Shares::of(most)),
            guests: RefCell::default(),
            networks: RefCell::default(),
            persons: RefCell::default(),
        }
    }

    /// From now on of at most so many. Who is there stays, and makes way when others come.
    pub(crate) fn holds(&self, most: usize) {
        self.shares.set(Shares::of(most));
    }

    /// Whether nobody is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.guests.borrow().is_empty()
    }

    /// Whether nobody else can come before somebody goes.
    pub(crate) fn is_full(&self) -> bool {
        self.guests.borrow().len() >= self.shares.get().most
    }

    /// Whether only the places are left that are kept for the desk.
    pub(crate) fn is_crowded(&self) -> bool {
        self.guests.borrow().len() >= self.shares.get().open
    }

    /// Whether some have places that are kept for the desk.
    pub(crate) fn is_overcrowded(&self) -> bool {
        self.guests.borrow().len() > self.shares.get().open
    }

    /// Everybody who is there now.
    pub(crate) fn all(&self) -> Vec<Rc<Deadlines>> {
        self.guests.borrow().values().map(|guest| Rc::clone(&guest.deadlines)).collect()
    }

    /// Somebody comes, who counts for that network.
    pub(crate) fn enter(&self, deadlines: &Rc<Deadlines>, network: Option<IpAddr>) {
        if let Some(network) = network {
            *self.networks.borrow_mut().entry(network).or_default() += 1;
        }
        self.guests
            .borrow_mut()
            .insert(name(deadlines), Guest { deadlines: Rc::clone(deadlines), person: None, network });
    }

    /// From whom the latest request on a connection came. Of consequence only where it is another than before.
    pub(crate) fn is_of(&self, deadlines: &Rc<Deadlines>, person: Option<Subject>) {
        if deadlines.person() == person {
            return;
        }
        deadlines.is_of(person);
        if let Some(guest) = self.guests.borrow_mut().get_mut(&name(deadlines)) {
            self.persons.borrow_mut().moves(std::mem::replace(&mut guest.person, person), person);
        }
    }

    /// Somebody has gone.
    pub(crate) fn leave(&self, deadlines: &Rc<Deadlines>) {
        let Some(guest) = self.guests.borrow_mut().remove(&name(deadlines)) else { return };
        self.persons.borrow_mut().moves(guest.person, None);
        let Some(network) = guest.network else { return };
        let mut networks = self.networks.borrow_mut();
        if let Some(count) = networks.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                networks.remove(&network);
            }
        }
    }

    /// Has one of somebody who has more than a share go, or whoever has waited longest, if anybody can.
    pub(crate) fn make_way(&self) -> bool {
        self.dismiss_of_most(self.shares.get().persons)
            || self.dismiss(|guest| guest.person.is_none() && !guest.deadlines.is_coming())
            || self.dismiss_of_many_who_come()
            || self.dismiss(|guest| !guest.deadlines.is_coming())
    }

    /// The same, where there must be a place: for somebody of whom nothing is known yet.
    pub(crate) fn make_way_at_any_rate(&self) -> bool {
        self.make_way() || self.dismiss_of_most(LEAST_SHARE) || self.dismiss(|_| true)
    }

    /// The same for somebody who is known, and has come already: of others only those who have more than they have.
    pub(crate) fn make_way_for(&self, person: Option<Subject>) -> bool {
        let Some(person) = person else { return self.make_way() };
        let theirs = self.persons.borrow().of(person);
        if theirs > self.shares.get().persons {
            return false;
        }
        self.make_way() || self.dismiss_of_most(LEAST_SHARE.max(theirs))
    }

    /// Whether one more of that network would be more than its share. If so, has the one go who has waited longest there.
    pub(crate) fn make_way_within(&self, network: Option<IpAddr>) -> Entry {
        let Some(network) = network else { return Entry::Free };
        let share = self.shares.get().network;
        let all_of_them = self.networks.borrow().get(&network).copied().unwrap_or_default();
        if all_of_them < share {
            return Entry::Free;
        }
        let unknown = self.guests.borrow().values().filter(|guest| guest.is_unknown_from(network)).count();
        if unknown < share {
            Entry::Free
        } else if self.dismiss(|guest| guest.is_unknown_from(network)) {
            Entry::MadeWay
        } else {
            Entry::Refused
        }
    }

    /// Of the person who has most, if that is more than so many, what has gone on for longest goes: what has no end first.
    fn dismiss_of_most(&self, more_than: usize) -> bool {
        let Some(person) = self.persons.borrow().with_most(more_than) else { return false };
        let longest = {
            let guests = self.guests.borrow();
            let theirs = guests.values().filter(|guest| guest.person == Some(person));
            theirs.min_by_key(|guest| guest.deadlines.goes_on_since()).map(|guest| Rc::clone(&guest.deadlines))
        };
        self.sends_away(longest)
    }

    /// Of networks from which more come at once than are left in peace.
    fn dismiss_of_many_who_come(&self) -> bool {
        let mut unknown: HashMap<IpAddr, usize> = HashMap::new();
        for network in
            self.guests.borrow().values().filter(|guest| guest.person.is_none()).filter_map(|guest| guest.network)
        {
            *unknown.entry(network).or_default() += 1;
        }
        unknown.retain(|_, count| *count > IN_PEACE);
        let is_of_many = |guest: &Guest| guest.network.is_some_and(|network| unknown.contains_key(&network));
        !unknown.is_empty() && self.dismiss(|guest| guest.person.is_none() && is_of_many(guest))
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
        self.sends_away(longest)
    }

    /// They count no more from now on; the connection closes as soon as its task runs.
    fn sends_away(&self, somebody: Option<Rc<Deadlines>>) -> bool {
        let Some(deadlines) = somebody else { return false };
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
mod tests;
