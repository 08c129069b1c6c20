//! `PATCH users/{id}`, and `PUT`, which means the same.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_domain::{Email, Role};
use doorward_service::{Right, admin::users::InvalidUser, ports::UserChange};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::{JsonBody, Member};
use crate::error::ApiError;
use crate::extract::{Allowed, ChangeUsers};
use crate::view::UserView;

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
pub(crate) struct Input {
    /// The role on everything; null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    role: Member<Role>,
    /// Null removes it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    email: Member<String>,
    /// Also `fullName`.
    #[serde(alias = "fullName")]
    full_name: Option<String>,
    /// Also `isDisabled`. Disabling ends all the user's sessions.
    #[serde(alias = "isDisabled")]
    is_disabled: Option<bool>,
}

impl Input {
    fn into_change(self) -> Result<UserChange, InvalidUser> {
        let email = self.email.try_map(|text| text.parse::<Email>())?.into_change();
        Ok(UserChange {
            role: self.role.into_change(),
            email,
            full_name: self.full_name,
            is_disabled: self.is_disabled,
        })
    }
}

/// Changes a user. The last administrator can be neither demoted nor disabled.
#[utoipa::path(patch, path = "/_doorward/api/v1/users/{id}", tag = "users", request_body = Input,
    params(("id" = String, Path, description = "UUID or username")), extensions(("x-required-action" = json!(Right::ChangeUsers.required()))),
    responses((status = 200, description = "Changed", body = UserView), (status = 409, description = "`last_admin` or `conflict`")))]
pub(crate) async fn user_update(
    caller: Allowed<ChangeUsers>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(input): JsonBody<Input>,
) -> Result<Json<UserView>, ApiError> {
    let change = input.into_change()?;
    let user = super::find(&state.services, caller.actor(), &id).await?;
    let changed = state.services.users.update(caller.actor(), user.id, change).await?;
    Ok(Json(UserView::from(&changed)))
}

/// The same as `PATCH`: what is absent stays.
#[utoipa::path(put, path = "/_doorward/api/v1/users/{id}", tag = "users", request_body = Input,
    params(("id" = String, Path, description = "UUID or username")), extensions(("x-required-action" = json!(Right::ChangeUsers.required()))),
    responses((status = 200, description = "Changed", body = UserView), (status = 409, description = "`last_admin` or `conflict`")))]
pub(crate) async fn user_put(
    caller: Allowed<ChangeUsers>,
    state: State<AppState>,
    id: Path<String>,
    input: JsonBody<Input>,
) -> Result<Json<UserView>, ApiError> {
    user_update(caller, state, id, input).await
}
