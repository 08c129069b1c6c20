//! What the first administrator sees after the setup, and finds again from the apps page: the way in, the roles, how to add people,
//! the way out.

use askama::Template;
use axum::{extract::State, response::Response};
use doorward_domain::Role;
use http::StatusCode;

use super::caller::PageCaller;
use super::{WELCOME, apps, card::Card, draw};
use crate::app_state::AppState;
use crate::contact::Contact;

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage<'a> {
    here: &'static str,
    username: String,
    apps: Vec<Card>,
    /// "in Wiki at the lower right": each app in whose pages our menu is.
    menus: String,
    roles: Vec<(Role, &'static str)>,
    is_admin: bool,
    command: &'a str,
    contact: &'a Contact,
}

/// Shows it to whoever is signed in; how to add people only to those who may.
pub(crate) async fn show(PageCaller(caller): PageCaller, State(state): State<AppState>) -> Response {
    let apps = apps::cards(&state, &caller);
    let page = WelcomePage {
        here: WELCOME,
        menus: menus(&apps),
        username: caller.admitted.who.name.to_string(),
        apps,
        roles: Role::ALL.into_iter().map(|role| (role, may(role))).collect(),
        is_admin: apps::is_admin(&state, &caller),
        command: &state.config.command,
        contact: &state.config.contact,
    };
    draw(StatusCode::OK, &page)
}

/// Where the menu is in which app's pages; empty where there is none.
fn menus(apps: &[Card]) -> String {
    let each: Vec<String> = apps.iter().filter_map(|app| Some(format!("in {} {}", app.title, app.menu_at?))).collect();
    each.join(", ")
}

/// What a role may do beyond the one before it.
fn may(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Look at everything, change nothing.",
        Role::Operator => "Start, stop and delete runs.",
        Role::Developer => "Change what runs unattended: schedules, sensors, code.",
        Role::Manager => "Do what touches everything or cannot be undone; read the audit log.",
        Role::Admin => "Add people, give roles, change settings.",
    }
}
