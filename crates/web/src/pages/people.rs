//! Who can sign in, for administrators: a list to look at, to search and to page through, and the command that adds people. Nothing is
//! changed here.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use doorward_domain::{Member, Role, Subject, User};
use doorward_service::Actor;
use doorward_service::ports::{GrantQuery, GroupQuery, Paging, UserQuery};
use http::StatusCode;
use serde::Deserialize;
use url::form_urlencoded;

use super::caller::PageCaller;
use super::{PEOPLE, draw};
use crate::app_state::AppState;
use crate::contact::Contact;
use crate::csrf;
use crate::error::ApiError;
use crate::moment::Moment;

/// How many people are on a page.
const SHOWN: u32 = 25;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage<'a> {
    here: &'static str,
    is_admin: bool,
    csrf: String,
    command: &'a str,
    contact: &'a Contact,
    search: String,
    people: Vec<Person>,
    total: usize,
    /// Where the list begins, for who is further on.
    first: Option<String>,
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
    let search = asked.search.trim();
    let page = PeoplePage {
        here: PEOPLE,
        is_admin: true,
        csrf: csrf::token(&state.services.csrf_key, caller.session_id()),
        command: &state.config.command,
        contact: &state.config.contact,
        people,
        total: usize::try_from(listed.total).unwrap_or(usize::MAX),
        first: given(&asked.cursor).map(|_| page_at(search, "")),
        next: listed.next_cursor.map(|cursor| page_at(search, &cursor)),
        search: search.to_owned(),
    };
    Ok(draw(StatusCode::OK, &page))
}

/// The address of another page of the same list.
fn page_at(search: &str, cursor: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [("search", search), ("cursor", cursor)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    format!("{PEOPLE}?{}", query.finish())
}

impl Person {
    async fn new(state: &AppState, actor: &Actor, user: &User) -> Result<Self, ApiError> {
        let one = || Paging { limit: 1, ..Paging::default() };
        let groups = GroupQuery { holding: Some(Member::User(user.id)), paging: one() };
        let groups = state.services.groups.list(actor, &groups).await?.total;
        let grants = GrantQuery { subject: Some(Subject::User(user.id)), app: None, paging: one() };
        // The role on everything is one of them, and stands by itself.
        let grants = state.services.grants.list(actor, &grants).await?.total.saturating_sub(user.role.is_some().into());
        let counts = [counted(groups, "group", "groups"), counted(grants, "grant on apps", "grants on apps")];
        Ok(Self {
            username: user.username.to_string(),
            full_name: user.full_name.clone(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            role: user.role,
            more: counts.into_iter().flatten().collect::<Vec<_>>().join(", "),
            is_disabled: user.is_disabled,
            seen: user.last_sign_in_at.map(Moment::from),
        })
    }
}

fn counted(count: u64, one: &str, several: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {several}")),
    }
}
