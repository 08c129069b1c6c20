//! `GET /_doorward/metrics`: what was counted (`OpenMetrics` 1.0).

use axum::extract::State;
use axum::response::IntoResponse;
use doorward_service::ports::{Paging, SessionQuery};
use doorward_service::{Actor, Health};
use http::header::CONTENT_TYPE;
use std::fmt::Write;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, ReadMetrics};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What was counted since the start.
#[utoipa::path(get, path = "/_doorward/metrics", tag = "probes", extensions(("x-required-action" = json!("manage"))),
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text")))]
pub(crate) async fn metrics(
    _: Allowed<ReadMetrics>,
    State(state): State<AppState>,
) -> Result<impl IntoResponse, ApiError> {
    told(&state).await
}

/// The same for an address of its own, which only those who may read it can reach.
pub(crate) async fn open_metrics(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    told(&state).await
}

async fn told(state: &AppState) -> Result<impl IntoResponse + use<>, ApiError> {
    let one = SessionQuery { paging: Paging { limit: 1, ..Paging::default() }, ..SessionQuery::default() };
    let sessions = state.services.sessions.list(&Actor::System, &one).await?.total;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], render(state, sessions)))
}

fn render(state: &AppState, sessions: u64) -> String {
    let counters = &state.services.counters;
    let counted = [
        ("doorward_requests_passed", "Requests forwarded to an app.", counters.passed.total()),
        ("doorward_requests_sign_in", "Requests that had to sign in first.", counters.sign_in.total()),
        ("doorward_requests_denied", "Requests refused to a signed-in caller.", counters.denied.total()),
        ("doorward_requests_misread", "Requests that could not be understood.", counters.misread.total()),
        ("doorward_upstream_failures", "Requests the app did not answer.", counters.upstream_failed.total()),
        (
            "doorward_session_lookups",
            "Questions to the database about who a credential belongs to.",
            counters.look_ups.total(),
        ),
        (
            "doorward_session_lookups_refused",
            "Requests refused because their network sent too many credentials that open nothing.",
            counters.look_ups_refused.total(),
        ),
        ("doorward_sign_ins", "Good sign-ins.", counters.signed_in.total()),
        (
            "doorward_passwords_refused",
            "Passwords not checked (503), because too many others waited.",
            counters.passwords_refused.total(),
        ),
        ("doorward_sign_in_failures", "Bad sign-ins.", counters.sign_in_failed.total()),
        (
            "doorward_revocations",
            "Sockets and streams closed because the right behind them ended.",
            counters.revoked.total(),
        ),
    ];
    let mut text = String::new();
    for (name, help, total) in counted {
        let _ = writeln!(text, "# TYPE {name} counter\n# HELP {name} {help}\n{name}_total {total}");
    }
    let _ = writeln!(
        text,
        "# TYPE doorward_sessions gauge\n# HELP doorward_sessions Sessions not yet expired.\ndoorward_sessions {sessions}"
    );
    let _ = writeln!(text, "# TYPE doorward_app_up gauge\n# HELP doorward_app_up Whether the app answers.");
    for app in state.services.apps.all().iter() {
        let up = u8::from(matches!(**app.health.load(), Health::Up));
        let _ = writeln!(text, "doorward_app_up{{app=\"{}\"}} {up}", app.name);
    }
    let _ = writeln!(
        text,
        "# TYPE doorward_build info\n# HELP doorward_build The program.\ndoorward_build_info{{version=\"{}\"}} 1\n# EOF",
        env!("CARGO_PKG_VERSION")
    );
    text
}
