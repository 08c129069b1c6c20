//! `POST access-requests/{id}/approve`.

use axum::{
    Json,
    extract::{Path, State},
};
use doorward_domain::{Pattern, Role, Timestamp};
use doorward_service::Right;
use doorward_service::access::Approving;
use serde::Deserialize;
use utoipa::ToSchema;

use super::id;
use crate::app_state::AppState;
use crate::body::JsonBody;
use crate::error::{ApiError, Code};
use crate::extract::KnownCaller;
use crate::view::AccessView;

/// What is given: what was asked for, unless this says less.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Approval)]
pub(crate) struct Input {
    /// Until then; null or absent is for good.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// A weaker role.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Things of the app, where all of it was asked for.
    resource: Option<String>,
}

/// Approves a request: makes the grant, beside what was given on the same before. Takes effect within a second. Needs `manage` on the app
/// and no less than what is given; nobody approves what they asked for themselves.
#[utoipa::path(post, path = "/_doorward/api/v1/access-requests/{id}/approve", tag = "access-requests", request_body = Input,
    params(("id" = String, Path, description = "UUID")),
    extensions(("x-required-action" = json!(Right::AnswerRequests.required()))),
    responses(
        (status = 200, description = "Approved", body = AccessView),
        (status = 409, description = "`already_answered`, `already_allowed` or `not_grantable`")))]
pub(crate) async fn access_approve(
    caller: KnownCaller,
    State(state): State<AppState>,
    Path(wanted): Path<String>,
    JsonBody(Input { until, role, resource }): JsonBody<Input>,
) -> Result<Json<AccessView>, ApiError> {
    let resource = resource
        .as_deref()
        .map(str::parse::<Pattern>)
        .transpose()
        .map_err(|why| ApiError::with_detail(Code::InvalidInput, why.to_string()).with("field", "resource"))?;
    let approving = Approving { until, role, resource };
    let named = state.services.access.approve(caller.actor(), id(&wanted)?, approving).await?;
    Ok(Json(AccessView::new(named, state.now())))
}
