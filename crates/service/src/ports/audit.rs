//! Remembering what happened, in a chain.
//!
//! Each entry is stored as the exact text that was hashed: `hash(n) = SHA-256(hash(n-1) || text(n))`, `hash(0)` is 32 zero bytes.
//! The newest number and hash are kept apart as the head, so that cutting off the end shows too. Columns beside the text serve
//! searching; [`AuditStore::check`] finds them changed as well.

use async_trait::async_trait;
use doorward_domain::{
    AppName, AuditEvent, AuditOutcome, DecisionId, EventId, NewAuditEvent, Timestamp, audit::AuditEntry,
};

use super::{Listed, Paging, StoreError};

/// Which events to list: newest first, or oldest first with sort `at`. That is by when they happened, and of one moment in the order of their
/// numbers. Searches actor, target and details.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Only by this actor.
    pub actor: Option<String>,
    /// Only with this action word, or whose details (or whose conclusion's) name this operation (`launchRun`) in `operations`: a
    /// list of names, or of objects with a `name` and perhaps a `family`, either of which may be meant.
    pub action: Option<String>,
    /// Only in this app.
    pub app: Option<AppName>,
    /// Only with this (latest) outcome.
    pub outcome: Option<AuditOutcome>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Only those of this decision.
    pub decision_id: Option<DecisionId>,
    /// Only this event.
    pub id: Option<EventId>,
    /// Only the event with an entry of this number.
    pub seq: Option<i64>,
    /// Only events with a higher number (for following).
    pub after_seq: Option<i64>,
    /// Which page.
    pub paging: Paging,
}

/// One entry as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEntry {
    /// From 1, without gaps.
    pub seq: i64,
    /// The JSON text that was hashed.
    pub text: String,
    /// Its place in the chain.
    pub hash: [u8; 32],
}

/// Where the chain does not hold, in words: which entry, and whether it was changed, removed or moved.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChainFault {
    /// The number of the entry at fault.
    pub seq: i64,
    /// A sentence.
    pub what: String,
}

/// A place in the chain: an entry's number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// 0: before the first.
    pub seq: i64,
    /// 32 zero bytes before the first.
    pub hash: [u8; 32],
}

/// Makes the event that announces the removal of entries: up to which, and how many there are. Its details must hold that number as
/// `through` and that hash, in lower-case hex, as `chain_hash`.
pub type TellOfTrim<'a> = &'a (dyn Fn(&Checkpoint, u64) -> NewAuditEvent + Send + Sync);

/// Remembers what happened.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Appends all entries in order, in one transaction, and returns them once they are on disk. Safe beside other processes
    /// appending to the same database.
    async fn append(&self, entries: &[AuditEntry]) -> Result<Vec<ChainEntry>, StoreError>;

    /// A page of events, each with its latest outcome.
    async fn list(&self, query: &AuditQuery) -> Result<Listed<AuditEvent>, StoreError>;

    /// All entries of one event, in order: it, and how it ended.
    async fn entries_of(&self, id: EventId) -> Result<Vec<ChainEntry>, StoreError>;

    /// At most `limit` raw entries after number `after`, in order.
    async fn read_chain(&self, after: i64, limit: u32) -> Result<Vec<ChainEntry>, StoreError>;

    /// Follows the whole chain, from [`Self::start`]; every fault, and how many entries were read. No faults: nothing was changed, removed or reordered.
    async fn check(&self) -> Result<(Vec<ChainFault>, u64), StoreError>;

    /// The last entry that was removed because it was kept long enough: the log begins behind it.
    async fn start(&self) -> Result<Checkpoint, StoreError>;

    /// The newest entry; where there is none, [`Self::start`].
    async fn end(&self) -> Result<Checkpoint, StoreError>;

    /// Removes entries from before `before`, oldest first and at most so many at once, and gives how many; 0 when there are none left.
    /// Before the first of them goes, an entry of the chain announces it. What is kept still follows, and `check` finds what was
    /// removed unannounced.
    async fn trim(&self, before: Timestamp, at_most: u32, tell: TellOfTrim<'_>) -> Result<u64, StoreError>;
}
