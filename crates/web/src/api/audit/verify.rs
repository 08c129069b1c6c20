//! `GET audit/verify`.

use axum::{Json, extract::State};
use doorward_service::Right;
use doorward_service::ports::ChainFault;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, CheckAudit};

/// Whether the log is as it was written.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditVerification)]
pub(crate) struct Verification {
    /// Whether nothing was changed, removed or reordered.
    intact: bool,
    /// How many entries were followed.
    entries: u64,
    /// Up to which number entries were removed, as announced, because they were kept long enough; 0 for none.
    removed_through: i64,
    /// Where it does not hold: `{seq, what}`.
    #[schema(value_type = Vec<Object>)]
    faults: Vec<ChainFault>,
}

/// Follows the chain from the first entry to the last.
#[utoipa::path(get, path = "/_doorward/api/v1/audit/verify", tag = "audit",
    extensions(("x-required-action" = json!(Right::CheckAudit.required()))),
    responses((status = 200, description = "What was found", body = Verification)))]
pub(crate) async fn audit_verify(
    caller: Allowed<CheckAudit>,
    State(state): State<AppState>,
) -> Result<Json<Verification>, ApiError> {
    let (faults, entries) = state.services.audit.verify(caller.actor()).await?;
    let removed_through = state.services.audit.start_of_chain(caller.actor()).await?.seq;
    Ok(Json(Verification { intact: faults.is_empty(), entries, removed_through, faults }))
}
