//! Looking after what is known: what has ended goes, what has changed is renewed, what is unsaved is saved.

use doorward_domain::{Principal, Timestamp};
use std::cmp::Reverse;
use std::collections::VecDeque;

use super::{Cached, Index, Registry, Unsaved};
use crate::authentication::memberships::Memberships;

impl Registry {
    /// Groups have changed. Whoever's rights these do not change stays as they are, with all that is open; the others have new ones from now
    /// on, and whatever was opened with the old is told to ask again.
    pub(in crate::authentication) fn regroup(&self, memberships: Memberships) {
        let mut index = self.index.lock();
        index.memberships = memberships;
        let Index { bonds, memberships, deadlines, .. } = &mut *index;
        for (bond, kept) in bonds.iter_mut().filter(|(_, kept)| !kept.groups.are_none()) {
            let mut who = Principal::clone(&kept.live.who);
            if !kept.groups.renew(&mut who, memberships) {
                continue;
            }
            let renewed =
                Cached { until: kept.live.until, ..Cached::new(who, Some(kept.live.revocation.last_seen()), None) };
            let old = std::mem::replace(&mut kept.live, renewed);
            for key in &kept.keys {
                self.known.alter(key, |_, known| Cached { until: known.until, ..kept.live.clone() });
            }
            old.revocation.revoke();
            deadlines.push(Reverse((kept.live.due_after(Timestamp::from_millis(0), &self.limits), *bond)));
        }
    }

    /// Ends what has expired by now, and forgets whoever's grant has lapsed, so that they are judged again. Costs only what is due.
    pub(in crate::authentication) fn sweep(&self, now: Timestamp) {
        let mut index = self.index.lock();
        while let Some(Reverse((due, bond))) = index.deadlines.peek().copied() {
            if due > now {
                break;
            }
            index.deadlines.pop();
            let Some(kept) = index.bonds.get(&bond) else { continue };
            let next = kept.live.due_after(now, &self.limits);
            if next > now && !kept.live.lapses_at(due) {
                index.deadlines.push(Reverse((next, bond)));
            } else {
                self.drop_bond(&mut index, bond);
            }
        }
        let crowded = index.deadlines.len() > 2 * index.bonds.len() + 1024;
        if crowded {
            let Index { bonds, deadlines, .. } = &mut *index;
            *deadlines =
                bonds.iter().map(|(id, kept)| Reverse((kept.live.due_after(now, &self.limits), *id))).collect();
        }
    }

    /// When sessions were last seen, as far as the store does not know yet.
    pub(in crate::authentication) fn unsaved(&self) -> Vec<Unsaved> {
        let index = self.index.lock();
        let live = index.bonds.values().filter_map(|kept| Unsaved::of(&kept.live));
        live.chain(index.unsaved.values().copied()).collect()
    }

    /// The store knows these now.
    pub(in crate::authentication) fn saved(&self, saved: &[Unsaved]) {
        let mut index = self.index.lock();
        for Unsaved { bond, seen, .. } in saved {
            if let Some(kept) = index.bonds.get(bond) {
                kept.live.revocation.saved(*seen);
            }
            if index.unsaved.get(bond).is_some_and(|left| left.seen <= *seen) {
                index.unsaved.remove(bond);
            }
        }
    }

    /// Makes room for one: drops the session that would expire first, passing over those with a connection open as long as there
    /// are others. A dropped session's connections are closed, since nobody would tell them of its end any more.
    pub(super) fn make_room(&self, index: &mut Index) {
        const TRIES: usize = 64;
        let mut busy = VecDeque::new();
        while index.bonds.len() >= self.capacity {
            let spare = if busy.len() < TRIES { index.deadlines.pop() } else { None };
            let Some(Reverse((due, bond))) = spare else {
                let Some(Reverse((_, bond))) = busy.pop_front() else { break };
                self.drop_bond(index, bond);
                continue;
            };
            let Some(kept) = index.bonds.get(&bond) else { continue };
            let next = kept.live.due_after(due, &self.limits);
            if next > due && !kept.live.lapses_at(due) {
                index.deadlines.push(Reverse((next, bond)));
            } else if kept.live.revocation.is_awaited_beside(1 + kept.keys.len()) {
                busy.push_back(Reverse((due, bond)));
            } else {
                self.drop_bond(index, bond);
            }
        }
        index.deadlines.extend(busy);
    }
}
