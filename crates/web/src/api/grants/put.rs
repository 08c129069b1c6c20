//! `POST grants`: makes a grant, or changes the one with the same user and scope.

use axum::{Json, extract::State};
use doorward_domain::{AppName, Role, Scope, Subject, Timestamp};
use doorward_service::grants::{GrantError, NewGrant};
use doorward_service::users::UserError;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::users;
use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::{ApiError, Code};
use crate::extract::{Allowed, ManageGrants};
use crate::view::GrantView;

/// Who is given what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGrant)]
pub(crate) struct Input {
    /// A UUID or a username. Also `username`, `subject`.
    #[serde(alias = "username", alias = "subject")]
    user: String,
    #[schema(value_type = String)]
    role: Role,
    /// On this app; null or absent is everything.
    #[schema(value_type = Option<String>)]
    app: Option<AppName>,
    /// Until then; null or absent is for good.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// Makes a grant, or gives the one with the same user and scope the new role and end.
#[utoipa::path(post, path = "/_doorward/api/v1/grants", tag = "grants", request_body = Input,
    extensions(("x-required-action" = json!("admin"))),
    responses((status = 201, description = "As it is now", body = GrantView)))]
pub(crate) async fn grant_put(
    caller: Allowed<ManageGrants>,
    State(state): State<AppState>,
    JsonBody(input): JsonBody<Input>,
) -> Result<(StatusCode, Json<GrantView>), ApiError> {
    let user = users::find(&state.services, caller.actor(), &input.user).await.map_err(|failure| match failure {
        UserError::NotFound => GrantError::UnknownSubject.into(),
        other => ApiError::from(other),
    })?;
    let scope = input.app.map_or(Scope::Everything, Scope::App);
    let new = NewGrant { subject: Subject::User(user.id), role: input.role, scope, until: input.until };
    let grant = state.services.grants.put(caller.actor(), new).await?;
    let view =
        super::view(&state.services, caller.actor(), &grant).await?.ok_or_else(|| ApiError::new(Code::NotFound))?;
    Ok((StatusCode::CREATED, Json(view)))
}
