//! `GET users/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};

use crate::caller::{Allowed, ManageUsers};
use crate::desk::Desk;
use crate::error::ApiError;
use crate::view::UserView;

/// A user, by id or name.
#[utoipa::path(get, path = "/_doorward/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "UUID or username")),
    extensions(("x-required-action" = json!("admin"))),
    responses((status = 200, description = "The user", body = UserView)))]
pub(crate) async fn user_show(
    caller: Allowed<ManageUsers>,
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<Json<UserView>, ApiError> {
    let user = super::find(&desk.services, caller.actor(), &id).await?;
    Ok(Json(UserView::from(&user)))
}
