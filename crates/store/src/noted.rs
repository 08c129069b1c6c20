//! Moments that are noted in passing: when a session was last seen, when and from where a key was last used.

use doorward_domain::Timestamp;
use doorward_service::ports::StoreError;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, UpdateMany};
use std::cmp::Reverse;
use std::net::IpAddr;

use crate::connection::{Connections, failed};
use crate::transaction::{Quiet, Transaction};

/// Rows noted by one statement. Between two, other writers get their turn.
const AT_ONCE: usize = 100;

/// What is noted of a row.
#[derive(Debug)]
pub(crate) struct Noted {
    pub(crate) id: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) from: Option<IpAddr>,
}

/// Where it is noted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<C> {
    pub(crate) id: C,
    pub(crate) at: C,
    pub(crate) from: Option<C>,
}

/// A time never moves back: two replicas may report in any order, and of a row that is named twice the newest counts. Not an event.
pub(crate) async fn note<E: EntityTrait>(
    connections: &Connections,
    columns: Columns<E::Column>,
    mut noted: Vec<Noted>,
) -> Result<(), StoreError> {
    noted.sort_by_key(|one| Reverse(one.at));
    for chunk in noted.chunks(AT_ONCE) {
        let update = update::<E>(columns, chunk);
        let work = async |transaction: &Transaction| {
            update.exec(transaction).await.map_err(failed)?;
            Ok(Quiet::Written(()))
        };
        connections.unrecorded(work).await?;
    }
    Ok(())
}

fn update<E: EntityTrait>(columns: Columns<E::Column>, chunk: &[Noted]) -> UpdateMany<E> {
    let (mut moment, mut address) = (CaseStatement::new(), CaseStatement::new());
    let mut newer = Condition::any();
    for one in chunk {
        let this = columns.id.eq(one.id);
        moment = moment.case(this.clone(), one.at.as_millis());
        address = address.case(this.clone(), one.from.map(|from| from.to_string()));
        newer = newer.add(this.and(columns.at.lt(one.at.as_millis())));
    }
    let update = E::update_many().col_expr(columns.at, moment.finally(Expr::col(columns.at)).into()).filter(newer);
    match columns.from {
        Some(from) => update.col_expr(from, address.finally(Expr::col(from)).into()),
        None => update,
    }
}
