//! Requests for access. Everybody sees and makes their own; who manages an app sees and answers those for it, `admin` all.

mod approve;
mod ask;
mod decline;
mod list;
mod show;

use doorward_domain::AccessRequestId;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app_state::AppState;
use crate::error::{ApiError, Code};

/// All of `access-requests`.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::access_list))
        .routes(routes!(ask::access_ask))
        .routes(routes!(show::access_show))
        .routes(routes!(approve::access_approve))
        .routes(routes!(decline::access_decline))
}

fn id(text: &str) -> Result<AccessRequestId, ApiError> {
    text.parse().map_err(|_| ApiError::new(Code::NotFound))
}
