//! `PUT users/{id}/password`: somebody else's; one's own is changed with `auth/change-password`.

use axum::extract::{Path, State};
use doorward_domain::Secret;
use doorward_service::Right;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::{Allowed, ChangeUsers};

/// The new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPassword)]
pub(crate) struct Input {
    /// 8 to 256 characters. Also `new_password`, `newPassword`.
    #[serde(alias = "new_password", alias = "newPassword")]
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

/// Sets a user's password and ends all their sessions.
#[utoipa::path(put, path = "/_doorward/api/v1/users/{id}/password", tag = "users", request_body = Input,
    params(("id" = String, Path, description = "UUID or username")), extensions(("x-required-action" = json!(Right::ChangeUsers.required()))),
    responses((status = 204, description = "Set")))]
pub(crate) async fn user_set_password(
    caller: Allowed<ChangeUsers>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(input): JsonBody<Input>,
) -> Result<StatusCode, ApiError> {
    let user = super::find(&state.services, caller.actor(), &id).await?;
    state.services.users.set_password(caller.actor(), user.id, input.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
