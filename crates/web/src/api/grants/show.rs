//! `GET grants/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_domain::GrantId;
use doorward_service::Right;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::extract::{Allowed, SeeGrants};
use crate::view::GrantView;

/// A grant.
#[utoipa::path(get, path = "/_doorward/api/v1/grants/{id}", tag = "grants", params(("id" = String, Path, description = "UUID")),
    extensions(("x-required-action" = json!(Right::SeeGrants.required()))),
    responses((status = 200, description = "The grant", body = GrantView)))]
pub(crate) async fn grant_show(
    caller: Allowed<SeeGrants>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<GrantView>, ApiError> {
    let id: GrantId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    Ok(Json(state.services.grants.find(caller.actor(), id).await?.into()))
}
