//! Making people.

use doorward_domain::{Email, NewAuditEvent, Role, Timestamp, User, UserId};
use doorward_service::ports::{Change, StoreError};
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::names::{free_as_address, free_as_name};
use super::{taken, words};
use crate::connection::{Connections, failed};
use crate::entity::{grant, user};
use crate::rows::EVERYTHING;
use crate::transaction::Transaction;
use crate::{admins, audit, change_feed, settings};

pub(super) async fn create(
    connections: &Connections,
    user: &User,
    password_hash: Option<&str>,
    event: &NewAuditEvent,
) -> Result<(), StoreError> {
    let transaction = connections.begin_for(event).await?;
    insert(&transaction, user, password_hash).await?;
    audit::record(&transaction, event).await?;
    transaction.commit().await.map_err(failed)
}

pub(super) async fn create_first_admin(
    connections: &Connections,
    user: &User,
    password_hash: &str,
    event: &NewAuditEvent,
) -> Result<bool, StoreError> {
    let transaction = connections.begin_for(event).await?;
    if admins::exist(&transaction).await? {
        return Ok(false);
    }
    let admin = User { role: Some(Role::Admin), is_disabled: false, ..user.clone() };
    insert(&transaction, &admin, Some(password_hash)).await?;
    settings::forget(&transaction, settings::SETUP_TOKEN).await?;
    audit::record(&transaction, event).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}

async fn insert(transaction: &Transaction, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
    free_as_name(transaction, user.id, &user.username).await?;
    free_as_address(transaction, user.id, user.email.as_ref()).await?;
    let email = user.email.as_ref().map(Email::as_str);
    let row = user::ActiveModel {
        id: Set(user.id.as_uuid()),
        username: Set(user.username.as_str().to_owned()),
        email: Set(email.map(ToOwned::to_owned)),
        email_key: Set(user.email.as_ref().map(Email::key)),
        full_name: Set(user.full_name.clone()),
        words: Set(words(user.username.as_str(), email, &user.full_name)),
        password_hash: Set(password_hash.map(ToOwned::to_owned)),
        is_disabled: Set(user.is_disabled),
        created_at: Set(user.created_at.as_millis()),
        updated_at: Set(user.updated_at.as_millis()),
        last_sign_in_at: Set(user.last_sign_in_at.map(Timestamp::as_millis)),
    };
    user::Entity::insert(row).exec_without_returning(transaction).await.map_err(taken)?;
    if let Some(role) = user.role {
        give_role(transaction, user.id, role, user.created_at).await?;
    }
    change_feed::tell(transaction, Change::User(user.id)).await
}

/// Makes the user's grant on everything. There is at most one for each user, so it may carry the user's own id.
pub(super) async fn give_role(
    transaction: &Transaction,
    id: UserId,
    role: Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = grant::ActiveModel {
        id: Set(id.as_uuid()),
        user_id: Set(id.as_uuid()),
        app: Set(EVERYTHING.to_owned()),
        role: Set(role.as_str().to_owned()),
        until: Set(None),
        created_at: Set(now.as_millis()),
    };
    grant::Entity::insert(row).exec_without_returning(transaction).await.map(drop).map_err(failed)
}
