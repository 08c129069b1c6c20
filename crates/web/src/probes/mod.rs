//! For whoever watches over the process: is it there, is it of use, what has it counted.

pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod ready;

use axum::{Router, routing::get};
use doorward_http::desk_paths::{HEALTH, METRICS, READY};

use crate::app_state::AppState;

/// The probes alone, the metrics open to whoever reaches the address they are served at.
pub(crate) fn open() -> Router<AppState> {
    Router::new()
        .route(HEALTH, get(health::health))
        .route(READY, get(ready::ready))
        .route(METRICS, get(metrics::open_metrics))
}
