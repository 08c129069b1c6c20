//! `DELETE users/{id}/sessions`: log out everywhere.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_service::Right;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;

/// What was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ended {
    /// How many sessions.
    ended: u64,
}

/// Ends all of a user's sessions: one's own (this one too), or with `admin` anybody's.
#[utoipa::path(delete, path = "/_doorward/api/v1/users/{id}/sessions", tag = "users",
    params(("id" = String, Path, description = "UUID, username or `me`")), extensions(("x-required-action" = json!(Right::EndSessions.required()))),
    responses((status = 200, description = "Ended", body = Ended)))]
pub(crate) async fn user_sessions_end(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Ended>, ApiError> {
    let user = super::find_id(&state.services, &caller, &id).await?;
    let ended = state.services.sessions.end_all_of(caller.actor(), user, None).await?;
    Ok(Json(Ended { ended }))
}
