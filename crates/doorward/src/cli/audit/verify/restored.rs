//! What the log tells of backups that were put back, and what they can have taken back.

use doorward_domain::Timestamp;

use super::copy::Entry;

/// The entries that tell of it.
#[derive(Debug, Default)]
pub(super) struct Restores(Vec<Restore>);

#[derive(Debug)]
struct Restore {
    seq: i64,
    at: Option<Timestamp>,
    /// Where it first stands in the copy.
    line: Option<u64>,
}

impl Restores {
    pub(super) fn add(&mut self, seq: i64, at: Option<Timestamp>, line: Option<u64>) {
        self.0.push(Restore { seq, at, line });
    }

    /// The restore that took back an entry which the copy has, and has taken back. It is the first entry behind the backup, so whatever
    /// it took back has no lower number, is not younger, and stands before it in the copy.
    pub(super) fn took_back(&self, seq: i64, entry: &Entry) -> Option<i64> {
        self.last(seq, entry, |line| line.is_some_and(|line| entry.lines.1 < line))
    }

    /// The restore that explains that the log does not have an entry, although the copy does not know of it yet.
    pub(super) fn may_have_taken(&self, seq: i64, entry: &Entry) -> Option<i64> {
        self.last(seq, entry, |line| line.is_none_or(|line| entry.lines.1 < line))
    }

    fn last(&self, seq: i64, entry: &Entry, comes_after: impl Fn(Option<u64>) -> bool) -> Option<i64> {
        let took = |one: &&Restore| comes_after(one.line) && one.is_behind(seq, entry);
        self.0.iter().rev().find(took).map(|one| one.seq)
    }
}

impl Restore {
    fn is_behind(&self, seq: i64, entry: &Entry) -> bool {
        // Of what was only expected nobody knows when it was.
        let is_older = entry.said.is_empty() || entry.at.is_some_and(|at| Some(at) <= self.at);
        self.seq <= seq && is_older
    }
}
