//! Making people.

use doorward_domain::{Effect, Email, Grant, GrantId, NewAuditEvent, Role, Scope, Subject, Timestamp, User, UserId};
use doorward_service::ports::{Change, StoreError};
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::names::{free_as_address, free_as_name};
use super::words;
use crate::change::Outcome;
use crate::connection::conflict_or_failed;
use crate::entity::user;
use crate::search_text::storable;
use crate::transaction::Transaction;
use crate::{admins, grants, sequences, settings};

pub(super) async fn create(
    transaction: &Transaction,
    user: &User,
    password_hash: Option<&str>,
    event: &NewAuditEvent,
) -> Result<Outcome<()>, StoreError> {
    insert(transaction, user, password_hash, event).await?;
    Ok(Outcome::Written(vec![Change::User(user.id)], ()))
}

/// False when there is an administrator already. Two calls wait for one another.
pub(super) async fn create_first_admin(
    transaction: &Transaction,
    user: &User,
    password_hash: &str,
    event: &NewAuditEvent,
) -> Result<Outcome<bool>, StoreError> {
    sequences::count(transaction, sequences::ADMINS).await?;
    if admins::exist(transaction).await? {
        return Ok(Outcome::Nothing(false));
    }
    let admin = User { role: Some(Role::Admin), is_disabled: false, ..user.clone() };
    insert(transaction, &admin, Some(password_hash), event).await?;
    settings::forget(transaction, settings::SETUP_TOKEN).await?;
    Ok(Outcome::Written(vec![Change::User(user.id)], true))
}

async fn insert(
    transaction: &Transaction,
    user: &User,
    password_hash: Option<&str>,
    event: &NewAuditEvent,
) -> Result<(), StoreError> {
    free_as_name(transaction, user.id, &user.username).await?;
    free_as_address(transaction, user.id, user.email.as_ref()).await?;
    let email = user.email.as_ref().map(Email::as_str);
    let row = user::ActiveModel {
        id: Set(user.id.as_uuid()),
        username: Set(user.username.as_str().to_owned()),
        email: Set(email.map(ToOwned::to_owned)),
        email_key: Set(user.email.as_ref().map(Email::key)),
        full_name: Set(storable(&user.full_name)),
        words: Set(words(user.username.as_str(), email, &user.full_name)),
        password_hash: Set(password_hash.map(ToOwned::to_owned)),
        is_disabled: Set(user.is_disabled),
        created_at: Set(user.created_at.as_millis()),
        updated_at: Set(user.updated_at.as_millis()),
        last_sign_in_at: Set(user.last_sign_in_at.map_or(0, Timestamp::as_millis)),
    };
    user::Entity::insert(row).exec_without_returning(transaction).await.map_err(conflict_or_failed)?;
    match user.role {
        Some(role) => give_role(transaction, user.id, role, user.created_at, event).await,
        None => Ok(()),
    }
}

/// Makes the user's grant on everything what this role is, for good. There is at most one for each user, so it may carry the user's own id.
pub(super) async fn give_role(
    transaction: &Transaction,
    id: UserId,
    role: Role,
    now: Timestamp,
    event: &NewAuditEvent,
) -> Result<(), StoreError> {
    let grant = Grant {
        id: GrantId::from_uuid(id.as_uuid()),
        subject: Subject::User(id),
        effect: Effect::Allow(role),
        scope: Scope::Everything,
        until: None,
        reason: "".into(),
        created_at: now,
        created_by: event.actor.as_str().into(),
    };
    grants::put(transaction, &grant).await
}
