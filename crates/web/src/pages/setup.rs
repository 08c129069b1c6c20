//! The setup page: makes the first administrator, for whoever has the link that was printed at start.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use doorward_domain::Secret;
use doorward_service::{Client, admin::users::mistakes, setup::FirstAdmin};
use http::{HeaderMap, StatusCode, header::SET_COOKIE};
use serde::Deserialize;

use super::extract::PageForm;
use super::{LOGIN, Problems, WELCOME, draw};
use crate::app_state::AppState;
use crate::contact::Contact;
use crate::cookie;
use crate::error::{ApiError, Code};
use crate::extract::{session_kind, user_agent};

/// What the form asks for.
const FIELDS: [&str; 3] = ["username", "email", "password"];

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    token: String,
    username: String,
    email: String,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "setup_link.html")]
struct SetupLinkPage<'a> {
    was_wrong: bool,
    contact: &'a Contact,
}

impl<'a> SetupLinkPage<'a> {
    fn new(state: &'a AppState, was_wrong: bool) -> Self {
        Self { was_wrong, contact: &state.config.contact }
    }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    token: Option<Secret>,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    token: Secret,
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    password: Secret,
    again: Secret,
}

/// Shows the form to whoever has the link, and where to find the link to everybody else.
pub(crate) async fn show(State(state): State<AppState>, Query(asked): Query<Asked>) -> Result<Response, ApiError> {
    if !state.services.setup.is_required().await? {
        return Ok(Redirect::to(LOGIN).into_response());
    }
    let Some(token) = asked.token else { return Ok(draw(StatusCode::OK, &SetupLinkPage::new(&state, false))) };
    if !state.services.setup.knows(&token).await? {
        return Ok(draw(StatusCode::FORBIDDEN, &SetupLinkPage::new(&state, true)));
    }
    let token = token.expose().to_owned();
    let page = SetupPage { token, username: "admin".to_owned(), email: String::new(), problems: Problems::default() };
    Ok(draw(StatusCode::OK, &page))
}

/// Makes the administrator, signs them in and goes on, or shows the form again with what was wrong.
pub(crate) async fn send(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    PageForm(typed): PageForm<Typed>,
) -> Result<Response, ApiError> {
    let Typed { token, username, email, password, again } = typed;
    if password.expose() != again.expose() {
        let others = mistakes(&username, Some(&email), &password).map(ApiError::from);
        let others = others.map(|error| Problems::told_by(&error, &FIELDS)).unwrap_or_default();
        let problems = others.and("again", "The two passwords are not the same.");
        let page = SetupPage { token: token.expose().to_owned(), username, email, problems };
        return Ok(draw(Code::InvalidInput.status(), &page));
    }
    let shown = (token.clone(), username.clone(), email.clone());
    let email = Some(email).filter(|email| !email.trim().is_empty());
    let (kind, user_agent) = (session_kind(&headers), user_agent(&headers));
    let form = FirstAdmin { token, username, password, email, kind, client_ip: client.ip, user_agent };
    match state.services.setup.complete(form).await.map_err(ApiError::from) {
        Ok(opened) => {
            let cookie = cookie::opened(&opened, &client);
            Ok((AppendHeaders(cookie.map(|value| (SET_COOKIE, value))), Redirect::to(WELCOME)).into_response())
        }
        Err(error) => answer_to(&state, error, shown),
    }
}

fn answer_to(
    state: &AppState,
    error: ApiError,
    (token, username, email): (Secret, String, String),
) -> Result<Response, ApiError> {
    match error.code() {
        Code::AlreadySetUp => Ok(Redirect::to(LOGIN).into_response()),
        Code::WrongSetupToken => Ok(draw(StatusCode::FORBIDDEN, &SetupLinkPage::new(state, true))),
        Code::InvalidInput | Code::Conflict => {
            let problems = Problems::told_by(&error, &FIELDS);
            let page = SetupPage { token: token.expose().to_owned(), username, email, problems };
            Ok(draw(error.code().status(), &page))
        }
        _ => Err(error),
    }
}
