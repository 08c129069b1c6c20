//! From a token's hash to the signed-in person: the read behind every session-cache miss.

use doorward_domain::{SignedIn, Timestamp};
use doorward_service::ports::StoreError;
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, sea_query::Expr};

use crate::connection::failed;
use crate::entity::{grant, session, user};
use crate::rows::{grant_of, session_of, user_with};

/// The session, its user and all their grants in one statement, so that they belong to one moment: one row a grant. Found through
/// unique indexes only, so its cost does not grow with the number of sessions or users.
pub(super) async fn find(db: &DatabaseConnection, which: Expr, now: Timestamp) -> Result<Option<SignedIn>, StoreError> {
    let rows = session::Entity::find()
        .find_also_related(user::Entity)
        .and_also_related(grant::Entity)
        .filter(which)
        .filter(session::Column::ExpiresAt.gt(now.as_millis()))
        .filter(user::Column::IsDisabled.eq(false))
        .all(db)
        .await
        .map_err(failed)?;
    let grants = rows.iter().filter_map(|(_, _, grant)| grant.as_ref()).map(grant_of).collect::<Result<Vec<_>, _>>()?;
    let Some((session, Some(user), _)) = rows.into_iter().next() else { return Ok(None) };
    Ok(Some(SignedIn { user: user_with(user, &grants)?, session: session_of(session), grants }))
}
