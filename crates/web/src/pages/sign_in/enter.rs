//! From an app's host to the desk's sign-in page and back, where the desk has a host of its own. `service::sign_in::hand_over` says why nobody
//! else gets in that way.
//!
//! [`begin`] marks the browser at the app's host and sends it to the desk; there [`across`] makes the address to come back with, once
//! somebody is signed in; [`show`], at the app's host again, takes the code and sets the cookie.
//!
//! A browser keeps one mark for all its tabs, so that they do not get into each other's way. Every code is taken by the first try: of
//! another session than the browser is in it replaces that, for whoever signed in last is who sits there. An address that is opened
//! again leads whoever is signed in on. Nothing here leads round in circles: what fails is a page.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use doorward_domain::{HostName, Session, Username};
use doorward_http::cookie::{is_contested, read_mark};
use doorward_http::desk_paths::login_leading_to;
use doorward_http::fetch_metadata;
use doorward_service::Client;
use doorward_service::sign_in::hand_over::{Arrival, HandOver, Seal};
use doorward_service::sign_in::return_address::return_address;
use http::{HeaderMap, StatusCode, header::SET_COOKIE};
use serde::Deserialize;
use url::{Url, form_urlencoded};

use crate::app_state::{AppState, own_address};
use crate::cookie;
use crate::error::{ApiError, Code};
use crate::extract::Visitor;
use crate::pages::{ENTER, LOGIN, draw};

#[derive(Template)]
#[template(path = "not_entered.html")]
struct NotEnteredPage {
    again: String,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// At an app's host: to the desk's sign-in page, and back to `next`.
pub(super) fn begin(state: &AppState, client: &Client, headers: &HeaderMap, next: &str) -> Result<Response, ApiError> {
    let here = HostName::of(&client.host);
    let not_here = || ApiError::new(Code::NotHere);
    let own = state.own_addresses(client).into_iter().find(|url| url.host_str().is_some_and(|host| here.is(host)));
    let own = own.ok_or_else(not_here)?;
    let there = state.address(client).and_then(|state| state.join(LOGIN).ok()).ok_or_else(not_here)?;
    let wanted = own.join(&back_here(client, next)).map_err(|_| not_here())?;
    let known = read_mark(headers, cookie::name(client)).filter(|mark| HandOver::is_mark(mark));
    let mark = known.map_or_else(|| state.services.hand_over.mark().expose().to_owned(), str::to_owned);
    let pairs = [("next", wanted.as_str()), ("seal", &Seal::of(&mark).to_string())];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let set = cookie::marked(&mark, client).map(|value| (SET_COOKIE, value));
    Ok((AppendHeaders(set), Redirect::to(&format!("{there}?{query}"))).into_response())
}

/// At the desk: where to send whoever is signed in, if `next` is at an app's host and the browser was sealed there; else `next` itself.
pub(super) fn across(state: &AppState, (session, username): (&Session, &Username), next: String, seal: &str) -> String {
    let (Ok(mut url), Ok(seal)) = (Url::parse(&next), seal.parse::<Seal>()) else { return next };
    let Some(host) = url.host_str().map(HostName::of) else { return next };
    let code = state.services.hand_over.begin(session, username, host, seal);
    let wanted = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    url.set_path(ENTER);
    url.query_pairs_mut().clear().append_pair("code", code.expose()).append_pair("next", &wanted);
    url.into()
}

/// Whether a browser would show the answer in a window of its own, as far as it says: nobody is handed over within another page, and no
/// script fetches a code. Over plain http browsers do not say (Fetch Metadata is for https and this machine), and people are handed over
/// in a frame as well: what comes of it is an app's own page at its own host, as if it had been opened in the frame later.
pub(super) fn is_for_a_window(headers: &HeaderMap) -> bool {
    fetch_metadata::navigates(headers) != Some(false) && fetch_metadata::asks_for(headers, "document") != Some(false)
}

/// At an app's host again: takes the code and goes on to `next`.
pub(crate) async fn show(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Visitor(visitor): Visitor,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, ApiError> {
    if state.is_at(&client) {
        return Err(ApiError::new(Code::NotFound));
    }
    let back = back_here(&client, &asked.next);
    let (name, host) = (cookie::name(&client), HostName::of(&client.host));
    let known = visitor.map(|visitor| visitor.session_id());
    let arrival = state.services.hand_over.take(&asked.code, read_mark(&headers, name), &host);
    // Beside a cookie that a script slipped in no new one would count.
    let is_news = |arrival: &Arrival| !known.is_some_and(|known| arrival.is_of(known)) && !is_contested(&headers, name);
    let entered = match arrival.filter(is_news) {
        Some(arrival) => state.services.hand_over.enter(arrival, &client.ip.to_canonical().to_string()).await?,
        None => None,
    };
    if entered.is_none() && known.is_none() {
        return Ok(draw(StatusCode::BAD_REQUEST, &NotEnteredPage { again: login_leading_to(&back) }));
    }
    let set = entered.and_then(|entered| cookie::entered(&entered, &client)).map(|value| (SET_COOKIE, value));
    Ok((AppendHeaders(set), Redirect::to(&back)).into_response())
}

/// The path on this host, and no other, to go back to.
pub(super) fn back_here(client: &Client, next: &str) -> String {
    own_address(client).map_or_else(|| "/".to_owned(), |own| return_address(next, &own, &[]))
}
