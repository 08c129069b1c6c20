//! `POST auth/logout`: ends the session the request came with.

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse;
use doorward_service::{Client, Right};
use http::StatusCode;

use crate::app_state::AppState;
use crate::cookie;
use crate::error::ApiError;
use crate::extract::SignedInCaller;

/// Signs out.
#[utoipa::path(post, path = "/_doorward/api/v1/auth/logout", tag = "auth",
    extensions(("x-required-action" = json!(Right::SignOut.required()))),
    responses((status = 204, description = "Signed out; the cookie is cleared")))]
pub(crate) async fn auth_logout(
    caller: SignedInCaller,
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
) -> Result<impl IntoResponse, ApiError> {
    state.services.login.out(&caller.authenticated, caller.actor().client_ip()).await?;
    Ok((StatusCode::NO_CONTENT, cookie::cleared(&client)))
}
