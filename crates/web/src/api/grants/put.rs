//! `POST grants`: makes a grant, or changes the one with the same subject and scope.

use axum::{Json, extract::State};
use doorward_domain::{AppName, Effect, Pattern, Role, Scope, Timestamp};
use doorward_service::Right;
use doorward_service::admin::grants::NewGrant;
use http::StatusCode;
use serde::Deserialize;
use std::borrow::Cow;
use utoipa::ToSchema;

use super::Named;
use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::{ApiError, Code};
use crate::extract::{Allowed, ChangeGrants};
use crate::view::GrantView;

/// Who is given, or denied, what. One of `user`, `group` and `key`; a `role`, or `deny: true`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGrant)]
pub(crate) struct Input {
    /// A UUID or a username. Also `username`, `subject`.
    #[serde(alias = "username", alias = "subject")]
    user: Option<String>,
    /// A UUID or a name.
    group: Option<String>,
    /// A UUID or a name.
    key: Option<String>,
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Takes everything on what it reaches, whatever gives it.
    #[serde(default)]
    deny: bool,
    /// On this app; null or absent is everything.
    #[schema(value_type = Option<String>)]
    app: Option<AppName>,
    /// On the things of the app that this pattern reaches: `kind:name`, `*` inside a segment, `**` across.
    resource: Option<String>,
    /// Until then; null or absent is for good.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Why, in words.
    #[serde(default)]
    reason: String,
}

/// Makes a grant, or gives the one with the same subject and scope the new role and end.
#[utoipa::path(post, path = "/_doorward/api/v1/grants", tag = "grants", request_body = Input,
    extensions(("x-required-action" = json!(Right::ChangeGrants.required()))),
    responses((status = 201, description = "As it is now", body = GrantView), (status = 409, description = "`last_admin`")))]
pub(crate) async fn grant_put(
    caller: Allowed<ChangeGrants>,
    State(state): State<AppState>,
    JsonBody(input): JsonBody<Input>,
) -> Result<(StatusCode, Json<GrantView>), ApiError> {
    let effect = effect(input.role, input.deny)?;
    let scope = scope(input.app, input.resource.as_deref())?;
    let named = Named { user: input.user, group: input.group, key: input.key };
    let subject = named.find(&state.services, caller.actor()).await?;
    let subject = subject.ok_or_else(|| unusable("user", "name whom it is for: `user`, `group` or `key`"))?;
    let new = NewGrant { subject, effect, scope, until: input.until, reason: input.reason };
    let grant = state.services.grants.put(caller.actor(), new).await?;
    Ok((StatusCode::CREATED, Json(grant.into())))
}

fn effect(role: Option<Role>, deny: bool) -> Result<Effect, ApiError> {
    match (role, deny) {
        (Some(role), false) => Ok(Effect::Allow(role)),
        (None, true) => Ok(Effect::Deny),
        (Some(_), true) => Err(unusable("role", "a grant gives a role or denies, not both")),
        (None, false) => Err(unusable("role", "`role` is missing, or `deny`")),
    }
}

/// What a role is held on, from an app's name and a pattern.
pub(in crate::api) fn scope(app: Option<AppName>, resource: Option<&str>) -> Result<Scope, ApiError> {
    let pattern =
        resource.map(str::parse::<Pattern>).transpose().map_err(|why| unusable("resource", why.to_string()))?;
    match (app, pattern) {
        (None, None) => Ok(Scope::Everything),
        (Some(app), None) => Ok(Scope::App(app)),
        (Some(app), Some(pattern)) => Ok(Scope::Resources(app, pattern)),
        (None, Some(_)) => Err(unusable("app", "`resource` is of an app: name it in `app`")),
    }
}

fn unusable(field: &'static str, why: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::with_detail(Code::InvalidInput, why).with("field", field)
}
