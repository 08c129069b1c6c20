//! When sessions were last seen.

use doorward_domain::{SessionId, Timestamp};
use doorward_service::ports::StoreError;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait},
};
use std::cmp::Reverse;

use crate::connection::{Connections, failed};
use crate::entity::session;
use crate::transaction::{Quiet, Transaction};

/// Sessions noted by one statement. Between two, other writers get their turn.
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
