//! `GET /_doorward/health`: the process serves.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// The process serves.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

/// Always 200 while the process serves. Open to everybody.
#[utoipa::path(get, path = "/_doorward/health", tag = "probes", security(()),
    responses((status = 200, description = "It serves", body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}
