//! `PATCH groups/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_domain::GroupName;
use doorward_service::Right;
use doorward_service::admin::groups::GroupError;
use doorward_service::ports::GroupChange;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::{Allowed, ChangeGroups};
use crate::view::GroupView;

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GroupChange)]
pub(crate) struct Input {
    name: Option<String>,
    description: Option<String>,
}

/// Changes a group's name or description.
#[utoipa::path(patch, path = "/_doorward/api/v1/groups/{id}", tag = "groups", request_body = Input,
    params(("id" = String, Path, description = "UUID or name")), extensions(("x-required-action" = json!(Right::ChangeGroups.required()))),
    responses((status = 200, description = "Changed", body = GroupView), (status = 409, description = "`conflict` or `managed_elsewhere`")))]
pub(crate) async fn group_update(
    caller: Allowed<ChangeGroups>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(Input { name, description }): JsonBody<Input>,
) -> Result<Json<GroupView>, ApiError> {
    let name = name.map(|name| name.parse::<GroupName>()).transpose().map_err(|_| GroupError::BadName)?;
    let group = super::find(&state.services, caller.actor(), &id).await?;
    let changed = state.services.groups.update(caller.actor(), group.id, GroupChange { name, description }).await?;
    Ok(Json(changed.into()))
}
