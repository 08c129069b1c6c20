//! Names and addresses are one set: people sign in with either, so nobody may have as the one what somebody else has as the other.

use doorward_domain::{Email, UserId, Username};
use doorward_service::ports::StoreError;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::connection::failed;
use crate::entity::user;
use crate::transaction::Transaction;

/// Whether nobody else has this name as an address: [`StoreError::Conflict`] with `username` if so.
pub(super) async fn free_as_name(transaction: &Transaction, id: UserId, name: &Username) -> Result<(), StoreError> {
    let key = name.as_str().parse::<Email>().map(|email| email.key());
    let Ok(key) = key else { return Ok(()) };
    free(transaction, id, user::Column::EmailKey.eq(key), "username").await
}

/// Whether nobody else has this address as a name: [`StoreError::Conflict`] with `email` if so.
pub(super) async fn free_as_address(
    transaction: &Transaction,
    id: UserId,
    email: Option<&Email>,
) -> Result<(), StoreError> {
    let Some(email) = email else { return Ok(()) };
    free(transaction, id, user::Column::Username.eq(email.key()), "email").await
}

async fn free(transaction: &Transaction, id: UserId, theirs: Expr, word: &'static str) -> Result<(), StoreError> {
    let others = user::Entity::find().filter(theirs).filter(user::Column::Id.ne(id.as_uuid()));
    match others.one(transaction).await.map_err(failed)? {
        Some(_) => Err(StoreError::Conflict(word)),
        None => Ok(()),
    }
}
