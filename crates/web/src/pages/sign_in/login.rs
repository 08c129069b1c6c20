//! The login page.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use doorward_domain::app::is_desk;
use doorward_domain::{HostName, Secret};
use doorward_service::explain::app_at;
use doorward_service::sign_in::{login::PasswordAttempt, return_address::return_address};
use doorward_service::{App, Client};
use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_SECURITY_POLICY, header::SET_COOKIE};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use url::{Url, form_urlencoded};

use super::enter;
use crate::app_state::{AppState, own_address};
use crate::contact::Contact;
use crate::cookie;
use crate::error::{ApiError, Code};
use crate::extract::{Visitor, session_kind, user_agent};
use crate::pages::extract::PageForm;
use crate::pages::{LOGIN, SECURITY_HEADERS, draw, with_wait};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    app: Option<String>,
    next: String,
    /// What the browser was marked with at the app's host that it came from, if it did.
    seal: String,
    /// Where the form goes: with the wish in it, so that a reload or Enter in the address bar forgets nothing.
    action: String,
    username: String,
    /// For how long one may ask to stay signed in, in words.
    remember: Option<String>,
    is_remembered: bool,
    notice: Option<&'static str>,
    problem: Option<Problem>,
    contact: &'a Contact,
}

/// Why nobody was signed in.
struct Problem {
    words: String,
    /// Whether it is about what was typed.
    is_about_fields: bool,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    seal: String,
    #[serde(default)]
    signed_out: String,
    #[serde(default)]
    ended: String,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    next: String,
    #[serde(default)]
    seal: String,
    #[serde(default)]
    username: String,
    password: Secret,
    #[serde(default)]
    remember: String,
}

impl<'a> LoginPage<'a> {
    /// As it is shown first, to somebody who asked at this place.
    fn new(state: &'a AppState, client: &Client, next: String, seal: String) -> Self {
        let sealed = (!seal.is_empty()).then_some(("seal", &seal));
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).extend_pairs(sealed).finish();
        let remember = state.config.remember;
        Self {
            app: app_behind(state, client, &next),
            action: format!("{LOGIN}?{query}"),
            next,
            seal,
            username: String::new(),
            remember: (!remember.is_zero()).then(|| in_words(remember)),
            is_remembered: false,
            notice: None,
            problem: None,
            contact: &state.config.contact,
        }
    }

    fn has_wrong_fields(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.is_about_fields)
    }

    fn draw(&self, status: StatusCode) -> Response {
        with_form_action(draw(status, self), &self.next)
    }
}

/// Shows the form; whoever is signed in already goes on.
pub(crate) async fn show(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Visitor(visitor): Visitor,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, ApiError> {
    if !state.is_at(&client) {
        return match visitor {
            Some(_) => Ok(Redirect::to(&enter::back_here(&client, &asked.next)).into_response()),
            None => enter::begin(&state, &client, &headers, &asked.next),
        };
    }
    let next = where_to(&state, &client, &asked.next);
    let seal = asked.seal;
    if let Some(visitor) = visitor {
        if !seal.is_empty() && !enter::is_for_a_window(&headers) {
            return Err(ApiError::with_detail(Code::CrossSite, "Nobody is signed in within another page."));
        }
        let who = &visitor.authenticated.who;
        return Ok(Redirect::to(&enter::across(&state, (visitor.session(), &who.name), next, &seal)).into_response());
    }
    let notice = match (asked.signed_out.is_empty(), asked.ended.is_empty()) {
        (false, _) => Some("You have signed out."),
        (_, false) => {
            Some("You were no longer signed in, so nothing was changed. Sign in to go back to where you were.")
        }
        _ => None,
    };
    Ok(LoginPage { notice, ..LoginPage::new(&state, &client, next, seal) }.draw(StatusCode::OK))
}

/// Signs in and goes on, or shows the form again with what was wrong.
pub(crate) async fn send(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Visitor(visitor): Visitor,
    headers: HeaderMap,
    PageForm(typed): PageForm<Typed>,
) -> Result<Response, ApiError> {
    let next = where_to(&state, &client, &typed.next);
    let remember = !typed.remember.is_empty();
    let attempt = PasswordAttempt {
        username: typed.username.clone(),
        password: typed.password,
        kind: session_kind(&headers),
        client_ip: client.ip,
        user_agent: user_agent(&headers),
        instead_of: visitor.map(|visitor| visitor.session_id()),
        remember,
    };
    match state.services.login.with_password(attempt).await {
        Ok(opened) => {
            let cookie = cookie::opened(&opened, &client);
            let next = enter::across(&state, (&opened.session, &opened.user.username), next, &typed.seal);
            Ok((AppendHeaders(cookie.map(|value| (SET_COOKIE, value))), Redirect::to(&next)).into_response())
        }
        Err(failure) => {
            let error = ApiError::from(failure);
            if error.cause().is_some() {
                return Err(error);
            }
            let is_about_fields = error.code() == Code::InvalidCredentials;
            let problem = Some(Problem { words: error.detail().to_owned(), is_about_fields });
            let page = LoginPage {
                username: typed.username,
                is_remembered: remember,
                problem,
                ..LoginPage::new(&state, &client, next, typed.seal)
            };
            Ok(with_wait(page.draw(error.code().status()), error.problem().wait()))
        }
    }
}

/// Back to where they wanted to go, if that is ours; else to the landing page.
fn where_to(state: &AppState, client: &Client, next: &str) -> String {
    let Some(base) = own_address(client).filter(|_| !next.is_empty()) else { return state.landing() };
    match return_address(next, &base, &state.own_addresses(client)).as_str() {
        // What was wished for, not what stands for a wish that cannot be granted.
        "/" if next != "/" || !state.has_app_at_root(client) => state.landing(),
        fine => fine.to_owned(),
    }
}

/// The app one signs in to: the only one, the one to which one goes on, or the only one at this host.
fn app_behind(state: &AppState, client: &Client, next: &str) -> Option<String> {
    let apps = state.services.apps.all();
    if let [only] = apps.as_slice() {
        return Some(only.title.clone());
    }
    let to = own_address(client)?.join(next).ok()?;
    if !is_desk(to.path()) {
        return app_at(&apps, to.host_str(), to.path()).map(|app| app.title.clone());
    }
    let is_here = |app: &&Arc<App>| {
        let url = Url::parse(&app.address).ok();
        url.as_ref().and_then(Url::host_str).is_some_and(|host| HostName::of(host).is(&client.host))
    };
    let mut here = apps.iter().filter(is_here);
    here.next().filter(|_| here.next().is_none()).map(|app| app.title.clone())
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

/// `30 days`, `12 hours`: in the largest unit that keeps it whole.
fn in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    for (unit, size) in [("day", 86_400), ("hour", 3_600), ("minute", 60)] {
        if seconds >= size && seconds.is_multiple_of(size) {
            let count = seconds / size;
            return format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
        }
    }
    format!("{seconds} seconds")
}
