//! A session's ways into the apps at other hosts than the desk's.

use doorward_domain::{HostName, SessionId, Timestamp, TokenHash};
use doorward_service::ports::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::connection::failed;
use crate::entity::{session, session_entry};
use crate::transaction::Transaction;

/// How many a session has at one host; more are somebody's loop, and the oldest goes.
const AT_ONE_HOST: u64 = 8;

/// False when the session has ended.
pub(super) async fn add(
    transaction: &Transaction,
    id: SessionId,
    entry: &TokenHash,
    host: &HostName,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let session = session::Entity::find_by_id(id.as_uuid()).one(transaction).await.map_err(failed)?;
    if session.is_none_or(|session| session.expires_at <= now.as_millis()) {
        return Ok(false);
    }
    let at_host =
        || session_entry::Column::SessionId.eq(id.as_uuid()).and(session_entry::Column::Host.eq(host.as_str()));
    let kept = session_entry::Entity::find()
        .select_only()
        .column(session_entry::Column::TokenHash)
        .filter(at_host())
        .order_by_desc(session_entry::Column::CreatedAt)
        .limit(AT_ONE_HOST - 1);
    // Some engines read no limit in a list to compare with, unless it is a table of its own.
    let kept = Query::select().column(session_entry::Column::TokenHash).from_subquery(kept.into_query(), "kept").take();
    session_entry::Entity::delete_many()
        .filter(at_host())
        .filter(Expr::col(session_entry::Column::TokenHash).not_in_subquery(kept))
        .exec(transaction)
        .await
        .map_err(failed)?;
    let row = session_entry::ActiveModel {
        token_hash: Set(entry.as_bytes().to_vec()),
        session_id: Set(id.as_uuid()),
        host: Set(host.as_str().to_owned()),
        created_at: Set(now.as_millis()),
    };
    session_entry::Entity::insert(row).exec_without_returning(transaction).await.map_err(failed)?;
    Ok(true)
}
