//! `GET audit`.

use axum::{Json, extract::State};
use doorward_domain::{AppName, AuditOutcome, DecisionId, Timestamp};
use doorward_service::Right;
use doorward_service::audit_log::summary::Row;
use doorward_service::ports::AuditQuery;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::KnownCaller;
use crate::listing::{Listing, Page, PageParams};

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only by this actor.
    actor: Option<String>,
    /// Only with this action word, or naming this operation or one of its family (`launchRun`).
    action: Option<String>,
    /// Only in this app.
    #[param(value_type = Option<String>)]
    app: Option<AppName>,
    /// Only with this outcome: pending, success, failure, denied.
    #[param(value_type = Option<String>)]
    outcome: Option<AuditOutcome>,
    /// Not before.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Only those of this decision.
    #[param(value_type = Option<String>, format = Uuid)]
    decision_id: Option<DecisionId>,
}

/// A page of events, newest first (oldest first with `sort=at`). Whoever manages one app reads what happened there, and says so with `app`.
#[utoipa::path(get, path = "/_doorward/api/v1/audit", tag = "audit", params(PageParams, Filter),
    extensions(("x-required-action" = json!(Right::ReadAudit.required()))),
    responses((status = 200, description = "A page of events", body = Page<Value>)))]
pub(crate) async fn audit_list(
    caller: KnownCaller,
    State(state): State<AppState>,
    Listing { paging, filter }: Listing<Filter>,
) -> Result<Json<Page<Row>>, ApiError> {
    let Filter { actor, action, app, outcome, from, to, decision_id } = filter;
    let query = AuditQuery { actor, action, app, outcome, from, to, decision_id, paging, ..AuditQuery::default() };
    Ok(Json(state.services.audit.list(caller.actor(), &query).await?.map(Row::from).into()))
}
