//! From a key's hash to what it may do: the read behind every cache miss of a program.

use doorward_domain::{KeyId, Subject, Timestamp, TokenHash, UserId};
use doorward_service::ports::{LiveKey, Owner, StoreError};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, SelectTwo};

use crate::connection::failed;
use crate::entity::{api_key, api_key_secret, user};
use crate::rows::{end, keys::key_of, user_with};
use crate::subjects;

/// Whoever calls holds one moment still.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    secret: &TokenHash,
    now: Timestamp,
) -> Result<Option<LiveKey>, StoreError> {
    let Some((secret, Some(row))) = query(secret, now).one(db).await.map_err(failed)? else { return Ok(None) };
    with_owner(db, &row, end(secret.ends_at)).await
}

/// By its id, whatever its secret is by now.
pub(crate) async fn find_by_id(
    db: &impl ConnectionTrait,
    id: KeyId,
    now: Timestamp,
) -> Result<Option<LiveKey>, StoreError> {
    let live = api_key::Entity::find_by_id(id.as_uuid()).filter(api_key::Column::ExpiresAt.gt(now.as_millis()));
    match live.one(db).await.map_err(failed)? {
        Some(row) => with_owner(db, &row, None).await,
        None => Ok(None),
    }
}

async fn with_owner(
    db: &impl ConnectionTrait,
    row: &api_key::Model,
    until: Option<Timestamp>,
) -> Result<Option<LiveKey>, StoreError> {
    let key = key_of(row)?;
    let owner = match key.owner {
        Some(id) => match owner(db, id).await? {
            Some(owner) => Some(owner),
            None => return Ok(None),
        },
        None => None,
    };
    let grants = subjects::grants_of(db, &[Subject::Key(key.id)]).await?;
    Ok(Some(LiveKey { key, until, grants, owner }))
}

fn query(secret: &TokenHash, now: Timestamp) -> SelectTwo<api_key_secret::Entity, api_key::Entity> {
    api_key_secret::Entity::find_by_id(secret.as_bytes().to_vec())
        .find_also_related(api_key::Entity)
        .filter(api_key_secret::Column::EndsAt.gt(now.as_millis()))
        .filter(api_key::Column::ExpiresAt.gt(now.as_millis()))
}

/// `None` when they are disabled.
async fn owner(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Owner>, StoreError> {
    let enabled = user::Entity::find_by_id(id.as_uuid()).filter(user::Column::IsDisabled.eq(false));
    let Some(row) = enabled.one(db).await.map_err(failed)? else { return Ok(None) };
    let grants = subjects::grants_of(db, &[Subject::User(id)]).await?;
    let groups = subjects::groups_of(db, id).await?;
    Ok(Some(Owner { user: user_with(row, &grants)?, grants, groups }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::engine::sqlite::plans;

    #[tokio::test]
    async fn no_table_is_read_from_end_to_end() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let query = query(&TokenHash::from_bytes([0; 32]), Timestamp::from_millis(0));
        plans::searches(&store.connections.reader, &query, 2).await;
    }
}
