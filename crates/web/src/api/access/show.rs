//! `GET access-requests/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_service::Right;

use super::id;
use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::view::AccessView;

/// A request: one's own, or one for an app that one manages.
#[utoipa::path(get, path = "/_doorward/api/v1/access-requests/{id}", tag = "access-requests",
    params(("id" = String, Path, description = "UUID")),
    extensions(("x-required-action" = json!(Right::SeeRequests.required()))),
    responses((status = 200, description = "The request", body = AccessView)))]
pub(crate) async fn access_show(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(wanted): Path<String>,
) -> Result<Json<AccessView>, ApiError> {
    let named = state.services.access.find(caller.actor(), id(&wanted)?).await?;
    Ok(Json(AccessView::new(named, state.now())))
}
