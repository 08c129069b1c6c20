//! Until there is an administrator, there is only the setup.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use doorward_http::desk_paths::{self, is_api};

use crate::app_state::AppState;
use crate::error::{ApiError, Code};

/// What works without an administrator: the setup itself, what its page is drawn with, and what says that it is needed.
const OPEN: [&str; 6] = [
    desk_paths::SETUP,
    desk_paths::API_SETUP,
    desk_paths::STATUS,
    desk_paths::OPENAPI,
    desk_paths::HEALTH,
    desk_paths::READY,
];

/// Middleware: everything else leads people to the setup page and tells programs that it is required.
pub(crate) async fn check(State(state): State<AppState>, request: Request, next: Next) -> Result<Response, ApiError> {
    let path = request.uri().path();
    if OPEN.contains(&path) || path.starts_with(desk_paths::ASSETS) || !state.services.setup.is_required().await? {
        return Ok(next.run(request).await);
    }
    if is_api(path) || path == desk_paths::METRICS {
        return Err(ApiError::new(Code::SetupRequired));
    }
    Ok(Redirect::to(desk_paths::SETUP).into_response())
}
