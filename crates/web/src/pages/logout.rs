//! The logout page: a button, so that no link or image can sign anybody out.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use doorward_service::Client;
use http::StatusCode;
use serde::Deserialize;

use super::caller::{PageCaller, SignedForm};
use super::{LOGIN, draw};
use crate::app_state::AppState;
use crate::error::ApiError;
use crate::{cookie, csrf};

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage {
    username: String,
    csrf: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

/// Shows the button.
pub(crate) async fn show(PageCaller(caller): PageCaller, State(state): State<AppState>) -> Response {
    let username = caller.admitted.who.name.to_string();
    draw(StatusCode::OK, &LogoutPage { username, csrf: csrf::token(&state.services.csrf_key, caller.session_id()) })
}

/// Ends the session and leads to the login page.
pub(crate) async fn send(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    SignedForm { caller, form: Nothing {} }: SignedForm<Nothing>,
) -> Result<Response, ApiError> {
    state.services.login.out(&caller.admitted, caller.actor().client_ip()).await?;
    Ok((cookie::cleared(&client), Redirect::to(&format!("{LOGIN}?signed_out=1"))).into_response())
}
