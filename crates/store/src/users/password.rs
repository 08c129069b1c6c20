//! Stored password hashes: replacing them.

use doorward_domain::{SessionId, UserId};
use doorward_service::ports::{Change, Proof, StoreError};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::change::Outcome;
use crate::connection::failed;
use crate::entity::{session, user};
use crate::proof::holds;
use crate::sessions;
use crate::transaction::{Quiet, Transaction};

pub(super) async fn set(transaction: &Transaction, id: UserId, hash: &str) -> Result<Outcome<bool>, StoreError> {
    let is_set = replace(transaction, id, user::Column::Id.is_not_null(), hash).await?;
    conclude(transaction, id, None, is_set).await
}

pub(super) async fn change(
    transaction: &Transaction,
    (id, keep): (UserId, SessionId),
    proof: Proof<'_>,
    hash: &str,
) -> Result<Outcome<bool>, StoreError> {
    let session = session::Entity::find_by_id(keep.as_uuid()).filter(session::Column::UserId.eq(id.as_uuid()));
    if session.one(transaction).await.map_err(failed)?.is_none() {
        return Ok(Outcome::Nothing(false));
    }
    let is_changed = replace(transaction, id, holds(proof), hash).await?;
    conclude(transaction, id, Some(keep), is_changed).await
}

pub(super) async fn upgrade(
    transaction: &Transaction,
    id: UserId,
    old: &str,
    new: &str,
) -> Result<Quiet<bool>, StoreError> {
    replace(transaction, id, holds(Proof::PasswordHash(old)), new).await.map(Quiet::Written)
}

/// Whether there is such a user of whom that is true.
async fn replace(transaction: &Transaction, id: UserId, only_if: Expr, hash: &str) -> Result<bool, StoreError> {
    let replaced = user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(hash))
        .filter(user::Column::Id.eq(id.as_uuid()))
        .filter(only_if)
        .exec(transaction)
        .await
        .map_err(failed)?;
    Ok(replaced.rows_affected > 0)
}

/// What every change of a password owes: the end of the sessions, and the feed.
async fn conclude(
    transaction: &Transaction,
    id: UserId,
    keep: Option<SessionId>,
    is_done: bool,
) -> Result<Outcome<bool>, StoreError> {
    if !is_done {
        return Ok(Outcome::Nothing(false));
    }
    sessions::end_all(transaction, id, keep).await?;
    Ok(Outcome::Written(vec![Change::User(id)], true))
}
