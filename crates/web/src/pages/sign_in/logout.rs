//! The logout page: a button, so that no link or image can sign anybody out.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use doorward_http::desk_paths::login_leading_to;
use doorward_service::Client;
use http::StatusCode;
use serde::Deserialize;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::pages::extract::{PageCaller, SignedForm};
use crate::pages::{LOGIN, draw};
use crate::{cookie, csrf};

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage {
    username: String,
    csrf: String,
    next: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Leaving {
    /// Where whoever signs in then wants to go. The login page says whether they may be sent there.
    #[serde(default)]
    next: String,
}

/// Shows the button.
pub(crate) async fn show(
    PageCaller(caller): PageCaller,
    State(state): State<AppState>,
    Query(Leaving { next }): Query<Leaving>,
) -> Response {
    let username = caller.authenticated.who.name.to_string();
    let csrf = csrf::token(&state.services.csrf_key, caller.session_id());
    draw(StatusCode::OK, &LogoutPage { username, csrf, next })
}

/// Ends the session and leads to the login page.
pub(crate) async fn send(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    SignedForm { caller, form: Leaving { next } }: SignedForm<Leaving>,
) -> Result<Response, ApiError> {
    state.services.login.out(&caller.authenticated, caller.actor().client_ip()).await?;
    let login =
        if next.is_empty() { format!("{LOGIN}?signed_out=1") } else { login_leading_to(&next) + "&signed_out=1" };
    Ok((cookie::cleared(&client), Redirect::to(&login)).into_response())
}
