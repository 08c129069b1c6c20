//! Holds the log against what is known elsewhere, entry after entry.
//!
//! Of the entries that a copy knows, most are in the log. What is not was removed as announced, or taken back by a backup that was put
//! back, or is a difference. Whoever can write to the database can announce and tell of what they like, so both are believed only where
//! the copy fits: what was announced as old must be old, and a restore can only have taken back what was there before it.

use doorward_domain::audit::AuditEntry;
use doorward_domain::{AuditAction, Timestamp};
use doorward_service::ports::{ChainEntry, Checkpoint};
use std::collections::BTreeSet;
use std::time::Duration;

use super::announced::Announced;
use super::copy::{Copy, Entry};
use super::difference::{Difference, Kind};
use super::line::{Hash, Own};
use super::restored::Restores;
use super::said::Comparison;
use crate::cli::Outcome;
use crate::cli::support::local::Local;

/// Entries read at once.
const PAGE: u32 = 500;

/// What the log and what is known elsewhere have to say to each other.
pub(super) struct Compared {
    /// Where the log begins and ends.
    pub(super) start: Checkpoint,
    pub(super) newest: Checkpoint,
    /// How many entries are known elsewhere, without those that a restore took back.
    pub(super) known: usize,
    /// How many of them are in the log.
    pub(super) present: usize,
    pub(super) differences: Vec<Difference>,
    /// How many were removed as announced, and the shortest time that is said to have kept one.
    pub(super) removed: usize,
    pub(super) kept: Option<Duration>,
    /// The numbers of those that a restore took back, and the entry that tells of it last.
    pub(super) taken_back: Vec<i64>,
    pub(super) restored_by: i64,
    /// How many of those that are gone say something that no hash could be held against.
    pub(super) unchecked: usize,
}

/// Walks through the log.
pub(super) async fn compare(local: &Local, copy: Copy) -> Outcome<Compared> {
    let audit = &local.services.audit;
    let start = audit.start_of_chain(&local.actor).await?;
    let mut walk = Walk::from(start, copy);
    loop {
        let page = audit.chain(&local.actor, walk.newest.seq, PAGE).await?;
        if page.is_empty() {
            return Ok(walk.finish(local.services.clock.now()));
        }
        for entry in &page {
            walk.entry(entry);
        }
    }
}

/// On the way through the log, oldest entry first.
pub(super) struct Walk {
    copy: Copy,
    start: Checkpoint,
    newest: Checkpoint,
    known: usize,
    /// The numbers under which the log has an entry, and another one is known.
    other: BTreeSet<i64>,
    comparison: Comparison,
    announced: Announced,
    restores: Restores,
}

impl Walk {
    pub(super) fn from(start: Checkpoint, copy: Copy) -> Self {
        let copy = copy.without_empty();
        let mut restores = Restores::default();
        // Of these the log no longer tells.
        for ((seq, hash), entry) in copy.entries.range(..=(start.seq, [u8::MAX; 32])) {
            if entry.is_restore && copy.stands_by(*seq, hash, entry) {
                restores.add(*seq, entry.at, Some(entry.lines.0));
            }
        }
        Self {
            start,
            newest: start,
            known: copy.entries.len(),
            copy,
            other: BTreeSet::from([start.seq]),
            comparison: Comparison::default(),
            announced: Announced::default(),
            restores,
        }
    }

    pub(super) fn entry(&mut self, entry: &ChainEntry) {
        let ChainEntry { seq, hash, text } = entry;
        self.newest = Checkpoint { seq: *seq, hash: *hash };
        let read: Option<AuditEntry> = serde_json::from_str(text).ok();
        let known = self.copy.entries.remove(&(*seq, *hash));
        if self.copy.entries.range((*seq, [0; 32])..=(*seq, [u8::MAX; 32])).next().is_some() {
            self.other.insert(*seq);
        }
        if let Some(AuditEntry::Event(event)) = &read {
            self.announced.note(event);
            if event.action == AuditAction::BACKUP_RESTORE {
                self.restores.add(*seq, Some(event.at), known.as_ref().map(|known| known.lines.0));
            }
        }
        let said = known.as_ref().map_or(&[][..], |known| &known.said);
        self.comparison.look(entry, read.as_ref(), said);
    }

    pub(super) fn finish(mut self, now: Timestamp) -> Compared {
        let differing = std::mem::take(&mut self.comparison).differing();
        let mut compared = Compared {
            start: self.start,
            newest: self.newest,
            known: self.known,
            present: self.known - self.copy.entries.len(),
            differences: differing.into_iter().map(|seq| Difference::of(Kind::SaysOtherwise, seq)).collect(),
            removed: 0,
            kept: None,
            taken_back: Vec::new(),
            restored_by: 0,
            unchecked: 0,
        };
        self.announced.forget_after(now);
        for ((seq, hash), entry) in &self.copy.entries {
            self.missing(*seq, hash, entry, &mut compared);
        }
        compared.differences.sort_by_key(|difference| difference.seq);
        compared
    }

    /// An entry that is known, and that the log does not have.
    fn missing(&self, seq: i64, hash: &Hash, entry: &Entry, compared: &mut Compared) {
        let is_start = Checkpoint { seq, hash: *hash } == self.start;
        let mut differs = |kind, restore| compared.differences.push(Difference { kind, seq, restore });
        if entry.own == Own::Changed {
            return differs(Kind::NotItsHash, None);
        }
        let unchecked = usize::from(entry.own == Own::Untold);
        if !is_start && !self.copy.stands_by(seq, hash, entry) {
            match self.took_back(seq, entry) {
                Some(restore) => {
                    compared.known -= 1;
                    compared.unchecked += unchecked;
                    compared.taken_back.push(seq);
                    compared.restored_by = compared.restored_by.max(restore);
                }
                None => differs(Kind::TakenBack, None),
            }
        } else if is_start && seq == 0 {
            // What stands before the first of all.
            compared.present += 1;
        } else if seq < self.start.seq || is_start {
            match self.announced.kept(seq, entry) {
                None => differs(Kind::RemovedTooSoon, None),
                Some(kept) => {
                    // The hash of the last that was removed is where the log begins.
                    compared.unchecked += if is_start { 0 } else { unchecked };
                    compared.removed += 1;
                    compared.kept = compared.kept.min(Some(kept)).or(Some(kept));
                }
            }
        } else {
            let kind = if self.other.contains(&seq) { Kind::OtherHash } else { Kind::Missing };
            differs(kind, self.restores.may_have_taken(seq, entry));
        }
    }

    /// The restore that took back an entry which the copy has, and has taken back. Of one that was taken back itself, the log has the
    /// one that did that.
    fn took_back(&self, seq: i64, entry: &Entry) -> Option<i64> {
        let (mut seq, mut entry) = (seq, entry);
        loop {
            if let Some(restore) = self.restores.took_back(seq, entry) {
                return Some(restore);
            }
            let restore = entry.left_for?;
            match self.copy.entries.get(&restore) {
                Some(gone) if !self.copy.stands_by(restore.0, &restore.1, gone) => (seq, entry) = (restore.0, gone),
                _ => return Some(restore.0),
            }
        }
    }
}
