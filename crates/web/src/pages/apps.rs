//! The launchpad: the apps the person may open.

use askama::Template;
use axum::{extract::State, response::Response};
use doorward_domain::Role;
use doorward_service::{App, Health};
use http::StatusCode;

use super::{APPS, draw};
use crate::caller::PageCaller;
use crate::desk::Desk;

#[derive(Template)]
#[template(path = "apps.html")]
struct AppsPage {
    here: &'static str,
    username: String,
    apps: Vec<Card>,
}

struct Card {
    title: String,
    letter: String,
    address: String,
    role: Role,
    health: &'static str,
    health_word: &'static str,
    words: Option<String>,
}

impl Card {
    fn new(app: &App, role: Role) -> Self {
        let (health, health_word, words) = match &**app.health.load() {
            Health::Up => ("up", "Running", None),
            Health::Starting(words) => ("starting", "Starting", Some(words.clone())),
            Health::Down(words) => ("down", "Not answering", Some(words.clone())),
        };
        let letter = app.title.chars().next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        Self { title: app.title.clone(), letter, address: app.address.clone(), role, health, health_word, words }
    }
}

/// Shows the apps on which the caller holds a role.
pub(crate) async fn show(PageCaller(caller): PageCaller, State(desk): State<Desk>) -> Response {
    let who = &caller.admitted.who;
    let now = desk.now();
    let all = desk.services.apps.all();
    let mine = all.iter().filter_map(|app| who.role_on(&app.name, app.default_role, now).map(|role| Card::new(app, role)));
    draw(StatusCode::OK, &AppsPage { here: APPS, username: who.user.username.to_string(), apps: mine.collect() })
}
