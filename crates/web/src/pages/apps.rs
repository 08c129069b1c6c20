//! The launchpad: the apps the person may open.

use askama::Template;
use axum::{extract::State, response::Response};
use doorward_service::Right;
use doorward_service::ports::{AccessQuery, Paging};
use http::StatusCode;

use super::extract::PageCaller;
use super::held::{self, Held};
use super::{APPS, card::Card, draw, sees_people};
use crate::app_state::AppState;
use crate::contact::Contact;
use crate::csrf;
use crate::error::ApiError;
use crate::extract::SignedInCaller;

#[derive(Template)]
#[template(path = "apps.html")]
struct AppsPage<'a> {
    here: &'static str,
    csrf: String,
    username: String,
    apps: Vec<Card>,
    sees_people: bool,
    is_admin: bool,
    /// Whether no app is configured at all, to who may know.
    is_empty: bool,
    command: &'a str,
    contact: &'a Contact,
    /// The address of an app at `/`: opened, its page of the refusal leads to a request. Which apps there are else is not for everybody.
    ask_at: Option<&'static str>,
    /// How many requests for access wait for this person's answer.
    waiting: u64,
    /// How often whoever may open none has asked for access.
    asked: u64,
}

/// Shows the apps that the caller may open.
pub(crate) async fn show(PageCaller(caller): PageCaller, State(state): State<AppState>) -> Result<Response, ApiError> {
    let only_counted = || Paging { limit: 1, ..Paging::default() };
    let waiting =
        state.services.access.waiting(caller.actor(), only_counted()).await?.map_or(0, |waiting| waiting.total);
    let (all, apps) = (state.services.apps.all(), cards(&state, &caller));
    let asked = if apps.is_empty() { asked(&state, &caller, only_counted()).await? } else { 0 };
    let page = AppsPage {
        here: APPS,
        csrf: csrf::token(&state.services.csrf_key, caller.session_id()),
        username: caller.authenticated.who.name.to_string(),
        apps,
        sees_people: sees_people(&state, &caller),
        is_admin: is_admin(&state, &caller),
        is_empty: all.is_empty() && caller.actor().holds(Right::KnowSite, state.now()),
        command: state.command_for(&caller.authenticated.who),
        contact: &state.config.contact,
        ask_at: all.iter().any(|app| app.address == "/").then_some("/"),
        waiting,
        asked,
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn asked(state: &AppState, caller: &SignedInCaller, paging: Paging) -> Result<u64, ApiError> {
    let own = AccessQuery { user: Some(caller.user_id()), paging, ..AccessQuery::default() };
    Ok(state.services.access.list(caller.actor(), own).await?.total)
}

/// The apps whose pages open for the caller: those on which they hold anything.
pub(super) fn cards(state: &AppState, caller: &SignedInCaller) -> Vec<Card> {
    let (who, now) = (&caller.authenticated.who, state.now());
    let all = state.services.apps.all();
    all.iter().filter(|app| held::opens(app, who, now)).map(|app| Card::new(app, Held::on(app, who, now))).collect()
}

/// Whether the caller may add people.
pub(super) fn is_admin(state: &AppState, caller: &SignedInCaller) -> bool {
    caller.actor().holds(Right::ChangeUsers, state.now())
}
