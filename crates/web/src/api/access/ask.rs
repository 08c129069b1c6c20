//! `POST access-requests`.

use axum::{Json, extract::State};
use doorward_domain::{AppName, DecisionId, app::InvalidAppName, ids::InvalidId};
use doorward_service::Right;
use doorward_service::access::Asking;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;
use crate::view::AccessView;

/// What was refused, and why it is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccessRequest)]
pub(crate) struct Input {
    /// The app that refused.
    app: String,
    /// The decision that refused, as `Doorward-Decision` names it; of the last 7 days.
    #[schema(format = Uuid)]
    decision_id: String,
    /// Why, in words; at most 1000 characters.
    #[serde(default)]
    reason: String,
}

/// Asks for what was refused: the smallest grant that would have done. Asking for the same again gives the request there is.
#[utoipa::path(post, path = "/_doorward/api/v1/access-requests", tag = "access-requests", request_body = Input,
    extensions(("x-required-action" = json!(Right::AskForAccess.required()))),
    responses(
        (status = 201, description = "Asked", body = AccessView),
        (status = 200, description = "Asked before, and not answered yet", body = AccessView),
        (status = 404, description = "No such refusal of one's own on that app, or too long ago"),
        (status = 409, description = "`not_grantable`, `already_allowed` or `too_many_open`")))]
pub(crate) async fn access_ask(
    caller: SignedInCaller,
    State(state): State<AppState>,
    JsonBody(Input { app, decision_id, reason }): JsonBody<Input>,
) -> Result<(StatusCode, Json<AccessView>), ApiError> {
    let app: AppName = app.parse().map_err(|why: InvalidAppName| unusable(why.to_string(), "app"))?;
    let decision: DecisionId =
        decision_id.parse().map_err(|why: InvalidId| unusable(why.to_string(), "decision_id"))?;
    let asking = Asking { app: Some(app), decision, reason };
    let (named, is_new) = state.services.access.ask(caller.actor(), asking).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(AccessView::new(named, state.now()))))
}

fn unusable(why: String, field: &'static str) -> ApiError {
    ApiError::with_detail(Code::InvalidInput, why).with("field", field)
}
