//! Who was given, or denied, what on what.

mod list;
mod write;

use async_trait::async_trait;
use doorward_domain::{Grant, GrantId, NewAuditEvent, Scope, Subject};
use doorward_service::ports::{Change, Changed, Effects, GrantQuery, GrantStore, Listed, NamedGrant, StoreError};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::admins::Guard;
use crate::change::Outcome;
use crate::connection::{Connections, failed};
use crate::entity::{grant, user};
use crate::rows::grant_of;
use crate::subjects;
use crate::transaction::Transaction;

pub(crate) use write::{answer, place, put};

/// [`GrantStore`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlGrants(pub(crate) Connections);

#[async_trait]
impl GrantStore for SqlGrants {
    async fn put(&self, grant: &Grant, effects: Effects<'_>) -> Result<Changed<Option<NamedGrant>>, StoreError> {
        let work = async |transaction: &Transaction| {
            let admins = Guard::before(transaction, effects.audit.at).await?;
            if !subjects::is_there(transaction, grant.subject).await? {
                return Ok(Outcome::Nothing(None));
            }
            put(transaction, grant).await?;
            admins.after(transaction).await?;
            let stored = find(transaction, place(grant.subject, &grant.scope)).await?;
            changed(transaction, grant, effects.audit).await?;
            Ok(Outcome::Written(vec![change_of(grant.subject)], stored))
        };
        self.0.change(effects, work).await
    }

    async fn list(&self, query: &GrantQuery) -> Result<Listed<NamedGrant>, StoreError> {
        list::list(&self.0.moment().await?, query).await
    }

    async fn find(&self, id: GrantId) -> Result<Option<NamedGrant>, StoreError> {
        find(&self.0.moment().await?, by_id(id)).await
    }

    async fn remove(&self, id: GrantId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        let work = async |transaction: &Transaction| {
            let admins = Guard::before(transaction, effects.audit.at).await?;
            let Some(NamedGrant { grant, .. }) = find(transaction, by_id(id)).await? else {
                return Ok(Outcome::Nothing(false));
            };
            grant::Entity::delete_by_id(id.as_uuid()).exec(transaction).await.map_err(failed)?;
            admins.after(transaction).await?;
            changed(transaction, &grant, effects.audit).await?;
            Ok(Outcome::Written(vec![change_of(grant.subject)], true))
        };
        self.0.change(effects, work).await
    }
}

fn by_id(id: GrantId) -> Condition {
    Condition::all().add(grant::Column::Id.eq(id.as_uuid()))
}

async fn find(db: &impl ConnectionTrait, which: Condition) -> Result<Option<NamedGrant>, StoreError> {
    let row = grant::Entity::find().filter(which).one(db).await.map_err(failed)?;
    let Some(grant) = row.as_ref().map(grant_of).transpose()? else { return Ok(None) };
    let mut names = subjects::names(db, std::iter::once(grant.subject)).await?;
    Ok(names.remove(&grant.subject).map(|subject| NamedGrant { grant, subject }))
}

/// A grant on everything is a user's role, and so a change of the user.
async fn changed(transaction: &Transaction, grant: &Grant, audit: &NewAuditEvent) -> Result<(), StoreError> {
    let (Subject::User(id), Scope::Everything) = (grant.subject, &grant.scope) else { return Ok(()) };
    user::Entity::update_many()
        .col_expr(user::Column::UpdatedAt, Expr::value(audit.at.as_millis()))
        .filter(user::Column::Id.eq(id.as_uuid()))
        .exec(transaction)
        .await
        .map(drop)
        .map_err(failed)
}

/// Whose rights are others with another grant.
fn change_of(subject: Subject) -> Change {
    match subject {
        Subject::User(id) => Change::User(id),
        Subject::Group(id) => Change::Group(id),
        Subject::Key(id) => Change::Key(id),
    }
}
