//! `GET auth/menu`: what our menu in a tool's page shows, which scripts of that page can read too: nothing that opens or changes anything.

use axum::{
    Extension, Json,
    extract::{Query, State},
};
use doorward_domain::{AppName, Role};
use doorward_service::{App, Client, Right};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::{IntoParams, ToSchema};

use crate::app_state::AppState;
use crate::extract::SignedInCaller;
use crate::held_digest;

/// Of which app's page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The app's name.
    #[serde(default)]
    app: String,
}

/// Who is looked at by.
#[derive(Serialize, ToSchema)]
pub(crate) struct Menu {
    user: MenuUser,
    /// The role held on the app; null is none, or an app that is not at this host.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// The strongest role held on anything of the app, where none is on all of it.
    #[schema(value_type = Option<String>)]
    role_on_parts: Option<Role>,
    /// Changes when what they may do on the app does, with the role or without; says nothing else, also not whether there is such an app here.
    held: String,
    /// Whether they add people and give roles here.
    is_admin: bool,
}

/// A person, by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct MenuUser {
    username: String,
    full_name: String,
}

/// Who is signed in and what they hold on an app, by name. To ask does not count as using the session. Answered at the apps' hosts too.
#[utoipa::path(get, path = "/_doorward/api/v1/auth/menu", tag = "auth", params(Asked),
    extensions(("x-required-action" = json!(Right::SeeOneself.required()))),
    responses((status = 200, description = "By name", body = Menu)))]
pub(crate) async fn auth_menu(
    caller: SignedInCaller,
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Query(asked): Query<Asked>,
) -> Json<Menu> {
    let who = &caller.authenticated.who;
    let app = asked.app.parse::<AppName>().ok().and_then(|name| state.services.apps.find(&name));
    let app = app.filter(|app| state.is_at(&client) || is_at(app, &client));
    let role = app.as_ref().and_then(|app| who.role_on(&app.name, app.default_role, state.now()));
    let on_parts = || app.as_ref().and_then(|app| who.rights.role_at_most(&app.name, app.default_role, state.now()));
    let role_on_parts = if role.is_none() { on_parts() } else { None };
    let outline = app.as_ref().map(|app| who.rights.outline(&app.name, app.default_role, state.now()));
    let held = held_digest::of(&state.services.csrf_key, who.subject, &outline.unwrap_or_default());
    let user = MenuUser { username: who.name.to_string(), full_name: who.full_name.to_string() };
    let is_admin = caller.actor().holds(Right::ChangeUsers, state.now());
    Json(Menu { user, role, role_on_parts, held, is_admin })
}

/// Whether the app is at the host that was asked.
fn is_at(app: &App, client: &Client) -> bool {
    let url = Url::parse(&app.address).ok();
    url.as_ref().and_then(Url::host_str).is_some_and(|host| doorward_domain::HostName::of(host).is(&client.host))
}
