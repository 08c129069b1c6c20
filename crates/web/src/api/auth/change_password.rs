//! `POST auth/change-password`: the caller's own; all their other sessions end.

use axum::extract::State;
use doorward_domain::Secret;
use doorward_service::Right;
use doorward_service::admin::users::{InvalidUser, UserError};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::SignedInCaller;

/// The old and the new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange)]
pub(crate) struct Input {
    /// Also `currentPassword`.
    #[serde(alias = "currentPassword")]
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
    /// Also `newPassword`. 8 to 256 characters.
    #[serde(alias = "newPassword")]
    #[schema(value_type = String, format = Password)]
    new_password: Secret,
}

/// Changes the caller's own password and ends all their other sessions.
#[utoipa::path(post, path = "/_doorward/api/v1/auth/change-password", tag = "auth", request_body = Input,
    extensions(("x-required-action" = json!(Right::ChangeOwnPassword.required()))),
    responses((status = 204, description = "Changed"), (status = 422, description = "`wrong_password` or `invalid_input`")))]
pub(crate) async fn auth_change_password(
    caller: SignedInCaller,
    State(state): State<AppState>,
    JsonBody(input): JsonBody<Input>,
) -> Result<StatusCode, ApiError> {
    let Input { current_password, new_password } = input;
    let ip = caller.actor().client_ip();
    state
        .services
        .users
        .change_own_password(&caller.authenticated, ip, current_password, new_password)
        .await
        .map_err(of_this_body)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Here the password that is not good enough is the new one.
fn of_this_body(failure: UserError) -> ApiError {
    match failure {
        UserError::Invalid(InvalidUser::Password(_)) => ApiError::from(failure).with("field", "new_password"),
        UserError::WrongPassword => ApiError::from(failure).with("field", "current_password"),
        other => other.into(),
    }
}
