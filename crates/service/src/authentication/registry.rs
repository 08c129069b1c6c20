//! Who is known to be signed in, in memory.
//!
//! Two layers. `known` maps a credential to a [`CachedSession`] and is all that a request touches: a sharded map, no lock that all
//! share. The [`Index`] behind it finds entries by session, by user and by deadline; its lock is taken only when something is
//! inserted, dropped or swept.

use dashmap::DashMap;
use doorward_domain::{Principal, SessionId, SessionLimits, Timestamp, TokenHash, UserId};
use parking_lot::Mutex;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::principal::principal;
use super::recent_changes::{ReadAt, RecentChanges};
use super::revocation::Revocation;
use crate::ports::{Change, LiveSession};

/// A session somebody is using. With a hundred thousand of them in use, what a request costs is how much memory it touches: this,
/// what the two point to, and no more; and sessions of one user share what is the user's.
#[derive(Clone)]
pub(super) struct CachedSession {
    pub who: Arc<Principal>,
    pub ended: Revocation,
}

impl CachedSession {
    /// Notes the request and says whether the session still opens the door.
    pub(super) fn admits(&self, limits: &SessionLimits, now: Timestamp) -> bool {
        let admits = self.is_alive(limits, now);
        if admits {
            self.ended.seen(now);
        }
        admits
    }

    /// When to look at it again, after `now`: when it ends, or a grant lapses.
    fn due_after(&self, now: Timestamp, limits: &SessionLimits) -> Timestamp {
        let lapses = self.who.rights.next_change(now);
        lapses.into_iter().fold(self.ends_at(limits), Timestamp::min)
    }

    /// Whether a grant lapses just then.
    fn lapses_at(&self, due: Timestamp) -> bool {
        self.who.rights.changes_at(due)
    }

    /// Whether the session still opens the door.
    pub(super) fn is_alive(&self, limits: &SessionLimits, now: Timestamp) -> bool {
        !self.ended.is_revoked() && now < self.ends_at(limits)
    }

    fn ends_at(&self, limits: &SessionLimits) -> Timestamp {
        self.who.session().ends_when_last_seen(self.ended.last_seen(), limits)
    }
}

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
    live: CachedSession,
    keys: Vec<TokenHash>,
}

#[derive(Default)]
struct Index {
    sessions: HashMap<SessionId, Kept>,
    users: HashMap<UserId, HashSet<SessionId>>,
    /// When to look at a session again, soonest first. May be too early (it was used since) or for a session that is gone; never
    /// too late.
    deadlines: BinaryHeap<Reverse<(Timestamp, SessionId)>>,
    recent_changes: RecentChanges,
    /// Last seen of sessions that were dropped before that was saved.
    unsaved: HashMap<SessionId, Timestamp>,
}

impl Index {
    /// Lets a session hold what another of the same user holds already, where both are the same in every detail.
    fn share(&self, who: &mut Principal) {
        let others = self.users.get(&who.user_id()).into_iter().flatten();
        let Some(other) = others.filter_map(|id| self.sessions.get(id)).map(|kept| &kept.live.who).next() else {
            return;
        };
        if other.name == who.name {
            who.name = other.name.clone();
        }
        if other.full_name == who.full_name {
            who.full_name = Arc::clone(&other.full_name);
        }
        if other.rights == who.rights {
            who.rights = Arc::clone(&other.rights);
        }
    }
}

/// Everybody known to be signed in.
pub(super) struct Registry {
    limits: SessionLimits,
    capacity: usize,
    known: DashMap<TokenHash, CachedSession, BuildHasherDefault<DigestHasher>>,
    index: Mutex<Index>,
}

/// What was read from the store is older than a change that has been heard of: read again.
#[derive(Debug)]
pub(super) struct Stale;

impl Registry {
    pub(super) fn new(limits: SessionLimits, capacity: usize) -> Self {
        Self { limits, capacity, known: DashMap::default(), index: Mutex::default() }
    }

    /// The hot path: one look-up in a shard.
    pub(super) fn cached(&self, key: &TokenHash, now: Timestamp) -> Option<CachedSession> {
        let live = self.known.get(key)?;
        live.admits(&self.limits, now).then(|| live.clone())
    }

    /// The same without counting as a request.
    pub(super) fn peek(&self, key: &TokenHash, now: Timestamp) -> Option<CachedSession> {
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
        mut read: LiveSession,
        read_at: ReadAt,
        now: Timestamp,
    ) -> Result<Option<CachedSession>, Stale> {
        let mut index = self.index.lock();
        let session = read.session.id;
        if !index.recent_changes.is_fresh(read_at, session, read.user.id) {
            return Err(Stale);
        }
        if let Some(seen) = index.unsaved.get(&session) {
            read.session.last_seen_at = read.session.last_seen_at.max(*seen);
        }
        let mut who = principal(read);
        let live = match index.sessions.get_mut(&session) {
            Some(kept) if same_rights(&kept.live.who, &who) => {
                if !kept.keys.contains(&key) {
                    kept.keys.push(key);
                }
                kept.live.clone()
            }
            _ => {
                self.drop_session(&mut index, session);
                if !who.session().is_live(&self.limits, now) {
                    return Ok(None);
                }
                self.make_room(&mut index);
                index.share(&mut who);
                let live = live(who);
                index.sessions.insert(session, Kept { live: live.clone(), keys: vec![key] });
                index.users.entry(live.who.user_id()).or_default().insert(session);
                index.deadlines.push(Reverse((live.due_after(now, &self.limits), session)));
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
            Change::Session(session) => self.drop_session(&mut index, session),
            Change::User(user) => {
                for session in index.users.remove(&user).unwrap_or_default() {
                    self.drop_session(&mut index, session);
                }
            }
        }
    }

    /// Trusts nothing that was read so far.
    pub(super) fn drop_all(&self) {
        let mut index = self.index.lock();
        index.recent_changes.forget();
        let sessions: Vec<_> = index.sessions.keys().copied().collect();
        for session in sessions {
            self.drop_session(&mut index, session);
        }
    }

    /// Ends what has expired by now, and forgets whoever's grant has lapsed, so that they are judged again. Costs only what is due.
    pub(super) fn sweep(&self, now: Timestamp) {
        let mut index = self.index.lock();
        while let Some(Reverse((due, session))) = index.deadlines.peek().copied() {
            if due > now {
                break;
            }
            index.deadlines.pop();
            let Some(kept) = index.sessions.get(&session) else { continue };
            let next = kept.live.due_after(now, &self.limits);
            if next > now && !kept.live.lapses_at(due) {
                index.deadlines.push(Reverse((next, session)));
            } else {
                self.drop_session(&mut index, session);
            }
        }
        let crowded = index.deadlines.len() > 2 * index.sessions.len() + 1024;
        if crowded {
            let Index { sessions, deadlines, .. } = &mut *index;
            *deadlines =
                sessions.iter().map(|(id, kept)| Reverse((kept.live.due_after(now, &self.limits), *id))).collect();
        }
    }

    /// When sessions were last seen, as far as the store does not know yet.
    pub(super) fn unsaved(&self) -> Vec<(SessionId, Timestamp)> {
        let index = self.index.lock();
        let live = index.sessions.iter().filter_map(|(id, kept)| Some((*id, kept.live.ended.unsaved()?)));
        live.chain(index.unsaved.iter().map(|(id, seen)| (*id, *seen))).collect()
    }

    /// The store knows these now.
    pub(super) fn saved(&self, seen: &[(SessionId, Timestamp)]) {
        let mut index = self.index.lock();
        for (id, at) in seen {
            if let Some(kept) = index.sessions.get(id) {
                kept.live.ended.saved(*at);
            }
            if index.unsaved.get(id).is_some_and(|left| left <= at) {
                index.unsaved.remove(id);
            }
        }
    }

    /// How many sessions are known.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.index.lock().sessions.len()
    }

    /// How many deadlines are kept.
    #[cfg(test)]
    pub(super) fn deadlines(&self) -> usize {
        self.index.lock().deadlines.len()
    }

    fn drop_session(&self, index: &mut Index, session: SessionId) {
        let Some(Kept { live, keys }) = index.sessions.remove(&session) else { return };
        live.ended.revoke();
        for key in keys {
            self.known.remove_if(&key, |_, known| Arc::ptr_eq(&known.who, &live.who));
        }
        if let Some(of_user) = index.users.get_mut(&live.who.user_id()) {
            of_user.remove(&session);
            if of_user.is_empty() {
                index.users.remove(&live.who.user_id());
            }
        }
        if let Some(seen) = live.ended.unsaved() {
            index.unsaved.insert(session, seen);
        }
    }

    /// Makes room for one: drops the session that would expire first, passing over those with a connection open as long as there
    /// are others. A dropped session's connections are closed, since nobody would tell them of its end any more.
    fn make_room(&self, index: &mut Index) {
        const TRIES: usize = 64;
        let mut busy = VecDeque::new();
        while index.sessions.len() >= self.capacity {
            let spare = if busy.len() < TRIES { index.deadlines.pop() } else { None };
            let Some(Reverse((due, session))) = spare else {
                let Some(Reverse((_, session))) = busy.pop_front() else { break };
                self.drop_session(index, session);
                continue;
            };
            let Some(kept) = index.sessions.get(&session) else { continue };
            let next = kept.live.due_after(due, &self.limits);
            if next > due && !kept.live.lapses_at(due) {
                index.deadlines.push(Reverse((next, session)));
            } else if kept.live.ended.is_awaited_beside(1 + kept.keys.len()) {
                busy.push_back(Reverse((due, session)));
            } else {
                self.drop_session(index, session);
            }
        }
        index.deadlines.extend(busy);
    }
}

fn live(who: Principal) -> CachedSession {
    CachedSession { ended: Revocation::of(who.session()), who: Arc::new(who) }
}

/// Whether a fresh reading says what is known already. When they were last seen is left out: it gives no right.
fn same_rights(known: &Principal, read: &Principal) -> bool {
    let bond = |who: &Principal| (who.session().expires_at, who.session().proved_at);
    bond(known) == bond(read)
        && (&known.name, &known.email, &known.full_name) == (&read.name, &read.email, &read.full_name)
        && known.rights == read.rights
}
