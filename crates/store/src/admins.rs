//! Somebody must be able to administer: the guard against losing the last one.

use doorward_domain::Role;
use doorward_service::ports::StoreError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, SelectExt};

use crate::connection::failed;
use crate::entity::{grant, user};
use crate::rows::EVERYTHING;
use crate::transaction::Transaction;

/// Whether any enabled user has the role admin on everything, for good: a grant that lapses keeps nobody an administrator.
pub(crate) async fn exist(db: &impl ConnectionTrait) -> Result<bool, StoreError> {
    grant::Entity::find()
        .inner_join(user::Entity)
        .filter(grant::Column::App.eq(EVERYTHING))
        .filter(grant::Column::Role.eq(Role::Admin.as_str()))
        .filter(grant::Column::Until.is_null())
        .filter(user::Column::IsDisabled.eq(false))
        .exists(db)
        .await
        .map_err(failed)
}

/// What held before a change; compared with what holds after it, in the same transaction.
pub(crate) struct Guard {
    existed: bool,
}

impl Guard {
    /// Before the change.
    pub(crate) async fn before(transaction: &Transaction) -> Result<Self, StoreError> {
        Ok(Self { existed: exist(transaction).await? })
    }

    /// After it. Only losing the last one is refused: where there was none, nothing is lost.
    pub(crate) async fn after(self, transaction: &Transaction) -> Result<(), StoreError> {
        if self.existed && !exist(transaction).await? { Err(StoreError::LastAdmin) } else { Ok(()) }
    }
}
