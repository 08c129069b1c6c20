//! Who is known to be signed in, in memory.
//!
//! Two layers. `known` maps a credential to a [`Cached`] and is all that a request touches: a sharded map, no lock that all
//! share. The [`Index`] behind it finds entries by session, by user and by deadline; its lock is taken only when something is
//! inserted, dropped or swept.
//!
//! Look next: `cached` (what is kept of somebody), `upkeep` (what is done to it).

mod cached;
mod upkeep;

use dashmap::DashMap;
use doorward_domain::{BondId, Principal, SessionLimits, Timestamp, TokenHash, UserId};
use parking_lot::Mutex;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::memberships::Memberships;
use super::principal::{Groups, Placed};
use super::recent_changes::{ReadAt, RecentChanges};
use crate::ports::Change;
pub(super) use cached::{Cached, Unsaved};

/// The keys are digests already: any eight bytes of one are a good hash, and nobody else chooses what is in the map.
#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A session in the index, with the credentials it is known by.
struct Kept {
    live: Cached,
    keys: Vec<TokenHash>,
    groups: Groups,
}

#[derive(Default)]
struct Index {
    bonds: HashMap<BondId, Kept>,
    people: HashMap<UserId, HashSet<BondId>>,
    /// When to look at a session again, soonest first. May be too early (it was used since) or for a session that is gone; never
    /// too late.
    deadlines: BinaryHeap<Reverse<(Timestamp, BondId)>>,
    recent_changes: RecentChanges,
    memberships: Memberships,
    /// Last seen of sessions that were dropped before that was saved.
    unsaved: HashMap<BondId, Unsaved>,
}

impl Index {
    /// Lets a session hold what another of the same user holds already, where both are the same in every detail.
    fn share(&self, who: &mut Principal) {
        let others = who.bond.person().and_then(|person| self.people.get(&person)).into_iter().flatten();
        let others = others.filter_map(|id| self.bonds.get(id)).map(|kept| &kept.live.who);
        let Some(other) = others.filter(|other| other.subject == who.subject).min_by_key(|other| other.bond.id())
        else {
            return;
        };
        if other.name == who.name {
            who.name = other.name.clone();
        }
        if other.full_name == who.full_name {
            who.full_name = Arc::clone(&other.full_name);
        }
        if other.rights == who.rights {
            who.rights = other.rights.clone();
        }
    }
}

/// Everybody known to be signed in.
pub(super) struct Registry {
    limits: SessionLimits,
    capacity: usize,
    known: DashMap<TokenHash, Cached, BuildHasherDefault<DigestHasher>>,
    index: Mutex<Index>,
}

/// What was read from the store is older than a change that has been heard of: read again.
#[derive(Debug)]
pub(super) struct Stale;

impl Registry {
    pub(super) fn new(limits: SessionLimits, capacity: usize, memberships: Memberships) -> Self {
        let index = Mutex::new(Index { memberships, ..Index::default() });
        Self { limits, capacity, known: DashMap::default(), index }
    }

    /// The hot path: one look-up in a shard.
    pub(super) fn cached(&self, key: &TokenHash, now: Timestamp) -> Option<Cached> {
        let live = self.known.get(key)?;
        live.admits(&self.limits, now).then(|| live.clone())
    }

    /// The same without counting as a request.
    pub(super) fn peek(&self, key: &TokenHash, now: Timestamp) -> Option<Cached> {
        let live = self.known.get(key)?;
        live.is_alive(&self.limits, now).then(|| live.clone())
    }

    /// To be taken before reading the store, and shown with what was read.
    pub(super) fn reading(&self) -> ReadAt {
        self.index.lock().recent_changes.now()
    }

    /// Remembers what was read; `None` when the session has expired. A second credential of a known session joins it.
    pub(super) fn insert(
        &self,
        key: TokenHash,
        placed: Placed,
        read_at: ReadAt,
        now: Timestamp,
    ) -> Result<Option<Cached>, Stale> {
        let index = &mut *self.index.lock();
        if !index.recent_changes.is_fresh(read_at, placed.who()) {
            return Err(Stale);
        }
        let until = placed.until();
        let (mut who, groups) = placed.in_groups(&index.memberships);
        let bond = who.bond.id();
        let seen = index.unsaved.get(&bond).map(|left| left.seen);
        let live = match index.bonds.get_mut(&bond) {
            Some(kept) if kept.live.says_the_same_as(&who) => {
                if !kept.keys.contains(&key) {
                    kept.keys.push(key);
                }
                let live = kept.live.by_another(until);
                if live.until < kept.live.until {
                    kept.live.until = live.until;
                    index.deadlines.push(Reverse((live.until, bond)));
                }
                live
            }
            _ => {
                self.drop_bond(index, bond);
                index.share(&mut who);
                let live = Cached::new(who, seen, until);
                if !live.is_alive(&self.limits, now) {
                    return Ok(None);
                }
                self.make_room(index);
                index.bonds.insert(bond, Kept { live: live.clone(), keys: vec![key], groups });
                if let Some(person) = live.who.bond.person() {
                    index.people.entry(person).or_default().insert(bond);
                }
                index.deadlines.push(Reverse((live.due_after(now, &self.limits), bond)));
                live
            }
        };
        let is_alive = live.is_alive(&self.limits, now);
        if is_alive {
            self.known.insert(key, live.clone());
        }
        Ok(is_alive.then_some(live))
    }

    /// Drops what the change may have touched. When this returns, no request is answered from before it.
    pub(super) fn apply(&self, change: Change) {
        let mut index = self.index.lock();
        index.recent_changes.hear(change);
        match change {
            Change::Session(session) => self.drop_bond(&mut index, BondId::Session(session)),
            Change::Key(key) => self.drop_bond(&mut index, BondId::Key(key)),
            Change::User(user) => {
                for bond in index.people.remove(&user).unwrap_or_default() {
                    self.drop_bond(&mut index, bond);
                }
            }
            // All groups are read again, see `regroup`.
            Change::Group(_) => {}
        }
    }

    /// What groups come to now.
    pub(super) fn placed(&self, placed: Placed) -> Principal {
        placed.in_groups(&self.index.lock().memberships).0
    }

    /// Trusts nothing that was read so far.
    pub(super) fn drop_all(&self) {
        let mut index = self.index.lock();
        index.recent_changes.forget();
        let bonds: Vec<_> = index.bonds.keys().copied().collect();
        for bond in bonds {
            self.drop_bond(&mut index, bond);
        }
    }

    /// How many sessions are known.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.index.lock().bonds.len()
    }

    /// How many deadlines are kept.
    #[cfg(test)]
    pub(super) fn deadlines(&self) -> usize {
        self.index.lock().deadlines.len()
    }

    fn drop_bond(&self, index: &mut Index, bond: BondId) {
        let Some(Kept { live, keys, .. }) = index.bonds.remove(&bond) else { return };
        live.revocation.revoke();
        for key in keys {
            self.known.remove_if(&key, |_, known| Arc::ptr_eq(&known.who, &live.who));
        }
        if let Some(person) = live.who.bond.person()
            && let Some(of_person) = index.people.get_mut(&person)
        {
            of_person.remove(&bond);
            if of_person.is_empty() {
                index.people.remove(&person);
            }
        }
        if let Some(left) = Unsaved::of(&live) {
            index.unsaved.insert(bond, left);
        }
    }
}
