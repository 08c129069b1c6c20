//! When sessions were last seen, and ending those whose time is over.

use doorward_domain::{SessionId, Timestamp};
use doorward_service::ports::{StoreError, TellOfEnd};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{CaseStatement, Expr, ExprTrait},
};
use std::cmp::Reverse;

use crate::audit;
use crate::connection::{Connections, failed};
use crate::entity::{session, user};
use crate::rows::{session_of, user_with};
use crate::transaction::{Quiet, Transaction};

/// Sessions noted by one statement, or ended by one transaction. Between two, other writers get their turn.
const AT_ONCE: usize = 100;

/// A time never moves back: two replicas may report in any order, and of one session that is named twice the latest counts. Not an event.
pub(super) async fn touch(connections: &Connections, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
    let mut newest_first = seen.to_vec();
    newest_first.sort_by_key(|(_, at)| Reverse(*at));
    for chunk in newest_first.chunks(AT_ONCE) {
        let mut moment = CaseStatement::new();
        let mut newer = Condition::any();
        for (id, at) in chunk {
            let this = session::Column::Id.eq(id.as_uuid());
            moment = moment.case(this.clone(), at.as_millis());
            newer = newer.add(this.and(session::Column::LastSeenAt.lt(at.as_millis())));
        }
        let noted = session::Entity::update_many()
            .col_expr(session::Column::LastSeenAt, moment.finally(Expr::col(session::Column::LastSeenAt)).into())
            .filter(newer);
        let work = async |transaction: &Transaction| {
            noted.exec(transaction).await.map_err(failed)?;
            Ok(Quiet::Written(()))
        };
        connections.unrecorded(work).await?;
    }
    Ok(())
}

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
                events.push(tell(&session_of(session), &user_with(user, &[])?));
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
    let found = session::Entity::find().find_also_related(user::Entity).filter(over).limit(AT_ONCE as u64);
    found.all(transaction).await.map_err(failed)
}
