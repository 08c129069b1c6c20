//! When sessions were last seen, and ending those whose time is over.

use doorward_domain::{SessionId, Timestamp};
use doorward_service::ports::{StoreError, TellOfEnd};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{CaseStatement, Expr, ExprTrait},
};

use crate::audit;
use crate::connection::{Connections, failed};
use crate::entity::{session, user};
use crate::rows::{session_of, user_with};
use crate::transaction::Transaction;

/// Sessions noted by one statement, or ended by one transaction. Between two, other writers get their turn.
const AT_ONCE: usize = 100;

/// A time never moves back: two replicas may report in any order.
pub(super) async fn touch(connections: &Connections, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
    for chunk in seen.chunks(AT_ONCE) {
        let mut moment = CaseStatement::new();
        let mut newer = Condition::any();
        for (id, at) in chunk {
            let this = session::Column::Id.eq(id.as_uuid());
            moment = moment.case(this.clone(), at.as_millis());
            newer = newer.add(this.and(session::Column::LastSeenAt.lt(at.as_millis())));
        }
        let transaction = connections.begin().await?;
        session::Entity::update_many()
            .col_expr(session::Column::LastSeenAt, moment.finally(Expr::col(session::Column::LastSeenAt)).into())
            .filter(newer)
            .exec(&transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
    }
    Ok(())
}

/// Ends some of those that are over; how many.
pub(super) async fn end_expired(
    transaction: &Transaction,
    now: Timestamp,
    idle_since: Timestamp,
    tell: TellOfEnd<'_>,
) -> Result<u64, StoreError> {
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(now.as_millis()))
        .add(session::Column::LastSeenAt.lt(idle_since.as_millis()).and(session::Column::IsRemembered.eq(false)));
    let found = session::Entity::find().find_also_related(user::Entity).filter(over).limit(AT_ONCE as u64);
    let found = found.all(transaction).await.map_err(failed)?;
    let mut ended = 0;
    for (session, user) in found {
        let deleted = session::Entity::delete_by_id(session.id).exec(transaction).await.map_err(failed)?.rows_affected;
        if let (1, Some(user)) = (deleted, user) {
            audit::record(transaction, &tell(&session_of(session), &user_with(user, &[])?)).await?;
        }
        ended += deleted;
    }
    Ok(ended)
}
