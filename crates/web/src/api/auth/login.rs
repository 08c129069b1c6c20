//! `POST auth/login`: a name and a password for a session.

use axum::{Extension, extract::State, response::Response};
use doorward_domain::Secret;
use doorward_service::{Client, sign_in::login::PasswordAttempt};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::{Visitor, session_kind, user_agent};
use crate::view::IssuedSessionView;

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn)]
pub(crate) struct Input {
    /// A username, or an e-mail address in any case.
    username: String,
    #[schema(value_type = String, format = Password)]
    password: Secret,
    /// Of the second factor, when one is asked for.
    #[serde(default)]
    #[expect(dead_code, reason = "part of the interface already; nothing asks for a second factor yet")]
    code: Option<String>,
    /// Whether to stay signed in for `sessions.remember` in place of `sessions.lifetime` and `sessions.idle`.
    #[serde(default)]
    remember: bool,
}

/// Signs in. Open to everybody; the session the browser came with, if any, is replaced.
#[utoipa::path(post, path = "/_doorward/api/v1/auth/login", tag = "auth", security(()), request_body = Input,
    responses(
        (status = 200, description = "Signed in; also sets the session cookie", body = IssuedSessionView),
        (status = 401, description = "`invalid_credentials`: the same whoever it was"),
        (status = 429, description = "`throttled`, with `Retry-After`")))]
pub(crate) async fn auth_login(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Visitor(visitor): Visitor,
    headers: HeaderMap,
    JsonBody(input): JsonBody<Input>,
) -> Result<Response, ApiError> {
    let attempt = PasswordAttempt {
        username: input.username,
        password: input.password,
        kind: session_kind(&headers),
        client_ip: client.ip,
        user_agent: user_agent(&headers),
        instead_of: visitor.map(|visitor| visitor.session_id()),
        remember: input.remember,
    };
    let opened = state.services.login.with_password(attempt).await?;
    Ok(super::opened(&state, &client, &opened))
}
