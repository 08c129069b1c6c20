//! Following the chain from where the log begins to the head, a page at a time.
//!
//! An entry is judged by the hash of the entry before it, its own text and its own hash. After a fault the walk goes on with both
//! hashes the entry might rightly have (the stored one, if its text was changed; the computed one, if its hash was), so that one
//! changed entry is one fault. A few hashes further back are kept to tell an entry that was moved from one that was changed.
//!
//! The log begins with its first entry, or behind the last one that [`super::trim`] removed: whose hash is on record, which an entry still
//! there must have announced.
//!
//! What it cannot see: somebody who may write to the database and makes the whole rest of the chain, its head and an announcement
//! anew. Against that stand copies elsewhere: the log file, or a head written down.

use doorward_domain::audit::AuditEntry;
use doorward_service::ports::{ChainFault, StoreError};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{HashMap, VecDeque};

use super::columns::{Columns, operations};
use super::trim::announced_by;
use super::{CHAIN, chained, hash_of, in_chain, rows_after};
use crate::connection::{Bounded, failed};
use crate::engine::dialect;
use crate::entity::{audit_entry, audit_operation, audit_start, sequence};

/// Entries read at once.
const PAGE: u64 = 500;
/// How far back an entry's predecessor is looked for.
const LOOK_BACK: usize = 64;
/// Faults told one by one; a log that is wrong throughout needs no longer list.
const MOST_FAULTS: usize = 10_000;

/// How often the walk begins again because entries were removed meanwhile.
const AGAIN: usize = 5;

pub(super) async fn check(db: &Bounded<DatabaseConnection>) -> Result<(Vec<ChainFault>, u64), StoreError> {
    let mut begun = 0;
    loop {
        begun += 1;
        let ends = ends(db).await?;
        let walk = follow(db, &ends).await?;
        let moved = self::ends(db).await?.start != ends.start;
        if !moved || begun >= AGAIN {
            return Ok((walk.faults, walk.read));
        }
    }
}

async fn follow(db: &impl ConnectionTrait, ends: &Ends) -> Result<Walk, StoreError> {
    let mut walk = Walk::from(ends.start.as_ref());
    let mut after = i64::MIN;
    // Entries added while we walk are left to the next check.
    while after < ends.last {
        let mut rows = rows_after(db, after, PAGE).await?;
        rows.retain(|row| row.seq <= ends.last);
        let Some(newest) = rows.last().map(|row| row.seq) else { break };
        let mut named = operations_between(db, after, newest).await?;
        for row in &rows {
            walk.entry(row, &named.remove(&row.seq).unwrap_or_default());
        }
        after = newest;
    }
    walk.finish(ends.head.as_ref());
    if let Some(seq) = ends.elsewhere {
        walk.fault(seq, "this entry is in another chain, which nobody writes: it was inserted");
    }
    Ok(walk)
}

/// The records of where the log begins and ends, and the highest number there is.
struct Ends {
    start: Option<audit_start::Model>,
    head: Option<sequence::Model>,
    last: i64,
    /// The number of an entry that is in no chain of ours.
    elsewhere: Option<i64>,
}

/// All at one moment.
async fn ends(db: &Bounded<DatabaseConnection>) -> Result<Ends, StoreError> {
    let moment = db.begin(dialect(db.get_database_backend()).reading()).await.map_err(failed)?;
    let start = audit_start::Entity::find_by_id(CHAIN).one(&moment).await.map_err(failed)?;
    let head = sequence::Entity::find_by_id(CHAIN).one(&moment).await.map_err(failed)?;
    let last = in_chain().order_by_desc(audit_entry::Column::Seq).one(&moment).await.map_err(failed)?;
    let elsewhere =
        Condition::any().add(audit_entry::Column::Chain.lt(CHAIN)).add(audit_entry::Column::Chain.gt(CHAIN));
    let elsewhere = audit_entry::Entity::find().filter(elsewhere).one(&moment).await.map_err(failed)?;
    moment.commit().await.map_err(failed)?;
    Ok(Ends { start, head, last: last.map_or(i64::MIN, |row| row.seq), elsewhere: elsewhere.map(|row| row.seq) })
}

async fn operations_between(
    db: &impl ConnectionTrait,
    after: i64,
    until: i64,
) -> Result<HashMap<i64, Vec<Vec<u8>>>, StoreError> {
    let rows = audit_operation::Entity::find()
        .filter(audit_operation::Column::Chain.eq(CHAIN))
        .filter(audit_operation::Column::Seq.gt(after))
        .filter(audit_operation::Column::Seq.lte(until))
        .order_by_asc(audit_operation::Column::OperationHash)
        .all(db)
        .await
        .map_err(failed)?;
    let mut named: HashMap<i64, Vec<Vec<u8>>> = HashMap::new();
    for row in rows {
        named.entry(row.seq).or_default().push(row.operation_hash);
    }
    Ok(named)
}

/// How far the walk has come.
struct Walk {
    faults: Vec<ChainFault>,
    read: u64,
    /// The number of the entry before.
    before: i64,
    /// The hashes the entry before may rightly have; empty when it is missing.
    expected: Vec<[u8; 32]>,
    /// The hashes of entries further back, with their numbers.
    passed: VecDeque<(i64, [u8; 32])>,
    /// The hash stored with the entry before.
    stored: Option<[u8; 32]>,
    /// The last entry that is gone, and its hash.
    start: (i64, [u8; 32]),
    /// What the newest announcement says of that.
    announced: Option<(i64, String)>,
}

impl Walk {
    fn from(start: Option<&audit_start::Model>) -> Self {
        let hash = start.and_then(|start| hash_of(&start.hash).ok());
        let before = start.map_or(0, |start| start.seq);
        let mut walk = Self {
            faults: Vec::new(),
            read: 0,
            before,
            expected: hash.into_iter().collect(),
            passed: VecDeque::new(),
            stored: hash,
            start: (before, hash.unwrap_or_default()),
            announced: None,
        };
        if hash.is_none() {
            walk.fault(before, "the record of where the log begins was removed or changed");
        }
        walk
    }

    fn fault(&mut self, seq: i64, what: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(ChainFault { seq, what: what.into() });
        } else if self.faults.len() == MOST_FAULTS {
            self.faults.push(ChainFault { seq, what: "and more faults from here on, not listed".to_owned() });
        }
    }

    fn entry(&mut self, row: &audit_entry::Model, named: &[Vec<u8>]) {
        self.read = self.read.saturating_add(1);
        if row.seq <= self.start.0 {
            let from = self.start.0.saturating_add(1);
            self.fault(row.seq, format!("the log begins with entry {from}: this one was inserted"));
            return;
        }
        self.gap(row.seq);
        let intact = self.link(row);
        if intact {
            self.columns(row, named);
        }
    }

    /// Entries that should be between the one before and this one.
    fn gap(&mut self, seq: i64) {
        let missing = self.before.saturating_add(1);
        if seq > missing {
            self.fault(missing, removed(missing, seq.saturating_sub(1)));
            self.expected.clear();
        }
    }

    /// Whether text and hash of this entry follow from an entry before.
    fn link(&mut self, row: &audit_entry::Model) -> bool {
        let Ok(stored) = hash_of(&row.hash) else {
            self.fault(row.seq, "the hash of this entry was changed: it has not the length of a hash");
            self.step(row.seq, None, self.expected.iter().map(|before| chained(before, &row.entry)).collect());
            return false;
        };
        let follows = |before: &[u8; 32]| chained(before, &row.entry) == stored;
        if self.expected.iter().any(follows) || self.expected.is_empty() {
            self.step(row.seq, Some(stored), vec![stored]);
            return true;
        }
        let misplaced = self.passed.iter().rev().find(|(_, before)| follows(before)).map(|(seq, _)| *seq);
        let what = match misplaced {
            Some(seq) => {
                format!("this entry follows entry {seq} and not the one before it: entries were moved or inserted here")
            }
            None => "this entry was changed, or stands in the wrong place".to_owned(),
        };
        self.fault(row.seq, what);
        let computed = self.expected.iter().map(|before| chained(before, &row.entry));
        let candidates = std::iter::once(stored).chain(computed).collect();
        self.step(row.seq, Some(stored), candidates);
        misplaced.is_some()
    }

    fn step(&mut self, seq: i64, stored: Option<[u8; 32]>, mut expected: Vec<[u8; 32]>) {
        // Of two doubtful hashes in a row only the nearest count, or doubt would double with every entry.
        expected.truncate(2);
        if let Some(passed) = self.stored {
            self.passed.push_back((self.before, passed));
        }
        if self.passed.len() > LOOK_BACK {
            self.passed.pop_front();
        }
        self.before = seq;
        self.stored = stored;
        self.expected = expected;
    }

    /// The text is as it was written: what is beside it must follow from it.
    fn columns(&mut self, row: &audit_entry::Model, named: &[Vec<u8>]) {
        let Ok(entry) = serde_json::from_str::<AuditEntry>(&row.entry) else {
            self.fault(row.seq, "this entry cannot be read");
            return;
        };
        if Columns::of(&entry) != Columns::stored(row) || operations(&entry) != named {
            self.fault(row.seq, "what is stored beside this entry for searching was changed");
        }
        if let Some((through, hash)) = announced_by(&entry) {
            self.announced = Some((through, hash.to_owned()));
        }
    }

    /// Where the log begins, against what was announced.
    fn beginning(&mut self) {
        let (seq, hash) = self.start;
        if seq == 0 && hash == [0; 32] {
            return;
        }
        let what = match &self.announced {
            Some((through, announced)) if *through == seq && *announced != hex::encode(hash) => {
                "the record of where the log begins was changed: its hash is not the one announced".to_owned()
            }
            Some((through, _)) if *through >= seq => return,
            _ => format!("{}, and no entry announces that", removed(1, seq)),
        };
        self.fault(seq, what);
    }

    /// Where the log ends, against where it was last written to.
    fn finish(&mut self, head: Option<&sequence::Model>) {
        self.beginning();
        let Some(head) = head else {
            self.fault(self.before, "the record of where the log ends was removed");
            return;
        };
        let next = self.before.saturating_add(1);
        if head.seq > self.before {
            self.fault(next, removed(next, head.seq));
        } else if head.seq < self.before {
            self.fault(
                head.seq.saturating_add(1),
                "the log goes on beyond where it was last written to: entries were inserted here",
            );
        } else if !self.expected.iter().any(|hash| hash.as_slice() == head.hash) {
            self.fault(
                head.seq,
                "the last entry is not the one last written: it, or the record of where the log ends, was changed",
            );
        }
    }
}

fn removed(first: i64, last: i64) -> String {
    if first == last { format!("entry {first} was removed") } else { format!("entries {first} to {last} were removed") }
}
