//! When and from where API keys were last used.

use doorward_domain::{KeyId, Timestamp};
use doorward_service::ports::StoreError;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait},
};
use std::cmp::Reverse;
use std::net::IpAddr;

use crate::connection::{Connections, failed};
use crate::entity::api_key;
use crate::transaction::{Quiet, Transaction};

/// Keys noted by one statement. Between two, other writers get their turn.
const AT_ONCE: usize = 100;

/// A time never moves back: two replicas may report in any order, and of one key that is named twice the newest counts. Not an event.
pub(super) async fn note(connections: &Connections, used: &[(KeyId, Timestamp, IpAddr)]) -> Result<(), StoreError> {
    let mut newest_first = used.to_vec();
    newest_first.sort_by_key(|(_, at, _)| Reverse(*at));
    for chunk in newest_first.chunks(AT_ONCE) {
        let (mut moment, mut address) = (CaseStatement::new(), CaseStatement::new());
        let mut newer = Condition::any();
        for (id, at, from) in chunk {
            let this = api_key::Column::Id.eq(id.as_uuid());
            moment = moment.case(this.clone(), at.as_millis());
            address = address.case(this.clone(), from.to_string());
            newer = newer.add(this.and(api_key::Column::LastUsedAt.lt(at.as_millis())));
        }
        let noted = api_key::Entity::update_many()
            .col_expr(api_key::Column::LastUsedAt, moment.finally(Expr::col(api_key::Column::LastUsedAt)).into())
            .col_expr(api_key::Column::LastUsedFrom, address.finally(Expr::col(api_key::Column::LastUsedFrom)).into())
            .filter(newer);
        let work = async |transaction: &Transaction| {
            noted.exec(transaction).await.map_err(failed)?;
            Ok(Quiet::Written(()))
        };
        connections.unrecorded(work).await?;
    }
    Ok(())
}
