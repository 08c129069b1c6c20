//! Changing, disabling and deleting people.

use doorward_domain::{Email, NewAuditEvent, Role, Timestamp, User, UserId};
use doorward_service::ports::{Change, StoreError, UserChange};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use super::{create::give_role, find, names::free_as_address, taken, words};
use crate::admins::Guard;
use crate::connection::{Connections, failed};
use crate::entity::{grant, user};
use crate::rows::EVERYTHING;
use crate::transaction::Transaction;
use crate::{audit, change_feed, sessions};

pub(super) async fn update(
    connections: &Connections,
    id: UserId,
    change: &UserChange,
    now: Timestamp,
    event: &NewAuditEvent,
) -> Result<Option<User>, StoreError> {
    let transaction = connections.begin_for(event).await?;
    let Some(before) = find(&transaction, id).await? else { return Ok(None) };
    let admins = Guard::before(&transaction).await?;
    write(&transaction, &before, change, now).await?;
    if let Some(role) = change.role {
        set_role(&transaction, id, role, now).await?;
    }
    if change.is_disabled == Some(true) {
        sessions::end_all(&transaction, id, None).await?;
    }
    admins.after(&transaction).await?;
    let after = find(&transaction, id).await?;
    change_feed::tell(&transaction, Change::User(id)).await?;
    audit::record(&transaction, event).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(after)
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
        .col_expr(user::Column::FullName, Expr::value(full_name))
        .col_expr(user::Column::Words, Expr::value(words(before.username.as_str(), email, full_name)))
        .col_expr(user::Column::IsDisabled, Expr::value(change.is_disabled.unwrap_or(before.is_disabled)))
        .col_expr(user::Column::UpdatedAt, Expr::value(now.as_millis()))
        .filter(user::Column::Id.eq(before.id.as_uuid()))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(taken)
}

/// Replaces the grant on everything, or takes it away. A role given this way is for good.
async fn set_role(transaction: &Transaction, id: UserId, role: Option<Role>, now: Timestamp) -> Result<(), StoreError> {
    let on_everything = grant::Column::UserId.eq(id.as_uuid()).and(grant::Column::App.eq(EVERYTHING));
    let Some(role) = role else {
        return grant::Entity::delete_many().filter(on_everything).exec(transaction).await.map(drop).map_err(failed);
    };
    let changed = grant::Entity::update_many()
        .col_expr(grant::Column::Role, Expr::value(role.as_str()))
        .col_expr(grant::Column::Until, Expr::value(None::<i64>))
        .filter(on_everything)
        .exec(transaction)
        .await
        .map_err(failed)?;
    if changed.rows_affected == 0 { give_role(transaction, id, role, now).await } else { Ok(()) }
}

pub(super) async fn delete(connections: &Connections, id: UserId, event: &NewAuditEvent) -> Result<bool, StoreError> {
    let transaction = connections.begin_for(event).await?;
    let admins = Guard::before(&transaction).await?;
    // Sessions and grants go with it: the tables say so.
    let deleted = user::Entity::delete_by_id(id.as_uuid()).exec(&transaction).await.map_err(failed)?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    admins.after(&transaction).await?;
    change_feed::tell(&transaction, Change::User(id)).await?;
    audit::record(&transaction, event).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}
