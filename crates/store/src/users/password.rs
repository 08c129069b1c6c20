//! Stored password hashes: replacing them, and whether what somebody proved with one still holds.

use doorward_domain::{NewAuditEvent, SessionId, UserId};
use doorward_service::ports::{Change, Proof, StoreError};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

use crate::connection::{Connections, failed};
use crate::entity::{session, user};
use crate::transaction::Transaction;
use crate::{audit, change_feed, sessions};

/// That this is a user who proved who they are with that.
pub(crate) fn holds(proof: Proof<'_>) -> Expr {
    match proof {
        Proof::PasswordHash(hash) => user::Column::PasswordHash.eq(hash),
    }
}

/// The ids of those of whom [`holds`] is true.
pub(crate) fn proved(proof: Proof<'_>) -> SelectStatement {
    user::Entity::find().select_only().column(user::Column::Id).filter(holds(proof)).into_query()
}

pub(super) async fn set(
    connections: &Connections,
    id: UserId,
    hash: &str,
    event: &NewAuditEvent,
) -> Result<bool, StoreError> {
    let transaction = connections.begin_for(event).await?;
    let is_set = replace(&transaction, id, user::Column::Id.is_not_null(), hash).await?;
    if is_set {
        conclude(transaction, id, None, event).await?;
    }
    Ok(is_set)
}

pub(super) async fn change(
    connections: &Connections,
    (id, keep): (UserId, SessionId),
    proof: Proof<'_>,
    hash: &str,
    event: &NewAuditEvent,
) -> Result<bool, StoreError> {
    let transaction = connections.begin_for(event).await?;
    let session = session::Entity::find_by_id(keep.as_uuid()).filter(session::Column::UserId.eq(id.as_uuid()));
    if session.one(&transaction).await.map_err(failed)?.is_none() {
        return Ok(false);
    }
    let is_changed = replace(&transaction, id, holds(proof), hash).await?;
    if is_changed {
        conclude(transaction, id, Some(keep), event).await?;
    }
    Ok(is_changed)
}

pub(super) async fn upgrade(connections: &Connections, id: UserId, old: &str, new: &str) -> Result<bool, StoreError> {
    let transaction = connections.begin().await?;
    let is_upgraded = replace(&transaction, id, holds(Proof::PasswordHash(old)), new).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(is_upgraded)
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

/// What every change of a password owes: the end of the sessions, the feed, the log, and the commit.
async fn conclude(
    transaction: Transaction,
    id: UserId,
    keep: Option<SessionId>,
    event: &NewAuditEvent,
) -> Result<(), StoreError> {
    sessions::end_all(&transaction, id, keep).await?;
    change_feed::tell(&transaction, Change::User(id)).await?;
    audit::record(&transaction, event).await?;
    transaction.commit().await.map_err(failed)
}
