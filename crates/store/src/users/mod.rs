//! People.

mod change;
mod create;
mod list;
mod names;
mod password;

use async_trait::async_trait;
use doorward_domain::{Email, SessionId, Timestamp, User, UserId, Username};
use doorward_service::ports::{Changed, Effects, Listed, Proof, StoreError, UserChange, UserQuery, UserStore};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, sea_query::Expr};

use crate::admins;
use crate::connection::{Connections, failed};
use crate::entity::user;
use crate::rows::{UserRow, user_of};
use crate::search_text::searchable;
use crate::transaction::Transaction;

/// [`UserStore`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlUsers(pub(crate) Connections);

#[async_trait]
impl UserStore for SqlUsers {
    async fn create(
        &self,
        user: &User,
        password_hash: Option<&str>,
        effects: Effects<'_>,
    ) -> Result<Changed<()>, StoreError> {
        self.0
            .change(effects, async |transaction| create::create(transaction, user, password_hash, effects.audit).await)
            .await
    }

    async fn create_first_admin(
        &self,
        user: &User,
        password_hash: &str,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        let work = async |transaction: &Transaction| {
            create::create_first_admin(transaction, user, password_hash, effects.audit).await
        };
        self.0.change(effects, work).await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        find(&self.0.reader, id).await
    }

    async fn find_by_name(&self, name: &Username) -> Result<Option<(User, Option<String>)>, StoreError> {
        with_hash(&self.0.reader, user::Column::Username.eq(name.as_str())).await
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<(User, Option<String>)>, StoreError> {
        with_hash(&self.0.reader, user::Column::EmailKey.eq(email.key())).await
    }

    async fn list(&self, query: &UserQuery) -> Result<Listed<User>, StoreError> {
        list::list(&self.0.reader, query).await
    }

    async fn update(
        &self,
        id: UserId,
        change: &UserChange,
        now: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<Option<User>>, StoreError> {
        self.0
            .change(effects, async |transaction| change::update(transaction, id, change, now, effects.audit).await)
            .await
    }

    async fn delete(&self, id: UserId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        self.0.change(effects, async |transaction| change::delete(transaction, id, effects.audit).await).await
    }

    async fn set_password(&self, id: UserId, hash: &str, effects: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        self.0.change(effects, async |transaction| password::set(transaction, id, hash).await).await
    }

    async fn change_password(
        &self,
        id: UserId,
        keep: SessionId,
        proof: Proof<'_>,
        hash: &str,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        self.0.change(effects, async |transaction| password::change(transaction, (id, keep), proof, hash).await).await
    }

    async fn upgrade_hash(&self, id: UserId, old: &str, new: &str) -> Result<bool, StoreError> {
        // Nothing anybody sees: the password is the same.
        self.0.unrecorded(async |transaction| password::upgrade(transaction, id, old, new).await).await
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        admins::exist(&self.0.reader).await
    }
}

/// The one user of whom this is true, with the stored password hash.
async fn with_hash(db: &impl ConnectionTrait, which: Expr) -> Result<Option<(User, Option<String>)>, StoreError> {
    let row: Option<UserRow> = UserRow::select().filter(which).into_model().one(db).await.map_err(failed)?;
    row.map(|row| Ok((user_of(&row)?, row.password_hash))).transpose()
}

async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> =
        UserRow::select().filter(user::Column::Id.eq(id.as_uuid())).into_model().one(db).await.map_err(failed)?;
    row.as_ref().map(user_of).transpose()
}

/// What a search looks through.
fn words(username: &str, email: Option<&str>, full_name: &str) -> String {
    searchable(&[username, email.unwrap_or_default(), full_name])
}
