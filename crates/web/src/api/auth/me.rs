//! `GET auth/me`: who the caller is and what they hold.

use axum::{Json, extract::State};
use doorward_domain::{Bond, Role};
use doorward_service::Right;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::csrf;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::view::{KeyView, SessionView, UserView};

/// The caller: a person, or an API key.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Me {
    /// A person who is signed in.
    Person(Box<Person>),
    /// An API key.
    Key {
        api_key: Box<KeyView>,
        /// The role held on each app of which anything is held, by the app's name; null is none on all of it.
        #[schema(value_type = BTreeMap<String, Option<String>>)]
        roles: Roles,
    },
}

/// A person who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Person {
    user: UserView,
    /// The names of all their groups, also of those they are in through others.
    groups: Vec<String>,
    /// The role held on each app of which anything is held, by the app's name; null is none on all of it.
    #[schema(value_type = BTreeMap<String, Option<String>>)]
    roles: Roles,
    session: SessionView,
    /// For `X-CSRF-Token` on writes with the cookie.
    csrf_token: String,
}

type Roles = BTreeMap<String, Option<Role>>;

/// Who the caller is.
#[utoipa::path(get, path = "/_doorward/api/v1/auth/me", tag = "auth",
    extensions(("x-required-action" = json!(Right::SeeOneself.required()))),
    responses((status = 200, description = "The caller", body = Me)))]
pub(crate) async fn auth_me(caller: KnownCaller, State(state): State<AppState>) -> Result<Json<Me>, ApiError> {
    let who = &caller.authenticated.who;
    let now = state.now();
    let apps = state.services.apps.all();
    // Which apps there are else is not for everybody.
    let held = apps.iter().filter(|app| who.rights.role_at_most(&app.name, app.default_role, now).is_some());
    let roles = held.map(|app| (app.name.to_string(), who.role_on(&app.name, app.default_role, now))).collect();
    let session = match &who.bond {
        Bond::Session(session) => session,
        Bond::Key(key) => {
            let listed = state.services.keys.find(caller.actor(), key.id).await?;
            return Ok(Json(Me::Key { api_key: Box::new(listed.into()), roles }));
        }
    };
    let user = state.services.users.own(who).await?;
    Ok(Json(Me::Person(Box::new(Person {
        user: UserView::from(&user),
        groups: who.groups.iter().map(ToString::to_string).collect(),
        roles,
        session: SessionView::new(session, who.name.as_str(), Some(session.id)),
        csrf_token: csrf::token(&state.services.csrf_key, session.id),
    }))))
}
