//! Whether a session in use has come to its end, and when it was last seen: what changes about it, in one small place.

use doorward_domain::{Bond, Timestamp};
use parking_lot::Mutex;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// The end of a session, or of the rights it was admitted with. Asked, not waited for: whoever holds a connection looks at it a few
/// times a second, and a request pays nothing for being tellable.
#[derive(Debug, Clone, Default)]
pub struct Revocation(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_revoked: AtomicBool,
    last_seen: AtomicI64,
    saved: AtomicI64,
    /// From where it was used last, for bonds of which that is remembered.
    from: Option<Box<Mutex<Option<IpAddr>>>>,
}

impl Revocation {
    /// Of a bond as read from the store.
    pub(super) fn of(bond: &Bond) -> Self {
        let saved = bond.last_seen_at().map_or(0, Timestamp::as_millis);
        let (last_seen, saved) = (AtomicI64::new(saved), AtomicI64::new(saved));
        let from = match bond {
            Bond::Session(_) => None,
            Bond::Key(key) => Some(Box::new(Mutex::new(key.last_used.map(|(_, from)| from)))),
        };
        Self(Arc::new(State { is_revoked: AtomicBool::new(false), last_seen, saved, from }))
    }

    /// Whether connections that were opened with the session must close.
    pub fn is_revoked(&self) -> bool {
        self.0.is_revoked.load(Ordering::Acquire)
    }

    /// Says so to everybody who holds this. Nothing begins again.
    pub fn revoke(&self) {
        self.0.is_revoked.store(true, Ordering::Release);
    }

    /// Notes a request. The common case, several in one millisecond, writes nothing.
    pub(super) fn seen(&self, now: Timestamp) {
        if now.as_millis() > self.0.last_seen.load(Ordering::Relaxed) {
            self.0.last_seen.fetch_max(now.as_millis(), Ordering::Relaxed);
        }
    }

    /// Notes from where. Never waits: somebody else is noting theirs.
    pub(super) fn seen_from(&self, address: IpAddr) {
        if let Some(mut from) = self.0.from.as_ref().and_then(|from| from.try_lock()) {
            *from = Some(address.to_canonical());
        }
    }

    /// From where it was used last, if that is remembered.
    pub(super) fn last_from(&self) -> Option<IpAddr> {
        self.0.from.as_ref().and_then(|from| *from.lock())
    }

    pub(super) fn last_seen(&self) -> Timestamp {
        Timestamp::from_millis(self.0.last_seen.load(Ordering::Relaxed))
    }

    /// Last seen, if the store does not know yet.
    pub(super) fn unsaved(&self) -> Option<Timestamp> {
        let seen = self.last_seen();
        (seen.as_millis() > self.0.saved.load(Ordering::Relaxed)).then_some(seen)
    }

    /// The store knows this now.
    pub(super) fn saved(&self, at: Timestamp) {
        self.0.saved.fetch_max(at.as_millis(), Ordering::Relaxed);
    }

    /// Whether somebody holds it beside those: a request or a connection.
    pub(super) fn is_awaited_beside(&self, known: usize) -> bool {
        Arc::strong_count(&self.0) > known
    }
}
