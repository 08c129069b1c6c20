//! Whether something read from the store is older than a change heard of since.
//!
//! Closes the race between a reader (asks the store, then remembers the answer) and a change (drops what is remembered) that comes
//! in between: the reader shows when it began, and is sent back if a change has named its session or user since.

use doorward_domain::{BondId, Principal};
use std::collections::VecDeque;

use crate::ports::Change;

/// How far back single changes are remembered; readers slower than that read again.
const REMEMBERED: usize = 1024;

/// When a reading began, counted in changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadAt(u64);

/// The changes heard of lately.
#[derive(Default)]
pub(super) struct RecentChanges {
    heard: u64,
    /// Readings that began before this many are too old to tell.
    floor: u64,
    lately: VecDeque<Change>,
}

impl RecentChanges {
    pub(super) fn now(&self) -> ReadAt {
        ReadAt(self.heard)
    }

    pub(super) fn hear(&mut self, change: Change) {
        self.heard += 1;
        self.lately.push_back(change);
        if self.lately.len() > REMEMBERED {
            self.lately.pop_front();
            self.floor += 1;
        }
    }

    /// Nothing that was begun before now is fresh.
    pub(super) fn forget(&mut self) {
        self.heard += 1;
        self.floor = self.heard;
        self.lately.clear();
    }

    /// Whether nothing has changed since about whoever was read. What changed about groups is looked at elsewhere.
    pub(super) fn is_fresh(&self, read_at: ReadAt, who: &Principal) -> bool {
        let own = match who.bond.id() {
            BondId::Session(session) => Change::Session(session),
            BondId::Key(key) => Change::Key(key),
        };
        self.is_unheard(read_at, own, who.bond.person().map(Change::User))
    }

    fn is_unheard(&self, ReadAt(read_at): ReadAt, own: Change, persons: Option<Change>) -> bool {
        let Some(passed_over) = read_at.checked_sub(self.floor) else { return false };
        let since = self.lately.iter().skip(usize::try_from(passed_over).unwrap_or(usize::MAX));
        since.copied().all(|change| change != own && Some(change) != persons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_domain::{SessionId, Timestamp, UserId};

    fn ids(n: u8) -> (SessionId, UserId) {
        let now = Timestamp::from_millis(0);
        (SessionId::generate(now, [n; 10]), UserId::generate(now, [n; 10]))
    }

    #[test]
    fn only_a_later_change_of_the_same_session_or_user_makes_a_reading_stale() {
        let ((session, user), (other_session, other_user)) = (ids(1), ids(2));
        let mut recent_changes = RecentChanges::default();
        recent_changes.hear(Change::User(user));
        let read_at = recent_changes.now();
        assert!(recent_changes.is_unheard(read_at, Change::Session(session), Some(Change::User(user))));
        recent_changes.hear(Change::User(other_user));
        recent_changes.hear(Change::Session(other_session));
        assert!(recent_changes.is_unheard(read_at, Change::Session(session), Some(Change::User(user))));
        recent_changes.hear(Change::Session(session));
        assert!(!recent_changes.is_unheard(read_at, Change::Session(session), Some(Change::User(user))));
        assert!(recent_changes.is_unheard(recent_changes.now(), Change::Session(session), Some(Change::User(user))));
    }

    #[test]
    fn a_reading_older_than_memory_is_stale() {
        let ((session, user), (_, other)) = (ids(1), ids(2));
        let mut recent_changes = RecentChanges::default();
        let slow = recent_changes.now();
        for _ in 0..REMEMBERED {
            recent_changes.hear(Change::User(other));
        }
        assert!(recent_changes.is_unheard(slow, Change::Session(session), Some(Change::User(user))));
        recent_changes.hear(Change::User(other));
        assert!(!recent_changes.is_unheard(slow, Change::Session(session), Some(Change::User(user))));
        let before = recent_changes.now();
        recent_changes.forget();
        assert!(!recent_changes.is_unheard(before, Change::Session(session), Some(Change::User(user))));
        assert!(recent_changes.is_unheard(recent_changes.now(), Change::Session(session), Some(Change::User(user))));
    }
}
