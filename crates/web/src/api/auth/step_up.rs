//! `POST auth/step-up`: the password again, for those who administer with the cookie.

use axum::{Extension, extract::State};
use doorward_domain::Secret;
use doorward_service::{Client, Right, sign_in::login::LoginError};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;

/// The proof.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StepUp)]
pub(crate) struct Input {
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

/// Proves again who uses the session. For 15 minutes writes of administrators with the cookie are not refused as `step_up_required`;
/// bearer tokens are not asked.
#[utoipa::path(post, path = "/_doorward/api/v1/auth/step-up", tag = "auth", request_body = Input,
    extensions(("x-required-action" = json!(Right::ProveOneself.required()))),
    responses(
        (status = 204, description = "Proved"),
        (status = 422, description = "`wrong_password`"),
        (status = 429, description = "`throttled`, with `Retry-After`")))]
pub(crate) async fn auth_step_up(
    caller: SignedInCaller,
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    JsonBody(input): JsonBody<Input>,
) -> Result<StatusCode, ApiError> {
    match state.services.login.step_up(&caller.authenticated, client.ip, &input.password).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        // Not 401: who is signed in stays so.
        Err(LoginError::InvalidCredentials) => {
            Err(ApiError::with_detail(Code::WrongPassword, "That is not your password.").with("field", "password"))
        }
        Err(failure) => Err(failure.into()),
    }
}
