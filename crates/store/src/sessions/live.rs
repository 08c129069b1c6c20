//! From a token's hash to the signed-in person: the read behind every session-cache miss.

use doorward_domain::Timestamp;
use doorward_service::ports::{LiveSession, StoreError};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, SelectThree, TopologyChain, sea_query::Expr};

use crate::connection::failed;
use crate::entity::{grant, session, user};
use crate::rows::{grant_of, session_of, user_with};
use crate::subjects;

/// The session, its user and all their grants: one row a grant; and the user's groups. Whoever calls holds one moment still.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    which: Expr,
    now: Timestamp,
) -> Result<Option<LiveSession>, StoreError> {
    let rows = query(which, now).all(db).await.map_err(failed)?;
    let grants = rows.iter().filter_map(|(_, _, grant)| grant.as_ref()).map(grant_of).collect::<Result<Vec<_>, _>>()?;
    let Some((session, Some(user), _)) = rows.into_iter().next() else { return Ok(None) };
    let session = session_of(session);
    let groups = subjects::groups_of(db, session.user_id).await?;
    Ok(Some(LiveSession { user: user_with(user, &grants)?, session, grants, groups }))
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
    use crate::{Store, plans};

    #[tokio::test]
    async fn no_table_is_read_from_end_to_end() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let db = &store.connections.reader;
        let by_entry = crate::sessions::entries::session_of(&doorward_domain::TokenHash::from_bytes([0; 32]));
        for (which, tables) in [
            (session::Column::TokenHash.eq(vec![0_u8; 32]), 3),
            (session::Column::Id.eq(sea_orm::prelude::Uuid::nil()), 3),
            (by_entry, 4),
        ] {
            plans::searches(db, &query(which, Timestamp::from_millis(0)), tables).await;
        }
    }
}
