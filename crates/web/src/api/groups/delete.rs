//! `DELETE groups/{id}`.

use axum::extract::{Path, State};
use doorward_service::Right;
use http::StatusCode;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, ChangeGroups};

/// Deletes a group: whoever is in it loses what it was given, within a second.
#[utoipa::path(delete, path = "/_doorward/api/v1/groups/{id}", tag = "groups",
    params(("id" = String, Path, description = "UUID or name")), extensions(("x-required-action" = json!(Right::ChangeGroups.required()))),
    responses((status = 204, description = "Deleted"), (status = 409, description = "`last_admin` or `managed_elsewhere`")))]
pub(crate) async fn group_delete(
    caller: Allowed<ChangeGroups>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let group = super::find(&state.services, caller.actor(), &id).await?;
    state.services.groups.delete(caller.actor(), group.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
