//! What programs call: `/_doorward/api/v1` and the probes. One endpoint a file; folders mirror paths.
//!
//! Every route is registered with its description, so the description is complete, and `tests/desk/access.rs` walks it: an endpoint
//! says in `x-required-action` whom it is for, or is open and stands in that test's short list.

mod access;
mod api_keys;
mod audit;
mod auth;
mod decisions;
mod description;
mod grants;
mod groups;
mod sessions;
mod users;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app_state::AppState;
use crate::probes;

/// All of it, with its description.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(description::frame())
        .routes(routes!(auth::status::auth_status))
        .routes(routes!(auth::setup::auth_setup))
        .routes(routes!(auth::login::auth_login))
        .routes(routes!(auth::logout::auth_logout))
        .routes(routes!(auth::me::auth_me))
        .routes(routes!(auth::menu::auth_menu))
        .routes(routes!(auth::step_up::auth_step_up))
        .routes(routes!(auth::change_password::auth_change_password))
        .merge(users::router())
        .merge(groups::router())
        .merge(api_keys::router())
        .merge(access::router())
        .routes(routes!(sessions::list::sessions_list))
        .routes(routes!(sessions::end::session_end))
        .routes(routes!(grants::list::grants_list))
        .routes(routes!(grants::put::grant_put))
        .routes(routes!(grants::show::grant_show))
        .routes(routes!(grants::remove::grant_remove))
        .routes(routes!(audit::list::audit_list))
        .routes(routes!(audit::verify::audit_verify))
        .routes(routes!(audit::show::audit_show))
        .routes(routes!(decisions::explain::decision_explain))
        .routes(routes!(description::openapi_json))
        .routes(routes!(probes::health::health))
        .routes(routes!(probes::ready::ready))
        .routes(routes!(probes::metrics::metrics))
}
