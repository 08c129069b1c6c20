//! `DELETE api-keys/{id}`.

use axum::extract::{Path, State};
use doorward_service::Right;
use http::StatusCode;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;

/// Revokes a key: it opens nothing from the next request on, and what it has open is closed.
#[utoipa::path(delete, path = "/_doorward/api/v1/api-keys/{id}", tag = "api-keys",
    params(("id" = String, Path, description = "UUID or name")), extensions(("x-required-action" = json!(Right::ChangeKeys.required()))),
    responses((status = 204, description = "Revoked"), (status = 404, description = "No such key")))]
pub(crate) async fn key_revoke(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let found = super::find(&state.services, caller.actor(), &id).await?;
    state.services.keys.revoke(caller.actor(), found.key.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
