//! `POST groups`.

use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use doorward_http::desk_paths::API_GROUPS;
use doorward_service::Right;
use http::{StatusCode, header::LOCATION};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::{Allowed, ChangeGroups};
use crate::view::GroupView;

/// A group to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGroup)]
pub(crate) struct Input {
    name: String,
    #[serde(default)]
    description: String,
}

/// Makes a group.
#[utoipa::path(post, path = "/_doorward/api/v1/groups", tag = "groups", request_body = Input,
    extensions(("x-required-action" = json!(Right::ChangeGroups.required()))),
    responses((status = 201, description = "Made", body = GroupView), (status = 409, description = "`conflict`")))]
pub(crate) async fn group_create(
    caller: Allowed<ChangeGroups>,
    State(state): State<AppState>,
    JsonBody(input): JsonBody<Input>,
) -> Result<impl IntoResponse, ApiError> {
    let group = state.services.groups.create(caller.actor(), &input.name, &input.description).await?;
    let location = format!("{API_GROUPS}/{}", group.id);
    Ok((StatusCode::CREATED, AppendHeaders([(LOCATION, location)]), Json(GroupView::from(group))))
}
