//! `GET api-keys/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_service::Right;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::view::KeyView;

/// An API key; its secret is shown nowhere.
#[utoipa::path(get, path = "/_doorward/api/v1/api-keys/{id}", tag = "api-keys",
    params(("id" = String, Path, description = "UUID or name")), extensions(("x-required-action" = json!(Right::SeeKeys.required()))),
    responses((status = 200, description = "The key", body = KeyView)))]
pub(crate) async fn key_show(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<KeyView>, ApiError> {
    Ok(Json(super::find(&state.services, caller.actor(), &id).await?.into()))
}
