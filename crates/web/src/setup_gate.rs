//! Until there is an administrator, there is only the setup.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::{asset, paths};

/// What works without an administrator: the setup itself, what its page is drawn with, and what says that it is needed.
const OPEN: [&str; 6] = [
    paths::SETUP,
    "/_doorward/api/v1/auth/setup",
    paths::STATUS,
    "/_doorward/api/v1/openapi.json",
    "/_doorward/health",
    "/_doorward/ready",
];

/// Middleware: everything else leads people to the setup page and tells programs that it is required.
pub(crate) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Result<Response, ApiError> {
    let path = request.uri().path();
    if OPEN.contains(&path) || path.starts_with(asset::PREFIX) || !state.services.setup.is_required().await? {
        return Ok(next.run(request).await);
    }
    if path.starts_with("/_doorward/api/") || path == "/_doorward/metrics" {
        return Err(ApiError::new(Code::SetupRequired));
    }
    Ok(Redirect::to(paths::SETUP).into_response())
}
