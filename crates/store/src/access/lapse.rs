//! Closing what nobody answered, and forgetting what was closed long ago.

use doorward_domain::{AccessAnswer, AccessOutcome, AccessRequest, Timestamp};
use doorward_service::ports::{StoreError, TellOfLapse};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::list;
use super::rows::answered;
use crate::audit;
use crate::connection::{Connections, failed};
use crate::entity::access_request;
use crate::transaction::{Quiet, Transaction};

/// One. Its event is found with it, and recorded here; nothing that anybody may do depends on it.
pub(super) async fn lapse(
    connections: &Connections,
    now: Timestamp,
    tell: TellOfLapse<'_>,
) -> Result<bool, StoreError> {
    let work = async |transaction: &Transaction| {
        let Some(lapsed) = list::find(transaction, unanswered(now)).await? else { return Ok(Quiet::Nothing(false)) };
        let event = tell(&lapsed);
        let answer = AccessAnswer { at: event.at, by: event.actor.as_str().into(), outcome: AccessOutcome::Lapsed };
        access_request::Entity::update_many()
            .set(answered(&answer))
            .filter(access_request::Column::Id.eq(lapsed.request.id.as_uuid()))
            .exec(transaction)
            .await
            .map_err(failed)?;
        audit::record(transaction, &[event]).await?;
        Ok(Quiet::Written(true))
    };
    connections.unrecorded(work).await
}

/// Those whose time is over, and of which nobody has told.
fn unanswered(now: Timestamp) -> Condition {
    let oldest = now.minus(AccessRequest::LIFETIME);
    Condition::all()
        .add(access_request::Column::AnsweredAt.eq(0))
        .add(access_request::Column::CreatedAt.lte(oldest.as_millis()))
}

/// The audit log has told of them.
pub(super) async fn forget(connections: &Connections, before: Timestamp) -> Result<u64, StoreError> {
    let old = access_request::Entity::delete_many()
        .filter(access_request::Column::AnsweredAt.gt(0))
        .filter(access_request::Column::AnsweredAt.lt(before.as_millis()));
    let work = async |transaction: &Transaction| {
        Ok(match old.exec(transaction).await.map_err(failed)?.rows_affected {
            0 => Quiet::Nothing(0),
            forgotten => Quiet::Written(forgotten),
        })
    };
    connections.unrecorded(work).await
}
