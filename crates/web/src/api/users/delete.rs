//! `DELETE users/{id}`.

use axum::extract::{Path, State};
use doorward_service::Right;
use http::StatusCode;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, ChangeUsers};

/// Deletes a user with their sessions and grants. The last administrator stays.
#[utoipa::path(delete, path = "/_doorward/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "UUID or username")),
    extensions(("x-required-action" = json!(Right::ChangeUsers.required()))),
    responses((status = 204, description = "Deleted"), (status = 409, description = "`last_admin`")))]
pub(crate) async fn user_delete(
    caller: Allowed<ChangeUsers>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let user = super::find(&state.services, caller.actor(), &id).await?;
    state.services.users.delete(caller.actor(), user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
