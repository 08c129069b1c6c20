//! Who is known to be signed in, in memory.
//!
//! Two layers. `known` maps a credential to a [`Live`] session and is all that a request touches: a sharded map, no lock that all
//! share. The [`Index`] behind it finds entries by session, by user and by deadline; its lock is taken only when something is
//! inserted, dropped or swept.

use dashmap::DashMap;
use doorward_domain::{SessionId, SessionLimits, SignedIn, Timestamp, TokenHash, UserId};
use parking_lot::Mutex;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use tokio_util::sync::CancellationToken;

use super::news::{News, ReadAt};
use crate::ports::Change;

/// A session somebody is using.
pub(super) struct Live {
    pub who: Arc<SignedIn>,
    pub ended: CancellationToken,
    over: AtomicBool,
    last_seen: AtomicI64,
    saved: AtomicI64,
}

impl Live {
    /// Notes the request and says whether the session still opens the door.
    pub(super) fn admits(&self, limits: &SessionLimits, now: Timestamp) -> bool {
        if self.over.load(Ordering::Acquire) || now >= self.ends_at(limits) {
            return false;
        }
        if now.as_millis() > self.last_seen.load(Ordering::Relaxed) {
            self.last_seen.fetch_max(now.as_millis(), Ordering::Relaxed);
        }
        true
    }

    fn last_seen(&self) -> Timestamp {
        Timestamp::from_millis(self.last_seen.load(Ordering::Relaxed))
    }

    fn ends_at(&self, limits: &SessionLimits) -> Timestamp {
        self.who.session.ends_when_last_seen(self.last_seen(), limits)
    }

    /// Last seen, if the store does not know yet.
    fn unsaved(&self) -> Option<Timestamp> {
        let seen = self.last_seen();
        (seen.as_millis() > self.saved.load(Ordering::Relaxed)).then_some(seen)
    }
}

/// A session in the index, with the credentials it is known by.
struct Kept {
    live: Arc<Live>,
    keys: Vec<TokenHash>,
}

#[derive(Default)]
struct Index {
    sessions: HashMap<SessionId, Kept>,
    users: HashMap<UserId, HashSet<SessionId>>,
    /// When to look at a session again, soonest first. May be too early (it was used since) or for a session that is gone; never
    /// too late.
    deadlines: BinaryHeap<Reverse<(Timestamp, SessionId)>>,
    news: News,
    /// Last seen of sessions that were dropped before that was saved.
    unsaved: HashMap<SessionId, Timestamp>,
}

/// Everybody known to be signed in.
pub(super) struct Registry {
    limits: SessionLimits,
    capacity: usize,
    known: DashMap<TokenHash, Arc<Live>>,
    index: Mutex<Index>,
}

/// What was read from the store is older than a change that has been heard of: read again.
#[derive(Debug)]
pub(super) struct Stale;

impl Registry {
    pub(super) fn new(limits: SessionLimits, capacity: usize) -> Self {
        Self { limits, capacity, known: DashMap::new(), index: Mutex::default() }
    }

    /// The hot path: one look-up in a shard.
    pub(super) fn recall(&self, key: &TokenHash, now: Timestamp) -> Option<Arc<Live>> {
        let live = self.known.get(key)?;
        live.admits(&self.limits, now).then(|| Arc::clone(&live))
    }

    /// To be taken before reading the store, and shown with what was read.
    pub(super) fn reading(&self) -> ReadAt {
        self.index.lock().news.now()
    }

    /// Remembers what was read; `None` when the session has expired. A second credential of a known session joins it.
    pub(super) fn insert(
        &self,
        key: TokenHash,
        mut who: SignedIn,
        read_at: ReadAt,
        now: Timestamp,
    ) -> Result<Option<Arc<Live>>, Stale> {
        let mut dropped = Vec::new();
        let mut index = self.index.lock();
        let session = who.session.id;
        if !index.news.is_fresh(read_at, session, who.user.id) {
            return Err(Stale);
        }
        if let Some(seen) = index.unsaved.get(&session) {
            who.session.last_seen_at = who.session.last_seen_at.max(*seen);
        }
        let live = match index.sessions.get_mut(&session) {
            Some(kept) if same_rights(&kept.live.who, &who) => {
                if !kept.keys.contains(&key) {
                    kept.keys.push(key);
                }
                Arc::clone(&kept.live)
            }
            _ => {
                dropped.extend(self.drop_session(&mut index, session));
                if !who.session.is_live(&self.limits, now) {
                    return Ok(None);
                }
                self.make_room(&mut index, &mut dropped);
                let live = Arc::new(live(who, now));
                index.sessions.insert(session, Kept { live: Arc::clone(&live), keys: vec![key] });
                index.users.entry(live.who.user.id).or_default().insert(session);
                index.deadlines.push(Reverse((live.ends_at(&self.limits), session)));
                live
            }
        };
        let admits = live.admits(&self.limits, now);
        if admits {
            self.known.insert(key, Arc::clone(&live));
        }
        drop(index);
        cancel(dropped);
        Ok(admits.then_some(live))
    }

    /// Drops what the change may have touched. When this returns, no request is answered from before it.
    pub(super) fn apply(&self, change: Change) {
        let mut dropped = Vec::new();
        let mut index = self.index.lock();
        index.news.hear(change);
        match change {
            Change::Session(session) => dropped.extend(self.drop_session(&mut index, session)),
            Change::User(user) => {
                for session in index.users.remove(&user).unwrap_or_default() {
                    dropped.extend(self.drop_session(&mut index, session));
                }
            }
        }
        drop(index);
        cancel(dropped);
    }

    /// Trusts nothing that was read so far.
    pub(super) fn drop_all(&self) {
        let mut index = self.index.lock();
        index.news.forget();
        let sessions: Vec<_> = index.sessions.keys().copied().collect();
        let dropped = sessions.into_iter().filter_map(|s| self.drop_session(&mut index, s)).collect();
        drop(index);
        cancel(dropped);
    }

    /// Ends what has expired by now. Costs only what is due.
    pub(super) fn sweep(&self, now: Timestamp) {
        let mut dropped = Vec::new();
        let mut index = self.index.lock();
        while let Some(Reverse((due, session))) = index.deadlines.peek().copied() {
            if due > now {
                break;
            }
            index.deadlines.pop();
            let Some(kept) = index.sessions.get(&session) else { continue };
            let ends_at = kept.live.ends_at(&self.limits);
            if ends_at > now {
                index.deadlines.push(Reverse((ends_at, session)));
            } else {
                dropped.extend(self.drop_session(&mut index, session));
            }
        }
        let crowded = index.deadlines.len() > 2 * index.sessions.len() + 1024;
        if crowded {
            let Index { sessions, deadlines, .. } = &mut *index;
            *deadlines = sessions.iter().map(|(id, kept)| Reverse((kept.live.ends_at(&self.limits), *id))).collect();
        }
        drop(index);
        cancel(dropped);
    }

    /// When sessions were last seen, as far as the store does not know yet.
    pub(super) fn unsaved(&self) -> Vec<(SessionId, Timestamp)> {
        let index = self.index.lock();
        let live = index.sessions.iter().filter_map(|(id, kept)| Some((*id, kept.live.unsaved()?)));
        live.chain(index.unsaved.iter().map(|(id, seen)| (*id, *seen))).collect()
    }

    /// The store knows these now.
    pub(super) fn saved(&self, seen: &[(SessionId, Timestamp)]) {
        let mut index = self.index.lock();
        for (id, at) in seen {
            if let Some(kept) = index.sessions.get(id) {
                kept.live.saved.fetch_max(at.as_millis(), Ordering::Relaxed);
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

    fn drop_session(&self, index: &mut Index, session: SessionId) -> Option<CancellationToken> {
        let Kept { live, keys } = index.sessions.remove(&session)?;
        live.over.store(true, Ordering::Release);
        for key in keys {
            self.known.remove_if(&key, |_, known| Arc::ptr_eq(known, &live));
        }
        if let Some(of_user) = index.users.get_mut(&live.who.user.id) {
            of_user.remove(&session);
            if of_user.is_empty() {
                index.users.remove(&live.who.user.id);
            }
        }
        if let Some(seen) = live.unsaved() {
            index.unsaved.insert(session, seen);
        }
        Some(live.ended.clone())
    }

    /// Makes room for one: drops the session that would expire first, passing over those with a connection open as long as there
    /// are others. A dropped session's connections are closed, since nobody would tell them of its end any more.
    fn make_room(&self, index: &mut Index, dropped: &mut Vec<CancellationToken>) {
        const TRIES: usize = 64;
        let mut busy = VecDeque::new();
        while index.sessions.len() >= self.capacity {
            let spare = if busy.len() < TRIES { index.deadlines.pop() } else { None };
            let Some(Reverse((due, session))) = spare else {
                let Some(Reverse((_, session))) = busy.pop_front() else { break };
                dropped.extend(self.drop_session(index, session));
                continue;
            };
            let Some(kept) = index.sessions.get(&session) else { continue };
            let ends_at = kept.live.ends_at(&self.limits);
            if ends_at > due {
                index.deadlines.push(Reverse((ends_at, session)));
            } else if Arc::strong_count(&kept.live.who) > 1 {
                busy.push_back(Reverse((due, session)));
            } else {
                dropped.extend(self.drop_session(index, session));
            }
        }
        index.deadlines.extend(busy);
    }
}

fn live(who: SignedIn, now: Timestamp) -> Live {
    let seen = who.session.last_seen_at.as_millis();
    Live {
        last_seen: AtomicI64::new(seen.max(now.as_millis())),
        saved: AtomicI64::new(seen),
        who: Arc::new(who),
        ended: CancellationToken::new(),
        over: AtomicBool::new(false),
    }
}

/// Whether a fresh reading says what is known already. When they were last seen and last signed in is left out: it gives no right.
fn same_rights(known: &SignedIn, read: &SignedIn) -> bool {
    let rights = |who: &SignedIn| (who.user.updated_at, who.user.role, who.user.is_disabled, who.session.expires_at);
    rights(known) == rights(read) && known.user.username == read.user.username && known.grants == read.grants
}

/// Outside the lock: it wakes whoever holds a connection.
fn cancel(dropped: Vec<CancellationToken>) {
    for ended in dropped {
        ended.cancel();
    }
}
