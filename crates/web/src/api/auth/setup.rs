//! `POST auth/setup`: makes the first administrator, with the token that was printed at start.

use axum::{Extension, extract::State, response::Response};
use doorward_domain::Secret;
use doorward_service::{Client, setup::FirstAdmin};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::{session_kind, user_agent};
use crate::view::IssuedSessionView;

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FirstAdmin)]
pub(crate) struct Input {
    /// From the setup link.
    #[schema(value_type = String)]
    token: Secret,
    username: String,
    #[schema(value_type = String, format = Password)]
    password: Secret,
    email: Option<String>,
}

/// Makes the first administrator and signs them in. Open to whoever has the setup link.
#[utoipa::path(post, path = "/_doorward/api/v1/auth/setup", tag = "auth", security(()), request_body = Input,
    responses((status = 200, description = "Made, and signed in", body = IssuedSessionView)))]
pub(crate) async fn auth_setup(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    JsonBody(input): JsonBody<Input>,
) -> Result<Response, ApiError> {
    let Input { token, username, password, email } = input;
    let (kind, user_agent) = (session_kind(&headers), user_agent(&headers));
    let form = FirstAdmin { token, username, password, email, kind, client_ip: client.ip, user_agent };
    let opened = state.services.setup.complete(form).await?;
    Ok(super::opened(&state, &client, &opened))
}
