//! `GET audit/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_service::Right;
use doorward_service::audit_log::Shown;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::extract::KnownCaller;

/// One event in full: all fields, and its entries, the event and how it ended. Whoever manages one app reads what happened there.
#[utoipa::path(get, path = "/_doorward/api/v1/audit/{id}", tag = "audit",
    params(("id" = String, Path, description = "The event's id, the id of the decision behind it, or the number of one of its entries")),
    extensions(("x-required-action" = json!(Right::ReadAudit.required()))),
    responses((status = 200, description = "The event", body = Object)))]
pub(crate) async fn audit_show(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Shown>, ApiError> {
    state.services.audit.show(caller.actor(), &id).await?.map(Json).ok_or_else(|| ApiError::new(Code::NotFound))
}
