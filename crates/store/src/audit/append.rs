//! Adding to the chain: hundreds of entries cost little more than one.

use doorward_domain::audit::AuditEntry;
use doorward_service::ports::{ChainEntry, StoreError};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::borrow::Cow;
use std::collections::HashSet;

use super::columns::{Columns, operation_row, operations};
use super::{CHAIN, chained, hash_of};
use crate::connection::failed;
use crate::entity::{audit_entry, audit_operation};
use crate::sequences;
use crate::transaction::Transaction;

/// Rows in one statement: bounds the number of its parameters, and of different statements to prepare.
const AT_ONCE: usize = 50;

/// Bytes of an entry that is not made smaller.
const LARGEST: usize = 8192;

/// Appends under the head's lock; the caller commits. What was not acknowledged the first time, and is there, is not there twice.
pub(super) async fn append(transaction: &Transaction, entries: &[AuditEntry]) -> Result<Vec<ChainEntry>, StoreError> {
    let head = sequences::hold(transaction, CHAIN).await?;
    let (mut seq, mut hash) = (head.seq, hash_of(&head.hash)?);
    let there = if transaction.may_repeat() { there(transaction, entries).await? } else { HashSet::new() };
    let mut added = Vec::with_capacity(entries.len());
    for chunk in entries.chunks(AT_ONCE) {
        let mut rows = Vec::with_capacity(chunk.len());
        let mut named = Vec::new();
        for entry in chunk {
            let (entry, text) = small(entry)?;
            if there.contains(&text) {
                continue;
            }
            let entry = entry.as_ref();
            seq = seq.saturating_add(1);
            hash = chained(&hash, &text);
            named.extend(operations(entry).into_iter().map(|name| operation_row(CHAIN, seq, name)));
            rows.push(Columns::of(entry).into_row(CHAIN, seq, text.clone(), hash));
            added.push(ChainEntry { seq, text, hash });
        }
        if rows.is_empty() {
            continue;
        }
        audit_entry::Entity::insert_many(rows).exec_without_returning(transaction).await.map_err(failed)?;
        insert_operations(transaction, named).await?;
    }
    sequences::advance(transaction, CHAIN, seq, &hash).await?;
    Ok(added)
}

/// What the log holds already of the events that these are about.
async fn there(transaction: &Transaction, entries: &[AuditEntry]) -> Result<HashSet<String>, StoreError> {
    let mut there = HashSet::new();
    for chunk in entries.chunks(AT_ONCE) {
        let ids = chunk.iter().map(|entry| match entry {
            AuditEntry::Event(event) => event.id.as_uuid(),
            AuditEntry::Conclusion(conclusion) => conclusion.id.as_uuid(),
        });
        let of_them = audit_entry::Entity::find()
            .select_only()
            .column(audit_entry::Column::Entry)
            .filter(audit_entry::Column::EventId.is_in(ids));
        there.extend(of_them.into_tuple::<String>().all(transaction).await.map_err(failed)?);
    }
    Ok(there)
}

/// Whoever wrote it, an entry is a few kilobytes: the log must not grow with what was asked.
fn small(entry: &AuditEntry) -> Result<(Cow<'_, AuditEntry>, String), StoreError> {
    let text =
        |entry: &AuditEntry| serde_json::to_string(entry).map_err(|error| StoreError::Unavailable(Box::new(error)));
    let whole = text(entry)?;
    if whole.len() <= LARGEST {
        return Ok((Cow::Borrowed(entry), whole));
    }
    let small = entry.clone().bounded();
    let text = text(&small)?;
    Ok((Cow::Owned(small), text))
}

async fn insert_operations(
    transaction: &Transaction,
    mut named: Vec<audit_operation::ActiveModel>,
) -> Result<(), StoreError> {
    while !named.is_empty() {
        let rest = named.split_off(named.len().min(AT_ONCE));
        audit_operation::Entity::insert_many(named).exec_without_returning(transaction).await.map_err(failed)?;
        named = rest;
    }
    Ok(())
}
