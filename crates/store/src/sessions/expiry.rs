//! Ending the sessions whose time is over.

use doorward_domain::Timestamp;
use doorward_service::ports::{StoreError, TellOfEnd};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, sea_query::ExprTrait};

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
        for (session, user) in over(transaction, now, idle_since).await? {
            let deleted = session::Entity::delete_by_id(session.id).exec(transaction).await.map_err(failed)?;
            if let (1, Some(user)) = (deleted.rows_affected, user) {
                events.push(tell(&session_of(session)?, &user_with(user, &[])?));
            }
            ended += deleted.rows_affected;
        }
        audit::record(transaction, &events).await?;
        Ok(if ended > 0 { Quiet::Written(ended) } else { Quiet::Nothing(0) })
    };
    connections.unrecorded(work).await
}

async fn over(
    transaction: &Transaction,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<(session::Model, Option<user::Model>)>, StoreError> {
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(now.as_millis()))
        .add(session::Column::LastSeenAt.lt(idle_since.as_millis()).and(session::Column::IsRemembered.eq(false)));
    let found = session::Entity::find().find_also_related(user::Entity).filter(over).limit(AT_ONCE);
    found.all(transaction).await.map_err(failed)
}
