//! The account page: who am I, what may I do, where am I signed in, which programs have a key of mine.

pub(super) mod keys;
pub(super) mod password;
pub(super) mod sessions;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use doorward_domain::{KeyId, Principal, Role, Session, SessionId, Timestamp};
use doorward_service::ports::{AccessQuery, Paging, SessionQuery};
use doorward_service::{App, Right};
use http::StatusCode;
use serde::Deserialize;

use crate::app_state::AppState;
use crate::contact::Contact;
use crate::csrf;
use crate::error::ApiError;
use crate::extract::SignedInCaller;
use crate::moment::Moment;
use crate::pages::access::AskedFor;
use crate::pages::extract::PageCaller;
use crate::pages::held::Held;
use crate::pages::{ACCOUNT, Problems, draw, sees_people, with_wait};
use keys::KeyLine;

/// How many sessions are shown.
const SHOWN: u32 = 50;
/// How many requests for access are shown.
const ASKED: u32 = 10;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    here: &'static str,
    sees_people: bool,
    username: String,
    full_name: String,
    email: Option<String>,
    /// What a role is held on, and which.
    roles: Vec<Holding>,
    /// Whether nothing of that gives anything.
    holds_nothing: bool,
    /// What they asked for, the newest first.
    asked: Vec<AskedFor>,
    keys: Vec<KeyLine>,
    /// How Doorward's own command is called.
    command: &'a str,
    /// The one that was to be revoked when something was wrong.
    revoking: Option<KeyId>,
    /// Whether the password has to be given again to revoke one.
    asks_password: bool,
    sessions: Vec<Line>,
    total: usize,
    csrf: String,
    done: Option<&'static str>,
    problems: Problems,
    contact: &'a Contact,
}

/// Something held.
struct Holding {
    on: String,
    /// None is a denial.
    role: Option<Role>,
    /// When that ends.
    until: Option<Moment>,
}

struct Line {
    id: SessionId,
    program: String,
    client_ip: String,
    since: Moment,
    seen: Moment,
    is_current: bool,
}

impl Line {
    fn new(session: &Session, seen_from: SessionId) -> Self {
        Self {
            id: session.id,
            program: session.device.clone(),
            client_ip: session.client_ip.clone(),
            since: session.created_at.into(),
            seen: session.last_seen_at.into(),
            is_current: session.id == seen_from,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// Shows the account.
pub(crate) async fn show(
    PageCaller(caller): PageCaller,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
) -> Result<Response, ApiError> {
    let done = match asked.done.as_str() {
        "password" => Some("Your password is changed. You are signed out everywhere else."),
        "session" => Some("Signed out there."),
        "key" => Some("The API key is revoked: it opens nothing any more."),
        "others" => Some("You are signed out everywhere else."),
        _ => None,
    };
    page(&state, &caller, done, Problems::default()).await.map(|page| draw(StatusCode::OK, &page))
}

/// Shows the account again, with what was wrong.
async fn with_problems(
    state: &AppState,
    caller: &SignedInCaller,
    status: StatusCode,
    problems: Problems,
) -> Result<Response, ApiError> {
    page(state, caller, None, problems).await.map(|page| draw(status, &page))
}

/// The same, with what kept a key from being revoked.
async fn not_revoked(
    state: &AppState,
    caller: &SignedInCaller,
    key: KeyId,
    error: &ApiError,
) -> Result<Response, ApiError> {
    let page = page(state, caller, None, Problems::told_by(error, &[])).await?;
    let page = AccountPage { revoking: Some(key), ..page };
    Ok(with_wait(draw(error.code().status(), &page), error.problem().wait()))
}

async fn page<'a>(
    state: &'a AppState,
    caller: &SignedInCaller,
    done: Option<&'static str>,
    problems: Problems,
) -> Result<AccountPage<'a>, ApiError> {
    let paging = Paging { limit: SHOWN, ..Paging::default() };
    let own = SessionQuery { user: Some(caller.user_id()), paging, ..SessionQuery::default() };
    let listed = state.services.sessions.list(caller.actor(), &own).await?;
    let paging = Paging { limit: ASKED, ..Paging::default() };
    let own = AccessQuery { user: Some(caller.user_id()), paging, ..AccessQuery::default() };
    let asked = state.services.access.list(caller.actor(), own).await?;
    let who = &caller.authenticated.who;
    let roles = roles(state, who);
    let mut sessions: Vec<Line> =
        listed.items.iter().map(|(session, _)| Line::new(session, caller.session_id())).collect();
    // The one they came with is first, and there even when it is older than all that are listed.
    if !sessions.iter().any(|line| line.is_current) {
        sessions.push(Line::new(caller.session(), caller.session_id()));
    }
    sessions.sort_by_key(|line| !line.is_current);
    Ok(AccountPage {
        here: ACCOUNT,
        sees_people: sees_people(state, caller),
        username: who.name.to_string(),
        full_name: who.full_name.to_string(),
        email: who.email.as_ref().map(|email| email.as_str().to_owned()),
        holds_nothing: !roles.iter().any(|held| held.role.is_some()),
        roles,
        asked: asked.items.iter().map(|asked| AskedFor::new(state, asked)).collect(),
        keys: keys::own(state, caller).await?,
        command: state.command_for(who),
        revoking: None,
        asks_password: caller.actor().must_prove(Right::ChangeKeys, true, state.now()),
        sessions,
        total: usize::try_from(listed.total).unwrap_or(usize::MAX),
        csrf: csrf::token(&state.services.csrf_key, caller.session_id()),
        done,
        problems,
        contact: &state.config.contact,
    })
}

/// The role on everything, each role on an app that differs from it, and what is held on single things. With one app there is one row for all
/// of it: the app's.
fn roles(state: &AppState, who: &Principal) -> Vec<Holding> {
    let now = state.now();
    let apps = state.services.apps.all();
    let everywhere = who.role_on_everything(now).filter(|_| apps.len() != 1);
    let everywhere = everywhere.map(|role| (role, who.rights.until_everywhere(now)));
    let all = everywhere.map(|(role, until)| Holding {
        on: "All apps".to_owned(),
        role: Some(role),
        until: until.map(Moment::from),
    });
    all.into_iter().chain(apps.iter().flat_map(|app| on_app(app, who, everywhere, now))).collect()
}

fn on_app(app: &App, who: &Principal, everywhere: Option<(Role, Option<Timestamp>)>, now: Timestamp) -> Vec<Holding> {
    let held = Held::on(app, who, now);
    let whole = held.whole.filter(|role| everywhere != Some((*role, held.until)));
    let says_something = whole.is_some() || held.is_denied;
    let until = held.until.map(Moment::from);
    let whole = says_something.then(|| Holding { on: app.title.clone(), role: whole, until });
    let on = |pattern| format!("{pattern} of {}", app.title);
    let things = held.things.into_iter();
    let things = things.map(|thing| Holding { on: on(thing.pattern), role: thing.role, until: thing.until });
    whole.into_iter().chain(things).collect()
}
