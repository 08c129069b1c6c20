//! Removing what was kept long enough, so that what is left still proves itself.
//!
//! First an entry of the chain announces up to which number entries go, and with which hash; then they go, some at a time, and the
//! record of where the log begins follows, with the number and hash of the last one gone. So [`super::check`] can begin there: the
//! first entry left must follow from that hash, and what is gone must have been announced by an entry that is still there.

use audit_entry::Column;
use doorward_domain::{AuditAction, Timestamp, audit::AuditEntry};
use doorward_service::ports::{Checkpoint, StoreError, TellOfTrim};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr,
};

use super::{CHAIN, append, hash_of, in_chain};
use crate::connection::{damaged, failed};
use crate::entity::{audit_entry, audit_operation, audit_start};
use crate::sequences;
use crate::transaction::Transaction;

/// The most entries that one announcement is about: bounds how long looking for them takes.
const ANNOUNCED: u64 = 5000;

/// As long as nothing but so few announcements would go, they stay: or each would cost another one.
const NOT_WORTH: usize = 100;

/// Where the log begins.
pub(super) async fn start(db: &impl ConnectionTrait) -> Result<Checkpoint, StoreError> {
    let start = audit_start::Entity::find_by_id(CHAIN).one(db).await.map_err(failed)?;
    let start = start.ok_or_else(|| damaged("record of where the audit log begins (it is missing)"))?;
    Ok(Checkpoint { seq: start.seq, hash: hash_of(&start.hash)? })
}

async fn move_start(transaction: &Transaction, last: i64, hash: &[u8]) -> Result<(), StoreError> {
    audit_start::Entity::update_many()
        .filter(audit_start::Column::Chain.eq(CHAIN))
        .col_expr(audit_start::Column::Seq, Expr::value(last))
        .col_expr(audit_start::Column::Hash, Expr::value(hash))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(failed)
}

/// Removes at most `at_most` entries from before `before`, announcing them if they are not yet; how many.
pub(super) async fn trim(
    transaction: &Transaction,
    before: Timestamp,
    at_most: u32,
    tell: TellOfTrim<'_>,
) -> Result<u64, StoreError> {
    // Whoever else writes or removes waits for the head.
    sequences::hold(transaction, CHAIN).await?;
    let start = start(transaction).await?;
    let announced = newest_announced(transaction).await?.filter(|through| *through > start.seq);
    let through = match announced {
        Some(through) => through,
        None => match announce(transaction, start, before, tell).await? {
            Some(through) => through,
            None => return Ok(0),
        },
    };
    let last = through.min(start.seq.saturating_add(i64::from(at_most)));
    let hash = hash_at(transaction, last).await?;
    remove_through(transaction, last).await?;
    move_start(transaction, last, &hash).await?;
    Ok(u64::try_from(last.saturating_sub(start.seq)).unwrap_or(0))
}

/// Writes that entries go, if there are any; up to which number.
async fn announce(
    transaction: &Transaction,
    start: Checkpoint,
    before: Timestamp,
    tell: TellOfTrim<'_>,
) -> Result<Option<i64>, StoreError> {
    let oldest: Vec<(i64, i64, String)> = in_chain()
        .select_only()
        .columns([Column::Seq, Column::At, Column::Action])
        .filter(Column::Seq.gt(start.seq))
        .order_by_asc(Column::Seq)
        .limit(ANNOUNCED)
        .into_tuple()
        .all(transaction)
        .await
        .map_err(failed)?;
    let old: Vec<_> = oldest.iter().take_while(|(_, at, _)| *at < before.as_millis()).collect();
    let Some(&&(seq, ..)) = old.last() else { return Ok(None) };
    let is_announcement = |action: &str| action == AuditAction::AUDIT_TRIM.as_str();
    if old.len() < NOT_WORTH && old.iter().all(|(_, _, action)| is_announcement(action)) {
        return Ok(None);
    }
    let hash = hash_at(transaction, seq).await?;
    let event = tell(&Checkpoint { seq, hash }, u64::try_from(seq.saturating_sub(start.seq)).unwrap_or(0));
    append::append(transaction, &[AuditEntry::Event(event)]).await?;
    Ok(Some(seq))
}

/// Up to which number the newest announcement says that entries go.
async fn newest_announced(db: &impl ConnectionTrait) -> Result<Option<i64>, StoreError> {
    let numbers: Vec<i64> = announcements().into_tuple().all(db).await.map_err(failed)?;
    let Some(newest) = numbers.into_iter().max() else { return Ok(None) };
    let newest = audit_entry::Entity::find_by_id(place(newest)).one(db).await.map_err(failed)?;
    let newest = newest.ok_or_else(|| damaged("audit log (an entry is missing)"))?;
    let entry: AuditEntry = serde_json::from_str(&newest.entry).map_err(|_| damaged("audit entry"))?;
    Ok(announced_by(&entry).map(|(seq, _)| seq))
}

/// The numbers of all announcements, of which there may be one for every hour that entries are kept. The index has them; asked for the highest
/// alone, an engine may look for it from the end of the whole log.
fn announcements() -> Select<audit_entry::Entity> {
    in_chain()
        .select_only()
        .column(Column::Seq)
        .filter(Column::Action.eq(AuditAction::AUDIT_TRIM.as_str()))
        .filter(Column::IsConclusion.eq(false))
}

/// What an entry announces: number and hash of the last entry to go.
pub(super) fn announced_by(entry: &AuditEntry) -> Option<(i64, &str)> {
    match entry {
        AuditEntry::Event(event) if event.action == AuditAction::AUDIT_TRIM => {
            let through = event.details.get("through")?.as_i64()?;
            Some((through, event.details.get("chain_hash")?.as_str()?))
        }
        _ => None,
    }
}

/// The key of an entry of the chain.
fn place(seq: i64) -> (String, i64) {
    (CHAIN.to_owned(), seq)
}

async fn hash_at(db: &impl ConnectionTrait, seq: i64) -> Result<[u8; 32], StoreError> {
    let row = audit_entry::Entity::find_by_id(place(seq)).one(db).await.map_err(failed)?;
    hash_of(&row.ok_or_else(|| damaged("audit log (an entry is missing)"))?.hash)
}

async fn remove_through(transaction: &Transaction, last: i64) -> Result<(), StoreError> {
    audit_operation::Entity::delete_many()
        .filter(audit_operation::Column::Chain.eq(CHAIN))
        .filter(audit_operation::Column::Seq.lte(last))
        .exec(transaction)
        .await
        .map_err(failed)?;
    let old = audit_entry::Entity::delete_many().filter(Column::Chain.eq(CHAIN)).filter(Column::Seq.lte(last));
    old.exec(transaction).await.map(drop).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::engine::sqlite::plans;
    use sea_orm::QueryTrait as _;

    #[tokio::test]
    async fn announcements_are_found_without_reading_the_log() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let db = &store.connections.reader;
        let told = plans::steps(db, announcements().build(db.get_database_backend())).await;
        assert!(matches!(&told[..], [one] if one.contains("COVERING INDEX audit_by_action")), "{told:?}");
    }
}
