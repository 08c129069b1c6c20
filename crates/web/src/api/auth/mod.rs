//! Signing in and out, and the caller's own account.

pub(super) mod change_password;
pub(super) mod login;
pub(super) mod logout;
pub(super) mod me;
pub(super) mod menu;
pub(super) mod setup;
pub(super) mod status;
pub(super) mod step_up;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use doorward_service::{Client, login::IssuedSession};
use http::{HeaderMap, header};

use crate::app_state::AppState;
use crate::view::OpenedView;
use crate::{cookie, csrf};

/// The answer to a good sign-in: cookie and token both.
fn opened(state: &AppState, client: &Client, opened: &IssuedSession) -> Response {
    let csrf = csrf::token(&state.services.csrf_key, opened.session.id);
    let mut response = Json(OpenedView::new(opened, csrf)).into_response();
    let cookie = cookie::opened(opened, client);
    response.headers_mut().extend(cookie.map(|value| (header::SET_COOKIE, value)));
    response
}

/// How the program named itself, cut to what a session keeps.
pub(crate) fn user_agent(headers: &HeaderMap) -> String {
    let named = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.chars().take(200).collect()
}
