//! Who can sign in, for administrators: a list to look at, to search and to page through, and the command that adds people. Nothing is
//! changed here.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use doorward_domain::{Member, Role, Scope, Subject, User};
use doorward_service::Actor;
use doorward_service::ports::{GrantQuery, GroupQuery, Listed, NamedGrant, Paging, UserQuery};
use http::StatusCode;
use serde::Deserialize;
use url::form_urlencoded;

use crate::app_state::AppState;
use crate::contact::Contact;
use crate::csrf;
use crate::error::ApiError;
use crate::moment::Moment;
use crate::pages::extract::PageCaller;
use crate::pages::{PEOPLE, draw, sees_people};

/// How many people are on a page.
const SHOWN: u32 = 25;
/// How many grants of one person are looked through.
const READ: u32 = 500;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage<'a> {
    here: &'static str,
    sees_people: bool,
    csrf: String,
    command: &'a str,
    contact: &'a Contact,
    search: String,
    people: Vec<Person>,
    total: usize,
    /// Which of all these are: "26–50 of 132".
    range: String,
    /// Where the list begins, for who is further on.
    first: Option<String>,
    /// Where the page before is, as far as it is known how one came here.
    previous: Option<String>,
    /// Where the next page is.
    next: Option<String>,
}

struct Person {
    username: String,
    full_name: String,
    email: Option<String>,
    role: Option<Role>,
    /// "2 groups, 1 grant on single apps"; empty for none.
    more: String,
    is_disabled: bool,
    seen: Option<Moment>,
}

/// Which of them.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    search: String,
    #[serde(default)]
    cursor: String,
    /// The cursors of the pages before, of which the last is the nearest.
    #[serde(default)]
    trail: String,
    /// How many people are on the pages before.
    #[serde(default)]
    before: String,
}

/// How many pages back one is led.
const TRAIL: usize = 20;
/// Between the cursors of a trail; the first page has an empty one.
const BETWEEN: &str = ".";

/// A page of the list, among all of them.
struct Place<'a> {
    search: &'a str,
    cursor: &'a str,
    trail: Vec<&'a str>,
    before: u64,
}

impl Place<'_> {
    fn first(&self) -> Option<String> {
        (!self.cursor.is_empty()).then(|| self.address("", &[], 0))
    }

    fn previous(&self) -> Option<String> {
        let (cursor, trail) = self.trail.split_last()?;
        let before = if cursor.is_empty() { 0 } else { self.before.saturating_sub(SHOWN.into()) };
        Some(self.address(cursor, trail, before))
    }

    fn next(&self, cursor: &str, shown: usize) -> String {
        let trail: Vec<&str> = self.trail.iter().copied().chain([self.cursor]).collect();
        let near = trail.get(trail.len().saturating_sub(TRAIL)..).unwrap_or_default();
        self.address(cursor, near, self.before.saturating_add(shown as u64))
    }

    /// What is not there stays out, so that the first page has one address.
    fn address(&self, cursor: &str, trail: &[&str], before: u64) -> String {
        let (trail, before) = (trail.join(BETWEEN), if before == 0 { String::new() } else { before.to_string() });
        let mut query = form_urlencoded::Serializer::new(String::new());
        let pairs = [("search", self.search), ("cursor", cursor), ("trail", &trail), ("before", &before)];
        query.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("{PEOPLE}?{}", query.finish())
    }

    /// "26–50 of 132", or how many, where the address tells nonsense.
    fn range(&self, shown: usize, total: u64) -> String {
        let last = self.before.saturating_add(shown as u64);
        match shown {
            0 => String::new(),
            _ if last > total => format!("{shown} of {total}"),
            1 => format!("{last} of {total}"),
            _ => format!("{}–{last} of {total}", self.before + 1),
        }
    }
}

/// Shows them to whoever may administer; others are refused by the verb.
pub(crate) async fn show(
    PageCaller(caller): PageCaller,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
) -> Result<Response, ApiError> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let paging =
        Paging { limit: SHOWN, search: given(&asked.search), cursor: given(&asked.cursor), ..Paging::default() };
    let listed = state.services.users.list(caller.actor(), &UserQuery { paging, ..UserQuery::default() }).await?;
    let mut people = Vec::with_capacity(listed.items.len());
    for user in &listed.items {
        people.push(Person::new(&state, caller.actor(), user).await?);
    }
    let place = Place {
        search: asked.search.trim(),
        cursor: asked.cursor.trim(),
        trail: if asked.cursor.trim().is_empty() { Vec::new() } else { asked.trail.split(BETWEEN).collect() },
        before: asked.before.parse().unwrap_or_default(),
    };
    let page = PeoplePage {
        here: PEOPLE,
        sees_people: sees_people(&state, &caller),
        csrf: csrf::token(&state.services.csrf_key, caller.session_id()),
        command: state.command_for(&caller.authenticated.who),
        contact: &state.config.contact,
        range: place.range(people.len(), listed.total),
        first: place.first(),
        previous: place.previous(),
        next: listed.next_cursor.map(|cursor| place.next(&cursor, people.len())),
        people,
        total: usize::try_from(listed.total).unwrap_or(usize::MAX),
        search: place.search.to_owned(),
    };
    Ok(draw(StatusCode::OK, &page))
}

impl Person {
    async fn new(state: &AppState, actor: &Actor, user: &User) -> Result<Self, ApiError> {
        let one = || Paging { limit: 1, ..Paging::default() };
        let groups = GroupQuery { holding: Some(Member::User(user.id)), paging: one() };
        let groups = state.services.groups.list(actor, &groups).await?.total;
        let held = held(state, actor, user).await?;
        // The role on everything is one of them, and stands by itself.
        let is_role =
            |named: &NamedGrant| named.grant.scope == Scope::Everything && named.grant.effect.role().is_some();
        let holds_role = user.role.is_some() && (held.items.iter().any(is_role) || held.next_cursor.is_some());
        let grants = held.total.saturating_sub(holds_role.into());
        let counts = [counted(groups, "group", "groups"), counted(grants, "grant on apps", "grants on apps")];
        Ok(Self {
            username: user.username.to_string(),
            full_name: user.full_name.clone(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            role: user.role.filter(|_| holds_role),
            more: counts.into_iter().flatten().collect::<Vec<_>>().join(", "),
            is_disabled: user.is_disabled,
            seen: user.last_sign_in_at.map(Moment::from),
        })
    }
}

/// What they were given and have not lost since: as many as fit on a page, and how many there are.
async fn held(state: &AppState, actor: &Actor, user: &User) -> Result<Listed<NamedGrant>, ApiError> {
    let (subject, now) = (Some(Subject::User(user.id)), Some(state.now()));
    let paging = Paging { limit: READ, ..Paging::default() };
    let query = GrantQuery { subject, app: None, holding_at: now, paging };
    Ok(state.services.grants.list(actor, &query).await?)
}

fn counted(count: u64, one: &str, several: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {several}")),
    }
}
