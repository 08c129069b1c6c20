//! Who was given which role on what.

mod list;

use async_trait::async_trait;
use doorward_domain::{Grant, GrantId, NewAuditEvent, Scope, Subject, Timestamp, UserId};
use doorward_service::ports::{Change, GrantQuery, GrantStore, Listed, StoreError};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, SelectExt,
    sea_query::{Expr, ExprTrait},
};

use crate::admins::Guard;
use crate::connection::{Connections, failed};
use crate::entity::{grant, user};
use crate::rows::{app_column, grant_of};
use crate::transaction::Transaction;
use crate::{audit, change_feed};

/// [`GrantStore`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlGrants(pub(crate) Connections);

#[async_trait]
impl GrantStore for SqlGrants {
    async fn put(&self, grant: &Grant, audit: &NewAuditEvent) -> Result<Option<Grant>, StoreError> {
        let Subject::User(user) = &grant.subject;
        let transaction = self.0.begin_for(audit).await?;
        if !user::Entity::find_by_id(user.as_uuid()).exists(&transaction).await.map_err(failed)? {
            return Ok(None);
        }
        let admins = Guard::before(&transaction).await?;
        write(&transaction, *user, grant).await?;
        let stored = find_by_place(&transaction, *user, &grant.scope).await?;
        conclude(transaction, admins, *user, &grant.scope, audit).await?;
        Ok(stored)
    }

    async fn list(&self, query: &GrantQuery) -> Result<Listed<Grant>, StoreError> {
        list::list(&self.0.reader, query).await
    }

    async fn find(&self, id: GrantId) -> Result<Option<Grant>, StoreError> {
        let row = grant::Entity::find_by_id(id.as_uuid()).one(&self.0.reader).await.map_err(failed)?;
        row.as_ref().map(grant_of).transpose()
    }

    async fn remove(&self, id: GrantId, audit: &NewAuditEvent) -> Result<bool, StoreError> {
        let transaction = self.0.begin_for(audit).await?;
        let Some(row) = grant::Entity::find_by_id(id.as_uuid()).one(&transaction).await.map_err(failed)? else {
            return Ok(false);
        };
        let scope = grant_of(&row)?.scope;
        let admins = Guard::before(&transaction).await?;
        grant::Entity::delete_by_id(row.id).exec(&transaction).await.map_err(failed)?;
        conclude(transaction, admins, UserId::from_uuid(row.user_id), &scope, audit).await?;
        Ok(true)
    }
}

/// Changes the grant that is there, or makes one.
async fn write(transaction: &Transaction, user: UserId, grant: &Grant) -> Result<(), StoreError> {
    let until = grant.until.map(Timestamp::as_millis);
    let changed = grant::Entity::update_many()
        .col_expr(grant::Column::Role, Expr::value(grant.role.as_str()))
        .col_expr(grant::Column::Until, Expr::value(until))
        .filter(place(user, &grant.scope))
        .exec(transaction)
        .await
        .map_err(failed)?;
    if changed.rows_affected > 0 {
        return Ok(());
    }
    let row = grant::ActiveModel {
        id: Set(grant.id.as_uuid()),
        user_id: Set(user.as_uuid()),
        app: Set(app_column(&grant.scope).to_owned()),
        role: Set(grant.role.as_str().to_owned()),
        until: Set(until),
        created_at: Set(grant.created_at.as_millis()),
    };
    grant::Entity::insert(row).exec_without_returning(transaction).await.map(drop).map_err(failed)
}

/// What every change of a grant owes: the guard, the user's time of change, the feed, the log, and the commit.
async fn conclude(
    transaction: Transaction,
    admins: Guard,
    user: UserId,
    scope: &Scope,
    audit: &NewAuditEvent,
) -> Result<(), StoreError> {
    admins.after(&transaction).await?;
    if *scope == Scope::Everything {
        user::Entity::update_many()
            .col_expr(user::Column::UpdatedAt, Expr::value(audit.at.as_millis()))
            .filter(user::Column::Id.eq(user.as_uuid()))
            .exec(&transaction)
            .await
            .map_err(failed)?;
    }
    change_feed::tell(&transaction, Change::User(user)).await?;
    audit::record(&transaction, audit).await?;
    transaction.commit().await.map_err(failed)
}

fn place(user: UserId, scope: &Scope) -> Expr {
    grant::Column::UserId.eq(user.as_uuid()).and(grant::Column::App.eq(app_column(scope)))
}

async fn find_by_place(db: &impl ConnectionTrait, user: UserId, scope: &Scope) -> Result<Option<Grant>, StoreError> {
    let row = grant::Entity::find().filter(place(user, scope)).one(db).await.map_err(failed)?;
    row.as_ref().map(grant_of).transpose()
}
