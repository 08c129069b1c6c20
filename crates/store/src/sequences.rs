//! Where the numbered lists end.

use doorward_service::ports::StoreError;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::connection::{damaged, failed};
use crate::entity::sequence;
use crate::transaction::Transaction;

/// The audit chain's. A chain is called as its head is; there is one so far.
pub(crate) const AUDIT: &str = "audit";
/// The change feed's.
pub(crate) const CHANGES: &str = "changes";

/// Not the end of a list: counts the changes that could have lost the last administrator, or closed a circle of groups.
pub(crate) const ADMINS: &str = "admins";

/// Not the end of a list: counts the times somebody asked whether the database takes writes.
pub(crate) const PROBES: &str = "probes";

/// The head of that name; missing means somebody removed it, and nothing more may be added.
pub(crate) async fn read(db: &impl ConnectionTrait, name: &str) -> Result<sequence::Model, StoreError> {
    sequence::Entity::find_by_id(name)
        .one(db)
        .await
        .map_err(failed)?
        .ok_or_else(|| damaged("head of a numbered list (it is missing)"))
}

/// As [`read`], and nobody else may move it before this transaction ends.
pub(crate) async fn hold(transaction: &Transaction, name: &str) -> Result<sequence::Model, StoreError> {
    let head = sequence::Entity::find_by_id(name).lock_exclusive().one(transaction).await.map_err(failed)?;
    head.ok_or_else(|| damaged("head of a numbered list (it is missing)"))
}

/// Moves it.
pub(crate) async fn advance(transaction: &Transaction, name: &str, seq: i64, hash: &[u8]) -> Result<(), StoreError> {
    sequence::Entity::update_many()
        .col_expr(sequence::Column::Seq, Expr::value(seq))
        .col_expr(sequence::Column::Hash, Expr::value(hash))
        .filter(sequence::Column::Name.eq(name))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(failed)
}

/// Counts one more. The row stays locked until this transaction ends, and on an engine that reads old rows beside it, whoever waited for it
/// fails rather than go on with what was true before.
pub(crate) async fn count(transaction: &Transaction, name: &str) -> Result<(), StoreError> {
    let counted = sequence::Entity::update_many()
        .col_expr(sequence::Column::Seq, Expr::col(sequence::Column::Seq).add(1))
        .filter(sequence::Column::Name.eq(name))
        .exec(transaction)
        .await
        .map_err(failed)?;
    if counted.rows_affected == 1 { Ok(()) } else { Err(damaged("count of changes (it is missing)")) }
}
