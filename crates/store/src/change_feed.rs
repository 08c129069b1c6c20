//! Telling of a change, in the transaction that makes it.

use doorward_service::ports::{Change, StoreError};
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::connection::failed;
use crate::entity::change;
use crate::sequences;
use crate::transaction::Transaction;

pub(crate) const USER: &str = "user";
pub(crate) const SESSION: &str = "session";

/// Appends to the feed. Numbers are given under the head's lock, so they are in the order of commit and without gaps.
pub(crate) async fn tell(transaction: &Transaction, change: Change) -> Result<(), StoreError> {
    let head = sequences::hold(transaction, sequences::CHANGES).await?;
    let seq = head.seq.saturating_add(1);
    let (kind, subject) = match change {
        Change::User(id) => (USER, id.as_uuid()),
        Change::Session(id) => (SESSION, id.as_uuid()),
    };
    let row = change::ActiveModel { seq: Set(seq), kind: Set(kind.to_owned()), subject: Set(subject) };
    change::Entity::insert(row).exec_without_returning(transaction).await.map_err(failed)?;
    sequences::advance(transaction, sequences::CHANGES, seq, &head.hash).await
}
