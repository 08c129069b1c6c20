//! `POST access-requests/{id}/decline`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_service::Right;
use serde::Deserialize;
use utoipa::ToSchema;

use super::id;
use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::view::AccessView;

/// Why not.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Refusal)]
pub(crate) struct Input {
    /// In words that who asks reads; at most 1000 characters.
    #[serde(default)]
    reason: String,
}

/// Declines a request. Needs `manage` on the app.
#[utoipa::path(post, path = "/_doorward/api/v1/access-requests/{id}/decline", tag = "access-requests", request_body = Input,
    params(("id" = String, Path, description = "UUID")),
    extensions(("x-required-action" = json!(Right::AnswerRequests.required()))),
    responses(
        (status = 200, description = "Declined", body = AccessView),
        (status = 409, description = "`already_answered`")))]
pub(crate) async fn access_decline(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(wanted): Path<String>,
    JsonBody(Input { reason }): JsonBody<Input>,
) -> Result<Json<AccessView>, ApiError> {
    let named = state.services.access.decline(caller.actor(), id(&wanted)?, &reason).await?;
    Ok(Json(AccessView::new(named, state.now())))
}
