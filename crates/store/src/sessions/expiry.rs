//! Ending the sessions whose time is over.

use doorward_domain::{Session, Timestamp, User};
use doorward_service::ports::{StoreError, TellOfEnd};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, FromQueryResult as _, QueryFilter, QueryResult,
    QuerySelect, QueryTrait as _, prelude::Uuid, sea_query::ExprTrait,
};

use crate::audit;
use crate::connection::{Connections, failed};
use crate::entity::{session, user};
use crate::rows::{session_of, user_with};
use crate::transaction::{Quiet, Transaction};

/// Sessions ended by one transaction. Between two, other writers get their turn.
const AT_ONCE: u64 = 100;

/// Ends some of those that are over; how many. Each has an event of its own, which is found with it and recorded here; whoever knows a session
/// knows when it ends, so there is nothing to be heard of.
pub(super) async fn end_expired(
    connections: &Connections,
    now: Timestamp,
    idle_since: Timestamp,
    tell: TellOfEnd<'_>,
) -> Result<u64, StoreError> {
    let work = async |transaction: &Transaction| {
        let (mut ended, mut events) = (0, Vec::new());
        for row in over(transaction, now, idle_since).await? {
            // Nobody could delete what has no id.
            let Ok(id) = row.try_get::<Uuid>("A_", "id") else { continue };
            let deleted = session::Entity::delete_by_id(id).exec(transaction).await.map_err(failed)?;
            ended += deleted.rows_affected;
            match told_of(&row) {
                Ok(Some((session, user))) if deleted.rows_affected == 1 => events.push(tell(&session, &user)),
                Ok(_) => {}
                // It must not keep all others from ending.
                Err(why) => tracing::warn!(%id, %why, "a session has ended of which nobody can read what it was"),
            }
        }
        audit::record(transaction, &events).await?;
        Ok(if ended > 0 { Quiet::Written(ended) } else { Quiet::Nothing(0) })
    };
    connections.unrecorded(work).await
}

/// What an event tells of it.
fn told_of(row: &QueryResult) -> Result<Option<(Session, User)>, StoreError> {
    let session = session::Model::from_query_result(row, "A_").map_err(failed)?;
    let user: Option<user::Model> = Option::from_query_result(row, "B_").map_err(failed)?;
    user.map(|user| Ok((session_of(session)?, user_with(user, &[])?))).transpose()
}

async fn over(
    transaction: &Transaction,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<QueryResult>, StoreError> {
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(now.as_millis()))
        .add(session::Column::LastSeenAt.lt(idle_since.as_millis()).and(session::Column::IsRemembered.eq(false)));
    let found = session::Entity::find().find_also_related(user::Entity).filter(over).limit(AT_ONCE);
    transaction.query_all_raw(found.build(transaction.get_database_backend())).await.map_err(failed)
}
