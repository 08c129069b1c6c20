//! Grants as rows: made, or made anew.

use doorward_domain::{AccessRequestId, Grant, Scope, Subject, Timestamp};
use doorward_service::ports::StoreError;
use sea_orm::prelude::Uuid;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, sea_query::OnConflict};

use crate::connection::failed;
use crate::entity::grant;
use crate::rows::{effect_columns, scope_columns, subject_columns};
use crate::search_text::{searchable, storable};
use crate::transaction::Transaction;

/// `grants.request_id` of what answers no request.
const OF_OWN_ACCORD: Uuid = Uuid::nil();

/// Makes the grant, or gives the one that is there for the same subject and scope another effect, end and reason: in one statement, so that
/// of two at once the second finds the first.
pub(crate) async fn put(transaction: &Transaction, grant: &Grant) -> Result<(), StoreError> {
    let place = [
        grant::Column::SubjectKind,
        grant::Column::SubjectId,
        grant::Column::App,
        grant::Column::Pattern,
        grant::Column::RequestId,
    ];
    let told =
        [grant::Column::Effect, grant::Column::Role, grant::Column::Until, grant::Column::Reason, grant::Column::Words];
    let anew = OnConflict::columns(place).update_columns(told).to_owned();
    grant::Entity::insert(row_of(grant, OF_OWN_ACCORD))
        .on_conflict(anew)
        .exec_without_returning(transaction)
        .await
        .map(drop)
        .map_err(failed)
}

/// Makes the grant that answers a request, beside what is there for the same subject and scope: when it lapses, that is what is left.
pub(crate) async fn answer(
    transaction: &Transaction,
    grant: &Grant,
    request: AccessRequestId,
) -> Result<(), StoreError> {
    let row = row_of(grant, request.as_uuid());
    grant::Entity::insert(row).exec_without_returning(transaction).await.map(drop).map_err(failed)
}

fn row_of(grant: &Grant, request: Uuid) -> grant::ActiveModel {
    let (subject_kind, subject_id) = subject_columns(grant.subject);
    let (effect, role) = effect_columns(grant.effect);
    let (app, pattern) = scope_columns(&grant.scope);
    grant::ActiveModel {
        id: Set(grant.id.as_uuid()),
        subject_kind: Set(subject_kind.to_owned()),
        subject_id: Set(subject_id),
        effect: Set(effect.to_owned()),
        role: Set(role.map(ToOwned::to_owned)),
        app: Set(app.to_owned()),
        pattern: Set(pattern.to_owned()),
        request_id: Set(request),
        until: Set(grant.until.map(Timestamp::as_millis)),
        reason: Set(storable(&grant.reason)),
        words: Set(searchable(&[app, pattern, &grant.reason])),
        created_at: Set(grant.created_at.as_millis()),
        created_by: Set(grant.created_by.to_string()),
    }
}

/// The one grant for this subject and scope that was made of one's own accord.
pub(crate) fn place(subject: Subject, scope: &Scope) -> Condition {
    let (kind, id) = subject_columns(subject);
    let (app, pattern) = scope_columns(scope);
    Condition::all()
        .add(grant::Column::SubjectKind.eq(kind))
        .add(grant::Column::SubjectId.eq(id))
        .add(grant::Column::App.eq(app))
        .add(grant::Column::Pattern.eq(pattern))
        .add(grant::Column::RequestId.eq(OF_OWN_ACCORD))
}
