//! Telling of changes, in the transaction that makes them.

use doorward_service::ports::{Change, StoreError};
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, EntityTrait, prelude::Uuid};

use crate::connection::failed;
use crate::engine::dialect;
use crate::entity::change;
use crate::sequences;
use crate::transaction::Transaction;

pub(crate) const USER: &str = "user";
pub(crate) const SESSION: &str = "session";
pub(crate) const GROUP: &str = "group";
pub(crate) const KEY: &str = "key";

/// Appends to the feed. Numbers are given under the head's lock, so they are in the order of commit and without gaps.
pub(crate) async fn tell(transaction: &Transaction, changes: &[Change]) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let head = sequences::hold(transaction, sequences::CHANGES).await?;
    let mut seq = head.seq;
    for change in changes {
        seq = seq.saturating_add(1);
        let (kind, subject) = columns_of(*change);
        let row = change::ActiveModel { seq: Set(seq), kind: Set(kind.to_owned()), subject: Set(subject) };
        change::Entity::insert(row).exec_without_returning(transaction).await.map_err(failed)?;
    }
    sequences::advance(transaction, sequences::CHANGES, seq, &head.hash).await?;
    match dialect(transaction.get_database_backend()).waking() {
        Some(waking) => transaction.execute_unprepared(waking).await.map(drop).map_err(failed),
        None => Ok(()),
    }
}

fn columns_of(change: Change) -> (&'static str, Uuid) {
    match change {
        Change::User(id) => (USER, id.as_uuid()),
        Change::Session(id) => (SESSION, id.as_uuid()),
        Change::Group(id) => (GROUP, id.as_uuid()),
        Change::Key(id) => (KEY, id.as_uuid()),
    }
}
