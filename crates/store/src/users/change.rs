//! Changing, disabling and deleting people.

use doorward_domain::{Email, NewAuditEvent, Scope, Subject, Timestamp, User, UserId};
use doorward_service::ports::{Change, StoreError, UserChange};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{create::give_role, find, names::free_as_address, words};
use crate::admins::Guard;
use crate::change::Outcome;
use crate::connection::{conflict_or_failed, failed};
use crate::entity::words::ALLOW;
use crate::entity::{grant, user};
use crate::search_text::storable;
use crate::transaction::Transaction;
use crate::{grants, keys, sessions, subjects};

pub(super) async fn update(
    transaction: &Transaction,
    id: UserId,
    change: &UserChange,
    now: Timestamp,
    event: &NewAuditEvent,
) -> Result<Outcome<Option<User>>, StoreError> {
    let admins = Guard::before(transaction, event.at).await?;
    let Some(before) = find(transaction, id).await? else { return Ok(Outcome::Nothing(None)) };
    write(transaction, &before, change, now).await?;
    match change.role {
        Some(Some(role)) => give_role(transaction, id, role, now, event).await?,
        Some(None) => take_role(transaction, id).await?,
        None => {}
    }
    if change.is_disabled == Some(true) {
        sessions::end_all(transaction, id, None).await?;
    }
    admins.after(transaction).await?;
    Ok(Outcome::Written(vec![Change::User(id)], find(transaction, id).await?))
}

/// The user's own row; what is not to change is written as it was.
async fn write(
    transaction: &Transaction,
    before: &User,
    change: &UserChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    let email = change.email.as_ref().unwrap_or(&before.email).as_ref();
    if change.email.is_some() {
        free_as_address(transaction, before.id, email).await?;
    }
    let (key, email) = (email.map(Email::key), email.map(Email::as_str));
    let full_name = change.full_name.as_deref().unwrap_or(&before.full_name);
    user::Entity::update_many()
        .col_expr(user::Column::Email, Expr::value(email))
        .col_expr(user::Column::EmailKey, Expr::value(key))
        .col_expr(user::Column::FullName, Expr::value(storable(full_name)))
        .col_expr(user::Column::Words, Expr::value(words(before.username.as_str(), email, full_name)))
        .col_expr(user::Column::IsDisabled, Expr::value(change.is_disabled.unwrap_or(before.is_disabled)))
        .col_expr(user::Column::UpdatedAt, Expr::value(now.as_millis()))
        .filter(user::Column::Id.eq(before.id.as_uuid()))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(conflict_or_failed)
}

/// Takes the grant on everything away. A denial is no role: it stays.
async fn take_role(transaction: &Transaction, id: UserId) -> Result<(), StoreError> {
    grant::Entity::delete_many()
        .filter(grants::place(Subject::User(id), &Scope::Everything))
        .filter(grant::Column::Effect.eq(ALLOW))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(failed)
}

pub(super) async fn delete(
    transaction: &Transaction,
    id: UserId,
    event: &NewAuditEvent,
) -> Result<Outcome<bool>, StoreError> {
    let admins = Guard::before(transaction, event.at).await?;
    keys::forget_those_of(transaction, id).await?;
    // Sessions and keys go with it: the tables say so.
    let deleted = user::Entity::delete_by_id(id.as_uuid()).exec(transaction).await.map_err(failed)?;
    if deleted.rows_affected == 0 {
        return Ok(Outcome::Nothing(false));
    }
    subjects::forget(transaction, Subject::User(id)).await?;
    admins.after(transaction).await?;
    Ok(Outcome::Written(vec![Change::User(id)], true))
}
