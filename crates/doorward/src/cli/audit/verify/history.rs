//! The history that a copy has so far, and what was left on the way to it.
//!
//! A backup that is put back leads to an earlier entry, or to a history that was left before: then all of that counts again, and what
//! was written since does not.

use std::collections::BTreeMap;

use super::copy::Entry;
use super::line::Hash;

/// What is known of entries, by number and hash.
pub(super) type Entries = BTreeMap<(i64, Hash), Entry>;

/// Number and hash, entry after entry.
#[derive(Debug, Default)]
pub(super) struct History {
    current: BTreeMap<i64, Hash>,
    /// What was left since the last new entry. The next one tells why, or nothing does.
    left: Vec<(i64, Hash)>,
}

impl History {
    pub(super) fn hash_of(&self, seq: i64) -> Option<Hash> {
        self.current.get(&seq).copied()
    }

    pub(super) fn has(&self, seq: i64, hash: &Hash) -> bool {
        self.current.get(&seq) == Some(hash)
    }

    /// The next entry. Where there was another of that number, it and what followed it are left, also where no line says so.
    pub(super) fn add(&mut self, seq: i64, hash: Hash) {
        if self.current.get(&seq).is_some_and(|known| *known != hash) {
            self.leave_from(seq);
        }
        self.current.insert(seq, hash);
    }

    /// Goes on behind this entry, or from the beginning.
    pub(super) fn go_on_behind(&mut self, after: i64, hash: Hash, entries: &Entries) {
        self.take_up(after, hash, entries);
        self.leave_from(after.saturating_add(1));
        if after > 0 && !self.has(after, &hash) {
            // An entry that nobody has seen may be one that was changed: no restore behind it tells why the other is gone.
            self.add(after, hash);
            self.left.clear();
        }
    }

    /// Takes up the history of an entry that was left before.
    pub(super) fn take_up(&mut self, seq: i64, hash: Hash, entries: &Entries) {
        let Some(entry) = entries.get(&(seq, hash)).filter(|_| !self.has(seq, &hash)) else { return };
        let mut path = vec![(seq, hash, entry)];
        let is_whole = loop {
            let Some((seq, _, entry)) = path.last() else { return };
            match entry.before {
                Some(before) if *seq == 1 || self.has(seq - 1, &before) => break true,
                Some(before) => match entries.get(&(seq - 1, before)) {
                    Some(entry) => path.push((seq - 1, before, entry)),
                    None => break false,
                },
                None => break false,
            }
        };
        let Some((fork, _, taken_up)) = path.last() else { return };
        let is_told = match self.hash_of(*fork).and_then(|hash| entries.get(&(*fork, hash))) {
            // The later of two histories begins with a restore, or nobody told of it.
            Some(other) if other.lines.0 > taken_up.lines.0 => other.is_restore,
            Some(_) => taken_up.is_restore,
            None => self.current.range(fork..).next().is_none(),
        };
        self.leave_from(*fork);
        if !is_whole || !is_told {
            self.left.clear();
        }
        self.current.extend(path.iter().map(|(seq, hash, _)| (*seq, *hash)));
    }

    /// What was left and does not count again. Asked at each new entry, which alone can tell why.
    pub(super) fn left(&mut self) -> Vec<(i64, Hash)> {
        let mut left = std::mem::take(&mut self.left);
        left.retain(|(seq, hash)| !self.has(*seq, hash));
        left
    }

    fn leave_from(&mut self, seq: i64) {
        self.left.extend(self.current.split_off(&seq));
    }
}
