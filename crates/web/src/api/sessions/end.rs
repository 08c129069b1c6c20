//! `DELETE sessions/{id}`: one's own, or with `admin` anybody's. Somebody else's does not exist for others.

use axum::extract::{Path, State};
use doorward_domain::SessionId;
use doorward_service::Right;
use http::StatusCode;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::extract::KnownCaller;

/// Ends a session; its cookie and token open nothing from then on, and what it has open is closed.
#[utoipa::path(delete, path = "/_doorward/api/v1/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "UUID")), extensions(("x-required-action" = json!(Right::EndSessions.required()))),
    responses((status = 204, description = "Ended"), (status = 404, description = "No such session")))]
pub(crate) async fn session_end(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id: SessionId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    state.services.sessions.end(caller.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
