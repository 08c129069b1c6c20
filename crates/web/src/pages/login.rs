//! The login page.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use doorward_domain::Secret;
use doorward_service::{Client, login::PasswordAttempt, return_address::return_address};
use http::{HeaderMap, HeaderValue, header::CONTENT_SECURITY_POLICY, header::SET_COOKIE};
use serde::Deserialize;
use url::Url;

use super::{Problems, SECURITY_HEADERS, draw};
use crate::api::user_agent;
use crate::caller::{PageForm, Visitor};
use crate::cookie;
use crate::desk::{Desk, own_address};
use crate::error::ApiError;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    app: Option<String>,
    next: String,
    username: String,
    signed_out: bool,
    problems: Problems,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    signed_out: String,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    next: String,
    #[serde(default)]
    username: String,
    password: Secret,
}

/// Shows the form; whoever is signed in already goes on.
pub(crate) async fn show(
    State(desk): State<Desk>,
    Extension(client): Extension<Client>,
    Visitor(visitor): Visitor,
    Query(asked): Query<Asked>,
) -> Response {
    let next = where_to(&desk, &client, &asked.next);
    if visitor.is_some() {
        return Redirect::to(&next).into_response();
    }
    let page = LoginPage {
        app: app_behind(&desk),
        next,
        username: String::new(),
        signed_out: !asked.signed_out.is_empty(),
        problems: Problems::default(),
    };
    with_form_action(draw(http::StatusCode::OK, &page), &page.next)
}

/// Signs in and goes on, or shows the form again with what was wrong.
pub(crate) async fn send(
    State(desk): State<Desk>,
    Extension(client): Extension<Client>,
    Visitor(visitor): Visitor,
    headers: HeaderMap,
    PageForm(typed): PageForm<Typed>,
) -> Result<Response, ApiError> {
    let next = where_to(&desk, &client, &typed.next);
    let attempt = PasswordAttempt {
        username: typed.username.clone(),
        password: typed.password,
        client_ip: client.ip,
        user_agent: user_agent(&headers),
        instead_of: visitor.map(|visitor| visitor.session_id()),
    };
    match desk.services.login.with_password(attempt).await {
        Ok(opened) => {
            let cookie = cookie::opened(&opened, &client);
            Ok((AppendHeaders(cookie.map(|value| (SET_COOKIE, value))), Redirect::to(&next)).into_response())
        }
        Err(failure) => {
            let error = ApiError::from(failure);
            if error.cause().is_some() {
                return Err(error);
            }
            let problems = Problems::one(Some("username"), error.detail());
            let page = LoginPage { app: app_behind(&desk), next, username: typed.username, signed_out: false, problems };
            let mut response = with_form_action(draw(error.code().status(), &page), &page.next);
            response.headers_mut().extend(error.headers().iter().cloned());
            Ok(response)
        }
    }
}

/// Back to where they wanted to go, if that is ours; else to the landing page.
fn where_to(desk: &Desk, client: &Client, next: &str) -> String {
    let Some(base) = own_address(client).filter(|_| !next.is_empty()) else { return desk.landing() };
    match return_address(next, &base, &desk.own_addresses()).as_str() {
        "/" => desk.landing(),
        fine => fine.to_owned(),
    }
}

/// The app one signs in to, when there is only one.
fn app_behind(desk: &Desk) -> Option<String> {
    match desk.services.apps.all().as_slice() {
        [only] => Some(only.title.clone()),
        _ => None,
    }
}

/// Browsers hold the redirect after a form to `form-action` too, so another host of ours has to be named.
fn with_form_action(mut response: Response, next: &str) -> Response {
    let origin = Url::parse(next).ok().map(|url| url.origin().ascii_serialization());
    let [(_, policy), ..] = SECURITY_HEADERS;
    let widened = origin.map(|origin| policy.replace("form-action 'self'", &format!("form-action 'self' {origin}")));
    let value = widened.and_then(|policy| HeaderValue::try_from(policy).ok());
    response.headers_mut().extend(value.map(|value| (CONTENT_SECURITY_POLICY, value)));
    response
}
