//! What people see. Plain HTML and forms; nothing here needs JavaScript. Where there is some, one small script of ours
//! (`assets/state.js`) tells times in the reader's zone and keeps the fragment of an address through signing in.
//!
//! Every page is a route in `routes` with who may see it, and `tests/desk/access.rs` tries each. [`door`] draws what the door shows
//! instead of an app. A form is answered by a redirect (303) or by the same page with what was wrong on top.
//!
//! Where to look next: `sign_in`, `account` (one's own) and `admin` (for whoever manages) have their pages; the others stand here, with what
//! several pages show (`access`, `card`, `held`) or take (`extract`, `proof`).

mod access;
mod account;
mod admin;
mod apps;
mod card;
mod denied;
pub mod door;
mod extract;
mod held;
mod problems;
mod proof;
mod setup;
mod sign_in;
mod welcome;

use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get, post},
};
use doorward_http::retry_after;
use doorward_service::Right;
use http::{
    StatusCode, Uri,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use std::time::Duration;

use crate::app_state::AppState;
use crate::asset;
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;

pub use access::AskFor;
pub(crate) use door::trouble_page;
pub use door::{
    DeniedPage, MaybeDonePage, denied, denied_response, maybe_done_response, starting, starting_response,
    trouble_response, unsent_response,
};
use doorward_http::desk_paths::login_leading_to;
pub(crate) use doorward_http::desk_paths::{
    ACCESS, ACCOUNT, ACCOUNT_END_OTHERS, ACCOUNT_PASSWORD, APPS, DESK, ENTER, HOME, LOGIN, LOGOUT, PEOPLE, SETUP,
    WELCOME,
};
pub(crate) use problems::Problems;

/// What every page of Doorward carries: nothing may be loaded, framed, sent or kept that the page itself does not need.
pub const SECURITY_HEADERS: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cache-control", doorward_http::NO_STORE),
];

/// Who a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Everybody,
    /// Whoever is signed in; others are led to the login page.
    SignedIn,
    /// Whoever has this right; others who are signed in are refused.
    Only(Right),
}

/// One page.
pub(crate) struct PageRoute {
    pub path: &'static str,
    pub audience: Audience,
    pub methods: &'static [&'static str],
    handler: MethodRouter<AppState>,
}

/// All pages. A page that is not here does not exist.
pub(crate) fn routes() -> Vec<PageRoute> {
    use Audience::{Everybody, Only, SignedIn};
    let page = |path, audience, methods, handler| PageRoute { path, audience, methods, handler };
    vec![
        page(DESK, Everybody, &["GET"], get(home)),
        page(HOME, Everybody, &["GET"], get(home)),
        page("/_doorward/assets/{file}", Everybody, &["GET"], get(asset::show)),
        page(LOGIN, Everybody, &["GET", "POST"], get(sign_in::login::show).post(sign_in::login::send)),
        page(ENTER, Everybody, &["GET"], get(sign_in::enter::show)),
        page(SETUP, Everybody, &["GET", "POST"], get(setup::show).post(setup::send)),
        page(LOGOUT, SignedIn, &["GET", "POST"], get(sign_in::logout::show).post(sign_in::logout::send)),
        page(APPS, SignedIn, &["GET"], get(apps::show)),
        page(WELCOME, SignedIn, &["GET"], get(welcome::show)),
        page(ACCOUNT, SignedIn, &["GET"], get(account::show)),
        page(ACCOUNT_PASSWORD, SignedIn, &["POST"], post(account::password::send)),
        page(ACCOUNT_END_OTHERS, SignedIn, &["POST"], post(account::sessions::end_others)),
        page("/_doorward/account/sessions/{id}/end", SignedIn, &["POST"], post(account::sessions::end)),
        page("/_doorward/account/keys/{id}/revoke", SignedIn, &["POST"], post(account::keys::revoke)),
        page(PEOPLE, Only(Right::SeeUsers), &["GET"], get(admin::people::show)),
        page("/_doorward/denied/{decision_id}", SignedIn, &["GET", "POST"], get(denied::show).post(denied::ask::send)),
        page(ACCESS, SignedIn, &["GET"], get(admin::access_requests::show)),
        page("/_doorward/access/{id}/approve", SignedIn, &["POST"], post(admin::access_requests::approve)),
        page("/_doorward/access/{id}/decline", SignedIn, &["POST"], post(admin::access_requests::decline)),
    ]
}

/// Path, methods and audience of every page, for whoever checks that each is guarded.
pub fn listed() -> Vec<(&'static str, &'static [&'static str], Audience)> {
    routes().into_iter().map(|route| (route.path, route.methods, route.audience)).collect()
}

pub(crate) fn router() -> Router<AppState> {
    routes().into_iter().fold(Router::new(), |router, route| {
        let takes_only_forms = !route.methods.contains(&"GET");
        let handler = if takes_only_forms { route.handler.get(back_to_form) } else { route.handler };
        router.route(route.path, handler)
    })
}

/// What was asked for, to come back to.
fn wanted(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
}

/// Where to sign in for somebody whose form came after their session had ended; from there back to the page with the form. Who wanted
/// to sign out is done.
fn login_instead_of_form(action: &str) -> String {
    if action == LOGOUT {
        return format!("{LOGIN}?signed_out=1");
    }
    format!("{}&ended=1", login_leading_to(&page_with_form(action)))
}

/// The page on which the form with this action stands: the nearest above it that can be looked at.
fn page_with_form(action: &str) -> String {
    let above = action.rmatch_indices('/').filter_map(|(at, _)| action.get(..at));
    let pages = routes();
    let is_page = |path: &str| pages.iter().any(|page| fits(page.path, path) && page.methods.contains(&"GET"));
    std::iter::once(action).chain(above).find(|path| is_page(path)).unwrap_or(APPS).to_owned()
}

/// Whether a route's path is this one, whatever stands in its places.
fn fits(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(place), Some(part)) if place.starts_with('{') && !part.is_empty() => {}
            (Some(own), Some(part)) if own == part => {}
            _ => return false,
        }
    }
}

/// A reload, or Enter in the address bar, after a form whose address cannot be looked at: back to the page with the form.
async fn back_to_form(uri: Uri) -> Redirect {
    Redirect::to(&page_with_form(uri.path()))
}

/// Whether the caller is shown where the people are.
fn sees_people(state: &AppState, caller: &SignedInCaller) -> bool {
    caller.actor().may(Right::SeeUsers, state.now()).is_ok()
}

async fn home() -> Redirect {
    Redirect::to(APPS)
}

/// Says how long to wait before another try, if that is known.
fn with_wait(mut response: Response, wait: Option<Duration>) -> Response {
    response.headers_mut().extend(wait.map(|wait| (RETRY_AFTER, retry_after(wait))));
    response
}

/// Draws a page.
fn draw(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(failure) => ApiError::caused(Code::Internal, failure).into_response(),
    }
}
