//! What happened, in a chain.
//!
//! `append` adds, `list` folds entries into events for readers, `check` follows the chain, `trim` removes what was kept long enough.
//! Nothing here changes an entry.

mod append;
mod check;
mod columns;
mod list;
mod trim;

use async_trait::async_trait;
use doorward_domain::{AuditEvent, EventId, NewAuditEvent, Timestamp, audit::AuditEntry};
use doorward_service::ports::{
    AuditQuery, AuditStore, ChainEntry, ChainFault, Checkpoint, Listed, StoreError, TellOfTrim,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use sha2::{Digest, Sha256};

use crate::connection::{Bounded, Connections, damaged, failed};
use crate::entity::audit_entry;
use crate::sequences;
use crate::transaction::{Quiet, Transaction};

/// The one chain there is.
const CHAIN: &str = sequences::AUDIT;

/// [`AuditStore`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlAudit(pub(crate) Connections);

#[async_trait]
impl AuditStore for SqlAudit {
    async fn append(&self, entries: &[AuditEntry]) -> Result<Vec<ChainEntry>, StoreError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        // What is recorded here is the events themselves.
        let work = async |transaction: &Transaction| Ok(Quiet::Written(append::append(transaction, entries).await?));
        self.0.unrecorded(work).await
    }

    async fn list(&self, query: &AuditQuery) -> Result<Listed<AuditEvent>, StoreError> {
        list::list(&self.0.reader, query).await
    }

    async fn entries_of(&self, id: EventId) -> Result<Vec<ChainEntry>, StoreError> {
        let of_it = audit_entry::Entity::find().filter(audit_entry::Column::EventId.eq(id.as_uuid()));
        let rows = of_it.order_by_asc(audit_entry::Column::Seq).all(&self.0.reader).await.map_err(failed)?;
        rows.into_iter().map(chain_entry).collect()
    }

    async fn read_chain(&self, after: i64, limit: u32) -> Result<Vec<ChainEntry>, StoreError> {
        rows_after(&self.0.reader, after, u64::from(limit)).await?.into_iter().map(chain_entry).collect()
    }

    async fn check(&self) -> Result<(Vec<ChainFault>, u64), StoreError> {
        check::check(&self.0.reader).await
    }

    async fn start(&self) -> Result<Checkpoint, StoreError> {
        trim::start(&self.0.reader).await
    }

    async fn end(&self) -> Result<Checkpoint, StoreError> {
        let newest = in_chain().order_by_desc(audit_entry::Column::Seq).one(&self.0.reader).await.map_err(failed)?;
        match newest {
            Some(entry) => Ok(Checkpoint { seq: entry.seq, hash: hash_of(&entry.hash)? }),
            None => self.start().await,
        }
    }

    async fn trim(&self, before: Timestamp, at_most: u32, tell: TellOfTrim<'_>) -> Result<u64, StoreError> {
        // It announces itself in the chain.
        let work = async |transaction: &Transaction| {
            Ok(match trim::trim(transaction, before, at_most, tell).await? {
                0 => Quiet::Nothing(0),
                removed => Quiet::Written(removed),
            })
        };
        self.0.unrecorded(work).await
    }
}

/// Follows the chain of a database that is not open as a store.
pub(crate) async fn verify(db: &DatabaseConnection) -> Result<(Vec<ChainFault>, u64), StoreError> {
    check::check(&Bounded::new(db.clone(), None)).await
}

/// Records events inside the transaction that does what they tell of.
pub(crate) async fn record(transaction: &Transaction, events: &[NewAuditEvent]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let entries: Vec<AuditEntry> = events.iter().cloned().map(AuditEntry::Event).collect();
    append::append(transaction, &entries).await.map(drop)
}

fn chain_entry(row: audit_entry::Model) -> Result<ChainEntry, StoreError> {
    Ok(ChainEntry { seq: row.seq, hash: hash_of(&row.hash)?, text: row.entry })
}

/// The entries of the chain, as its key has them.
fn in_chain() -> Select<audit_entry::Entity> {
    audit_entry::Entity::find().filter(audit_entry::Column::Chain.eq(CHAIN))
}

async fn rows_after(db: &impl ConnectionTrait, after: i64, limit: u64) -> Result<Vec<audit_entry::Model>, StoreError> {
    in_chain()
        .filter(audit_entry::Column::Seq.gt(after))
        .order_by_asc(audit_entry::Column::Seq)
        .limit(limit)
        .all(db)
        .await
        .map_err(failed)
}

/// The place in the chain of an entry that follows `before`.
fn chained(before: &[u8; 32], text: &str) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(text).finalize().into()
}

fn hash_of(stored: &[u8]) -> Result<[u8; 32], StoreError> {
    stored.try_into().map_err(|_| damaged("audit hash"))
}
