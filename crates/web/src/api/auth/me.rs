//! `GET auth/me`: who the caller is and what they hold.

use axum::{Json, extract::State};
use doorward_domain::Role;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::csrf;
use crate::error::ApiError;
use crate::extract::SignedInCaller;
use crate::view::{SessionView, UserView};

/// The caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    user: UserView,
    /// The role held on each app, by the app's name; null is none.
    #[schema(value_type = BTreeMap<String, Option<String>>)]
    roles: BTreeMap<String, Option<Role>>,
    session: SessionView,
    /// For `X-CSRF-Token` on writes with the cookie.
    csrf_token: String,
}

/// Who the caller is.
#[utoipa::path(get, path = "/_doorward/api/v1/auth/me", tag = "auth",
    extensions(("x-required-action" = json!("signed-in"))),
    responses((status = 200, description = "The caller", body = Me)))]
pub(crate) async fn auth_me(caller: SignedInCaller, State(state): State<AppState>) -> Result<Json<Me>, ApiError> {
    let who = &caller.admitted.who;
    let now = state.now();
    let apps = state.services.apps.all();
    let roles = apps.iter().map(|app| (app.name.to_string(), who.role_on(&app.name, app.default_role, now))).collect();
    let user = state.services.users.own(who).await?;
    Ok(Json(Me {
        user: UserView::from(&user),
        roles,
        session: SessionView::new(who.session(), who.name.as_str(), who.session_id()),
        csrf_token: csrf::token(&state.services.csrf_key, who.session_id()),
    }))
}
