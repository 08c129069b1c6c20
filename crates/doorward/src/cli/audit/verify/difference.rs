//! How the log differs from what is known elsewhere, in words.

use super::MOST;

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    SaysOtherwise,
    NotItsHash,
    OtherHash,
    Missing,
    TakenBack,
    RemovedTooSoon,
}

/// One entry of which the log differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) kind: Kind,
    pub(super) seq: i64,
    /// The number of the entry that tells of a restore, where that would explain it.
    pub(super) restore: Option<i64>,
}

impl Difference {
    /// One that nothing explains.
    pub(super) fn of(kind: Kind, seq: i64) -> Self {
        Self { kind, seq, restore: None }
    }

    fn words(self) -> &'static str {
        match self.kind {
            Kind::SaysOtherwise => "the copy says something else than the log, under the same hash",
            Kind::NotItsHash => "the copy says something else than what its own hash stands for",
            Kind::OtherHash => "it has another hash than the one that is known",
            Kind::Missing => "it is known, and the log does not have it",
            Kind::TakenBack => {
                "in the copy from before it went on from an earlier entry, and the log does not tell of a backup that was put back"
            }
            Kind::RemovedTooSoon => "removed as announced, and by the copy not as old as the announcement says",
        }
    }

    /// Whether several in a row are told in one line.
    fn is_of_many(self) -> bool {
        matches!(self.kind, Kind::TakenBack | Kind::RemovedTooSoon)
    }
}

/// Each difference in a line, in order; entries in a row that went the same way in one.
pub(super) fn told(differences: &[Difference]) -> impl Iterator<Item = String> {
    let rows = differences
        .chunk_by(|one, next| one.kind == next.kind && one.is_of_many() && one.seq.checked_add(1) == Some(next.seq));
    rows.filter_map(|row| match row {
        [] => None,
        [one] => Some(format!("entry {}: {}", one.seq, one.words())),
        [first, .., last] => Some(format!("entries {} to {}: {}", first.seq, last.seq, first.words())),
    })
}

/// Numbers in order, those in a row together: `3, 6 to 9`.
pub(super) fn numbers(all: &[i64]) -> String {
    let rows = all.chunk_by(|one, next| one.checked_add(1) == Some(*next) || one == next);
    let rows = rows.filter_map(|row| match row {
        [] => None,
        [first, .., last] if first != last => Some(format!("{first} to {last}")),
        [one, ..] => Some(one.to_string()),
    });
    let mut rows: Vec<_> = rows.collect();
    if rows.len() > MOST {
        let more = rows.len() - MOST;
        rows.truncate(MOST);
        rows.push(format!("and {more} more such rows"));
    }
    rows.join(", ")
}
