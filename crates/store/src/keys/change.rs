//! Making, changing and revoking API keys.

use doorward_domain::{ApiKey, Grant, KeyId, Subject, Timestamp, TokenHash, UserId};
use doorward_service::ports::{Change, KeyChange, KeyMade, StoreError};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{self, Set},
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Value,
};

use crate::change::Outcome;
use crate::connection::{conflict_or_failed, failed};
use crate::entity::words::{KEY, NEVER_ENDS};
use crate::entity::{api_key, api_key_secret, grant};
use crate::paging::count;
use crate::rows::end_column;
use crate::rows::keys::{addresses_column, key_of, row_of};
use crate::transaction::Transaction;
use crate::{grants, subjects};

pub(super) async fn create(
    transaction: &Transaction,
    key: &ApiKey,
    secret: &TokenHash,
    grant: &Grant,
    most: u64,
) -> Result<Outcome<KeyMade>, StoreError> {
    if let Some(owner) = key.owner {
        if !subjects::is_there(transaction, Subject::User(owner)).await? {
            return Ok(Outcome::Nothing(KeyMade::NoOwner));
        }
        let own = api_key::Entity::find().filter(api_key::Column::OwnerId.eq(owner.as_uuid()));
        if count(own, transaction).await.map_err(failed)? >= most {
            return Ok(Outcome::Nothing(KeyMade::TooMany));
        }
    }
    api_key::Entity::insert(row_of(key)).exec_without_returning(transaction).await.map_err(conflict_or_failed)?;
    add_secret(transaction, key.id, secret).await?;
    // Whoever it names: with a key only the key is given something.
    grants::put(transaction, &Grant { subject: Subject::Key(key.id), ..grant.clone() }).await?;
    Ok(Outcome::Written(vec![Change::Key(key.id)], KeyMade::Made))
}

async fn add_secret(transaction: &Transaction, id: KeyId, secret: &TokenHash) -> Result<(), StoreError> {
    let row = api_key_secret::ActiveModel {
        token_hash: Set(secret.as_bytes().to_vec()),
        key_id: Set(id.as_uuid()),
        ends_at: Set(NEVER_ENDS),
    };
    api_key_secret::Entity::insert(row).exec_without_returning(transaction).await.map(drop).map_err(failed)
}

/// False when there is no such key.
pub(super) async fn update(transaction: &Transaction, id: KeyId, change: &KeyChange) -> Result<bool, StoreError> {
    let row = api_key::ActiveModel {
        name: or_as_it_was(change.name.as_ref().map(ToString::to_string)),
        allowed_addresses: or_as_it_was(change.allowed_addresses.as_deref().map(addresses_column)),
        expires_at: or_as_it_was(change.expires_at.map(end_column)),
        ..Default::default()
    };
    if !subjects::is_there(transaction, Subject::Key(id)).await? {
        return Ok(false);
    }
    if *change != KeyChange::default() {
        let only = api_key::Column::Id.eq(id.as_uuid());
        api_key::Entity::update_many().set(row).filter(only).exec(transaction).await.map_err(conflict_or_failed)?;
    }
    Ok(true)
}

fn or_as_it_was<T: Into<Value>>(value: Option<T>) -> ActiveValue<T> {
    value.map_or(ActiveValue::NotSet, Set)
}

/// Only the one before stays beside the new one: those before that end now, or a key would have as many as it was rotated times.
pub(super) async fn rotate(
    transaction: &Transaction,
    id: KeyId,
    secret: &TokenHash,
    old_until: Timestamp,
) -> Result<Outcome<bool>, StoreError> {
    if !subjects::is_there(transaction, Subject::Key(id)).await? {
        return Ok(Outcome::Nothing(false));
    }
    let its = || api_key_secret::Column::KeyId.eq(id.as_uuid());
    api_key_secret::Entity::delete_many()
        .filter(its())
        .filter(api_key_secret::Column::EndsAt.lt(NEVER_ENDS))
        .exec(transaction)
        .await
        .map_err(failed)?;
    api_key_secret::Entity::update_many()
        .col_expr(api_key_secret::Column::EndsAt, Expr::value(old_until.as_millis()))
        .filter(its())
        .exec(transaction)
        .await
        .map_err(failed)?;
    add_secret(transaction, id, secret).await?;
    Ok(Outcome::Written(vec![Change::Key(id)], true))
}

pub(super) async fn revoke(transaction: &Transaction, id: KeyId) -> Result<Outcome<Option<ApiKey>>, StoreError> {
    let Some(row) = api_key::Entity::find_by_id(id.as_uuid()).one(transaction).await.map_err(failed)? else {
        return Ok(Outcome::Nothing(None));
    };
    // Its secrets go with it: the tables say so.
    let deleted = api_key::Entity::delete_by_id(id.as_uuid()).exec(transaction).await.map_err(failed)?;
    if deleted.rows_affected == 0 {
        return Ok(Outcome::Nothing(None));
    }
    subjects::forget(transaction, Subject::Key(id)).await?;
    Ok(Outcome::Written(vec![Change::Key(id)], Some(key_of(&row)?)))
}

/// Deletes what is granted to the keys of a user who is deleted. The keys themselves go with their owner: the tables say so.
pub(crate) async fn forget_those_of(transaction: &Transaction, owner: UserId) -> Result<(), StoreError> {
    let keys = api_key::Entity::find()
        .select_only()
        .column(api_key::Column::Id)
        .filter(api_key::Column::OwnerId.eq(owner.as_uuid()));
    grant::Entity::delete_many()
        .filter(grant::Column::SubjectKind.eq(KEY))
        .filter(grant::Column::SubjectId.in_subquery(keys.into_query()))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(failed)
}
