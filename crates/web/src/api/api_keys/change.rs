//! `PATCH api-keys/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_domain::{Timestamp, Username};
use doorward_service::Right;
use doorward_service::admin::keys::KeyError;
use doorward_service::ports::KeyChange;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Network, plain};
use crate::app_state::AppState;
use crate::body::{JsonBody, Member};
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::view::KeyView;

/// What to change; what is absent stays. What it may do is changed by `grants`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApiKeyChange)]
pub(crate) struct Input {
    name: Option<String>,
    /// Empty is from everywhere.
    #[schema(value_type = Option<Vec<String>>)]
    allowed_addresses: Option<Vec<Network>>,
    /// Null is never.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Member<Timestamp>,
}

/// Changes a key's name, end or addresses.
#[utoipa::path(patch, path = "/_doorward/api/v1/api-keys/{id}", tag = "api-keys", request_body = Input,
    params(("id" = String, Path, description = "UUID or name")), extensions(("x-required-action" = json!(Right::ChangeKeys.required()))),
    responses((status = 200, description = "Changed", body = KeyView), (status = 409, description = "`conflict`"),
        (status = 429, description = "`throttled`, with `Retry-After`: many changes of one's own keys")))]
pub(crate) async fn key_update(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(input): JsonBody<Input>,
) -> Result<Json<KeyView>, ApiError> {
    let name = input.name.map(|name| name.parse::<Username>()).transpose().map_err(|_| KeyError::BadName)?;
    let found = super::find(&state.services, caller.actor(), &id).await?;
    let allowed_addresses = input.allowed_addresses.map(plain);
    let change = KeyChange { name, allowed_addresses, expires_at: input.expires_at.into_change() };
    Ok(Json(state.services.keys.update(caller.actor(), found.key.id, change).await?.into()))
}
