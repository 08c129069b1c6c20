//! `POST users`.

use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use doorward_domain::{Role, Secret};
use doorward_http::desk_paths::API_USERS;
use doorward_service::Right;
use doorward_service::admin::users::NewUser;
use http::{StatusCode, header::LOCATION};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::{Allowed, ChangeUsers};
use crate::view::UserView;

/// A user to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub(crate) struct Input {
    username: String,
    /// Without one, the user cannot sign in with a password (yet).
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret>,
    email: Option<String>,
    /// Also `fullName`.
    #[serde(default, alias = "fullName")]
    full_name: String,
    /// The role on everything; null is none.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
}

/// Makes a user.
#[utoipa::path(post, path = "/_doorward/api/v1/users", tag = "users", request_body = Input,
    extensions(("x-required-action" = json!(Right::ChangeUsers.required()))),
    responses((status = 201, description = "Made", body = UserView), (status = 409, description = "`conflict`")))]
pub(crate) async fn user_create(
    caller: Allowed<ChangeUsers>,
    State(state): State<AppState>,
    JsonBody(input): JsonBody<Input>,
) -> Result<impl IntoResponse, ApiError> {
    let Input { username, password, email, full_name, role } = input;
    let user =
        state.services.users.create(caller.actor(), NewUser { username, password, email, full_name, role }).await?;
    let location = format!("{API_USERS}/{}", user.id);
    Ok((StatusCode::CREATED, AppendHeaders([(LOCATION, location)]), Json(UserView::from(&user))))
}
