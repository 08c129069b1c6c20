//! When sessions were last seen, and forgetting those that are over.

use doorward_domain::{SessionId, Timestamp};
use doorward_service::ports::StoreError;
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait},
};

use crate::connection::failed;
use crate::entity::session;

/// Sessions noted by one statement. Between two, other writers get their turn.
const AT_ONCE: usize = 100;

/// A time never moves back: two replicas may report in any order.
pub(super) async fn touch(db: &DatabaseConnection, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
    for chunk in seen.chunks(AT_ONCE) {
        let mut moment = CaseStatement::new();
        let mut newer = Condition::any();
        for (id, at) in chunk {
            let this = session::Column::Id.eq(id.as_uuid());
            moment = moment.case(this.clone(), at.as_millis());
            newer = newer.add(this.and(session::Column::LastSeenAt.lt(at.as_millis())));
        }
        session::Entity::update_many()
            .col_expr(session::Column::LastSeenAt, moment.finally(Expr::col(session::Column::LastSeenAt)).into())
            .filter(newer)
            .exec(db)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn forget_expired(db: &DatabaseConnection, now: Timestamp, idle_since: Timestamp) -> Result<u64, StoreError> {
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(now.as_millis()))
        .add(session::Column::LastSeenAt.lt(idle_since.as_millis()));
    Ok(session::Entity::delete_many().filter(over).exec(db).await.map_err(failed)?.rows_affected)
}
