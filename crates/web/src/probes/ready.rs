//! `GET /_doorward/ready`: the database answers and takes writes, and all apps answer.

use axum::{Json, extract::State};
use doorward_service::Health;
use http::StatusCode;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::app_state::AppState;

/// Which parts are of use. Only words: why one is not is for the log and the launchpad.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ok` or `unavailable`.
    status: &'static str,
    /// `ok` or `unavailable`.
    database: &'static str,
    /// `up`, `starting` or `down`, by the app's name.
    apps: BTreeMap<String, &'static str>,
}

/// 200 when the database keeps what is written and all apps answer, else 503. Open to everybody.
#[utoipa::path(get, path = "/_doorward/ready", tag = "probes", security(()),
    responses((status = 200, description = "All parts answer", body = Readiness), (status = 503, description = "Some do not", body = Readiness)))]
pub(crate) async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Readiness>) {
    let database = state.services.readiness.of_database().await;
    let apps: BTreeMap<_, _> =
        state.services.apps.all().iter().map(|app| (app.name.to_string(), word(&app.health.load()))).collect();
    let all = database && apps.values().all(|word| *word == "up");
    let (status, word) = if all { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    (status, Json(Readiness { status: word, database: if database { "ok" } else { "unavailable" }, apps }))
}

fn word(health: &Health) -> &'static str {
    match health {
        Health::Up => "up",
        Health::Starting(_) => "starting",
        Health::Silent(_) | Health::Down(_) => "down",
    }
}
