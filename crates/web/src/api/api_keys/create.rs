//! `POST api-keys`.

use axum::{
    Json,
    extract::State,
    response::{AppendHeaders, IntoResponse},
};
use doorward_domain::{AppName, Role, Timestamp};
use doorward_http::desk_paths::API_KEYS;
use doorward_service::Right;
use doorward_service::admin::keys::{KeyError, NewKey};
use doorward_service::admin::users::UserError;
use http::{StatusCode, header::LOCATION};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Network, plain};
use crate::api::{grants, users};
use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::view::MadeKeyView;

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub(crate) struct Input {
    name: String,
    #[schema(value_type = String)]
    role: Role,
    /// On this app; null or absent is everything.
    #[schema(value_type = Option<String>)]
    app: Option<AppName>,
    /// On the things of the app that this pattern reaches.
    resource: Option<String>,
    /// A UUID, a username or `me`: the key never exceeds this person. Null or absent is a program's own key, which needs `admin`.
    owner: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// From where it may be used, as `10.0.0.0/8` or `192.0.2.7`; empty or absent is from everywhere.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    allowed_addresses: Vec<Network>,
}

/// Makes an API key; its text is in this answer and nowhere else.
#[utoipa::path(post, path = "/_doorward/api/v1/api-keys", tag = "api-keys", request_body = Input,
    extensions(("x-required-action" = json!(Right::ChangeKeys.required()))),
    responses((status = 201, description = "Made", body = MadeKeyView), (status = 409, description = "`conflict` or `too_many_keys`"),
        (status = 429, description = "`throttled`, with `Retry-After`: many changes of one's own keys")))]
pub(crate) async fn key_create(
    caller: KnownCaller,
    State(state): State<AppState>,
    JsonBody(input): JsonBody<Input>,
) -> Result<impl IntoResponse, ApiError> {
    let owner = match input.owner {
        Some(named) => {
            let found = users::find_id(&state.services, &caller, &named).await;
            Some(found.map_err(|why| match why {
                UserError::NotFound => KeyError::UnknownOwner.into(),
                other => ApiError::from(other),
            })?)
        }
        None => None,
    };
    let new = NewKey {
        name: input.name,
        role: input.role,
        scope: grants::put::scope(input.app, input.resource.as_deref())?,
        owner,
        expires_at: input.expires_at,
        allowed_addresses: plain(input.allowed_addresses),
    };
    let made = state.services.keys.create(caller.actor(), new).await?;
    let location = format!("{API_KEYS}/{}", made.1.key.id);
    Ok((StatusCode::CREATED, AppendHeaders([(LOCATION, location)]), Json(MadeKeyView::from(made))))
}
