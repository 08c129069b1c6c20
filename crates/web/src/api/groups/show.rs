//! `GET groups/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_service::Right;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, SeeGroups};
use crate::view::GroupView;

/// A group.
#[utoipa::path(get, path = "/_doorward/api/v1/groups/{id}", tag = "groups",
    params(("id" = String, Path, description = "UUID or name")), extensions(("x-required-action" = json!(Right::SeeGroups.required()))),
    responses((status = 200, description = "The group", body = GroupView)))]
pub(crate) async fn group_show(
    caller: Allowed<SeeGroups>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<GroupView>, ApiError> {
    Ok(Json(super::find(&state.services, caller.actor(), &id).await?.into()))
}
