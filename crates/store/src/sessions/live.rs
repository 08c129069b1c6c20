//! From a token's hash to the signed-in person: the read behind every session-cache miss.

use doorward_domain::Timestamp;
use doorward_service::ports::{LiveSession, StoreError};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, SelectThree, TopologyChain, sea_query::Expr};

use crate::connection::failed;
use crate::entity::{grant, session, user};
use crate::rows::{grant_of, session_of, user_with};

/// The session, its user and all their grants in one statement, so that they belong to one moment: one row a grant.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    which: Expr,
    now: Timestamp,
) -> Result<Option<LiveSession>, StoreError> {
    let rows = query(which, now).all(db).await.map_err(failed)?;
    let grants = rows.iter().filter_map(|(_, _, grant)| grant.as_ref()).map(grant_of).collect::<Result<Vec<_>, _>>()?;
    let Some((session, Some(user), _)) = rows.into_iter().next() else { return Ok(None) };
    Ok(Some(LiveSession { user: user_with(user, &grants)?, session: session_of(session), grants }))
}

/// Found through unique indexes only, so that its cost does not grow with the number of sessions or users.
fn query(which: Expr, now: Timestamp) -> Query {
    session::Entity::find()
        .find_also_related(user::Entity)
        .and_also_related(grant::Entity)
        .filter(which)
        .filter(session::Column::ExpiresAt.gt(now.as_millis()))
        .filter(user::Column::IsDisabled.eq(false))
}

type Query = SelectThree<session::Entity, user::Entity, grant::Entity, TopologyChain>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use sea_orm::QueryTrait;

    #[tokio::test]
    async fn no_table_is_read_from_end_to_end() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let db = &store.connections.reader;
        let by_entry = crate::sessions::entries::session_of(&doorward_domain::TokenHash::from_bytes([0; 32]));
        for (which, steps) in [
            (session::Column::TokenHash.eq(vec![0_u8; 32]), 3),
            (session::Column::Id.eq(sea_orm::prelude::Uuid::nil()), 3),
            (by_entry, 4),
        ] {
            let mut explained = query(which, Timestamp::from_millis(0)).build(db.get_database_backend());
            explained.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
            let told = db.query_all_raw(explained).await.unwrap();
            let plan: Vec<String> = told.iter().map(|step| step.try_get("", "detail").unwrap()).collect();
            let plan: Vec<&String> = plan.iter().filter(|step| !step.contains("SUBQUERY")).collect();
            assert_eq!(plan.len(), steps, "{plan:?}");
            assert!(plan.iter().all(|step| step.starts_with("SEARCH") && step.contains("USING")), "{plan:?}");
        }
    }
}
