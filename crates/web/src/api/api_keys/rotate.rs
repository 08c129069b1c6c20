//! `POST api-keys/{id}/rotate`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_domain::span;
use doorward_service::Right;
use serde::Deserialize;
use std::time::Duration;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::{ApiError, Code};
use crate::extract::KnownCaller;
use crate::view::MadeKeyView;

/// How to rotate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rotation)]
pub(crate) struct Input {
    /// For how long the secret before stays good: `30s`, `15m`, `24h`, `7d`; absent is not at all.
    overlap: Option<String>,
}

/// Gives a key another secret; its text is in this answer and nowhere else.
#[utoipa::path(post, path = "/_doorward/api/v1/api-keys/{id}/rotate", tag = "api-keys", request_body = Input,
    params(("id" = String, Path, description = "UUID or name")), extensions(("x-required-action" = json!(Right::ChangeKeys.required()))),
    responses((status = 200, description = "With its new text", body = MadeKeyView),
        (status = 429, description = "`throttled`, with `Retry-After`: many changes of one's own keys")))]
pub(crate) async fn key_rotate(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(input): JsonBody<Input>,
) -> Result<Json<MadeKeyView>, ApiError> {
    let overlap = input.overlap.as_deref().map_or(Ok(Duration::ZERO), |text| span::duration(text, 0));
    let overlap = overlap.map_err(|why| ApiError::with_detail(Code::InvalidInput, why).with("field", "overlap"))?;
    let found = super::find(&state.services, caller.actor(), &id).await?;
    Ok(Json(state.services.keys.rotate(caller.actor(), found.key.id, overlap).await?.into()))
}
