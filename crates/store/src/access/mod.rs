//! Requests for access. What answers them is decided in the transaction that writes the answer.

mod answer;
mod ask;
mod lapse;
mod list;
mod rows;

use async_trait::async_trait;
use doorward_domain::{AccessRequest, AccessRequestId, Timestamp};
use doorward_service::ports::{
    AccessQuery, AccessStore, Answered, Approval, Asked, Changed, Effects, Listed, NamedAccess, StoreError, TellOfLapse,
};
use sea_orm::ColumnTrait;

use crate::connection::Connections;
use crate::entity::access_request;

/// [`AccessStore`] in SQL.
#[derive(Debug)]
pub(crate) struct SqlAccess(pub(crate) Connections);

#[async_trait]
impl AccessStore for SqlAccess {
    async fn ask(&self, request: &AccessRequest, most: u64, effects: Effects<'_>) -> Result<Asked, StoreError> {
        self.0.quietly(effects, async |transaction| ask::ask(transaction, request, most).await).await
    }

    async fn list(&self, query: &AccessQuery) -> Result<Listed<NamedAccess>, StoreError> {
        list::list(&self.0.moment().await?, query).await
    }

    async fn find(&self, id: AccessRequestId) -> Result<Option<NamedAccess>, StoreError> {
        list::find(&self.0.moment().await?, access_request::Column::Id.eq(id.as_uuid())).await
    }

    async fn approve(
        &self,
        id: AccessRequestId,
        approval: &Approval,
        effects: Effects<'_>,
    ) -> Result<Changed<Answered>, StoreError> {
        self.0
            .change(effects, async |transaction| answer::approve(transaction, id, approval, effects.audit).await)
            .await
    }

    async fn decline(&self, id: AccessRequestId, reason: &str, effects: Effects<'_>) -> Result<Answered, StoreError> {
        self.0.quietly(effects, async |transaction| answer::decline(transaction, id, reason, effects.audit).await).await
    }

    async fn lapse(&self, now: Timestamp, tell: TellOfLapse<'_>) -> Result<bool, StoreError> {
        lapse::lapse(&self.0, now, tell).await
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        lapse::forget(&self.0, before).await
    }
}
