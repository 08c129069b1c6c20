//! `DELETE grants/{id}`.

use axum::extract::{Path, State};
use doorward_domain::GrantId;
use doorward_service::Right;
use http::StatusCode;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::extract::{Allowed, ChangeGrants};

/// Removes a grant; it counts no longer from the next request on.
#[utoipa::path(delete, path = "/_doorward/api/v1/grants/{id}", tag = "grants", params(("id" = String, Path, description = "UUID")),
    extensions(("x-required-action" = json!(Right::ChangeGrants.required()))),
    responses((status = 204, description = "Removed"), (status = 409, description = "`last_admin`")))]
pub(crate) async fn grant_remove(
    caller: Allowed<ChangeGrants>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id: GrantId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    state.services.grants.remove(caller.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
