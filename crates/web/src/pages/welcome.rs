//! What the first administrator sees after the setup, and finds again from the apps page: the way in, the roles, how to add people,
//! the way out.

use askama::Template;
use axum::{extract::State, response::Response};
use doorward_domain::Role;
use doorward_service::App;
use http::StatusCode;

use super::extract::PageCaller;
use super::{WELCOME, apps, card::Card, draw, held, sees_people};
use crate::app_state::AppState;
use crate::contact::Contact;
use crate::csrf;
use crate::extract::SignedInCaller;

/// How many examples there are of what a role may do in one app.
const EXAMPLES: usize = 5;

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage<'a> {
    here: &'static str,
    csrf: String,
    username: String,
    apps: Vec<Card>,
    /// "in Wiki at the lower right": each app in whose pages our menu is.
    menus: String,
    roles: Vec<(Role, String)>,
    sees_people: bool,
    is_admin: bool,
    command: &'a str,
    contact: &'a Contact,
}

/// Shows it to whoever is signed in; how to add people only to those who may.
pub(crate) async fn show(PageCaller(caller): PageCaller, State(state): State<AppState>) -> Response {
    let apps = apps::cards(&state, &caller);
    let page = WelcomePage {
        here: WELCOME,
        csrf: csrf::token(&state.services.csrf_key, caller.session_id()),
        menus: menus(&apps),
        username: caller.authenticated.who.name.to_string(),
        apps,
        roles: roles(&state, &caller),
        sees_people: sees_people(&state, &caller),
        is_admin: apps::is_admin(&state, &caller),
        command: state.command_for(&caller.authenticated.who),
        contact: &state.config.contact,
    };
    draw(StatusCode::OK, &page)
}

/// Where the menu is in which app's pages; empty where there is none.
fn menus(apps: &[Card]) -> String {
    let each: Vec<String> = apps.iter().filter_map(|app| Some(format!("in {} {}", app.title, app.menu_at?))).collect();
    each.join(", ")
}

/// What each role may do, with examples from the profiles of the apps that the caller may open.
fn roles(state: &AppState, caller: &SignedInCaller) -> Vec<(Role, String)> {
    let (who, now) = (&caller.authenticated.who, state.now());
    let all = state.services.apps.all();
    let open: Vec<_> = all.iter().filter(|app| held::opens(app, who, now)).collect();
    let with_examples = |role: Role| {
        let examples = open.iter().filter_map(|app| Some(format!(" In {}: {}", app.title, examples(app, role)?)));
        (role, may(role).to_owned() + &examples.collect::<String>())
    };
    Role::ALL.into_iter().map(with_examples).collect()
}

/// Some of what first becomes possible with a role, as the app's profile calls it.
fn examples(app: &App, role: Role) -> Option<String> {
    if role == Role::Viewer {
        // What is possible from the first role on is looking; what a tool calls a mutation all the same is no example for that.
        return None;
    }
    let mut called = Vec::<String>::new();
    for rule in app.profile.graphql()?.rules().mutations.values() {
        let words = lower(&rule.called);
        if rule.action.required_role() == role && !words.is_empty() && !called.contains(&words) {
            called.push(words);
        }
    }
    let more = if called.len() > EXAMPLES { ", …" } else { "." };
    called.truncate(EXAMPLES);
    (!called.is_empty()).then(|| called.join(", ") + more)
}

/// Within a sentence.
fn lower(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// What a role may do beyond the one before it.
fn may(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Look at everything, change nothing.",
        Role::Operator => "Start, stop and delete units of work.",
        Role::Developer => "Change what runs unattended.",
        Role::Manager => "Do what touches everything or cannot be undone; read the audit log.",
        Role::Admin => "Add people, give roles, change settings.",
    }
}
