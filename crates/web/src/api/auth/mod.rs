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
use doorward_service::{Client, sign_in::login::IssuedSession};
use http::header;

use crate::app_state::AppState;
use crate::view::IssuedSessionView;
use crate::{cookie, csrf};

/// The answer to a good sign-in: cookie and token both.
fn opened(state: &AppState, client: &Client, opened: &IssuedSession) -> Response {
    let csrf = csrf::token(&state.services.csrf_key, opened.session.id);
    let mut response = Json(IssuedSessionView::new(opened, csrf)).into_response();
    let cookie = cookie::opened(opened, client);
    response.headers_mut().extend(cookie.map(|value| (header::SET_COOKIE, value)));
    response
}
