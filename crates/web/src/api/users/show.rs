//! `GET users/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_service::Right;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, SeeUsers};
use crate::view::UserView;

/// A user, by id or name.
#[utoipa::path(get, path = "/_doorward/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "UUID or username")),
    extensions(("x-required-action" = json!(Right::SeeUsers.required()))),
    responses((status = 200, description = "The user", body = UserView)))]
pub(crate) async fn user_show(
    caller: Allowed<SeeUsers>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<UserView>, ApiError> {
    let user = super::find(&state.services, caller.actor(), &id).await?;
    Ok(Json(UserView::from(&user)))
}
