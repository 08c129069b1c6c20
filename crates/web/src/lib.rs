//! The desk: everything under `/_doorward/`, as pages for people and a JSON API for programs.
//!
//! [`router`] is the whole of it. Handlers translate, `doorward-service` decides: whatever a handler checked, the verb checks
//! again. Who may call an endpoint is in its signature (`extract`), and `tests/desk/access.rs` tries every route without that right.
//!
//! Architecture invariant: no database, no proxying, no idea of other crates at this level. The door attaches
//! [`doorward_service::Client`] to each request and leaves the rest to us: who asks, whether the site is set up, how a refusal looks.
//!
//! Where to look next: [`pages`] for what people see, `api` for what programs call, `middleware` for what happens to every answer,
//! `error` for how failures are worded.

mod api;
mod app_state;
mod asset;
mod body;
mod contact;
mod cookie;
mod csrf;
mod error;
mod extract;
mod held_digest;
mod identity;
mod listing;
mod middleware;
mod moment;
mod place;
mod probes;
mod same_origin;
mod setup_gate;
mod view;

pub mod pages;

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use doorward_http::desk_paths::EXPLAIN;
use doorward_service::Services;
use std::sync::Arc;

pub use app_state::DeskConfig;
pub use contact::Contact;
pub use pages::SECURITY_HEADERS;
pub use view::{AccessFields, GrantFields, KeyFields};

/// The longest body any endpoint of the desk reads, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// The longest body that most of them have any use for, in bytes.
const SHORT_BODY: usize = 16 * 1024;

/// The longest body that the endpoint at this path has a use for, in bytes. Anybody may send one, so that most take little; what is asked
/// about may be as long as what an app takes.
pub fn body_limit(path: &str) -> usize {
    if path == EXPLAIN { BODY_LIMIT } else { SHORT_BODY }
}

/// Everything under `/_doorward/`; paths include that prefix. Each request must carry [`doorward_service::Client`] as an extension.
pub fn router(services: Arc<Services>, config: DeskConfig) -> Router {
    let state = app_state::AppState::new(services, config);
    let (described, _) = api::router().split_for_parts();
    let gated = described.merge(pages::router()).layer(from_fn_with_state(state.clone(), setup_gate::check));
    gated
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(state.clone(), same_origin::check))
        .layer(from_fn_with_state(state.clone(), identity::identify))
        .layer(from_fn_with_state(state.clone(), place::check))
        .layer(from_fn_with_state(state.clone(), middleware::finish))
        .with_state(state)
}

/// The probes (`health`, `ready`, `metrics`) alone and without signing in, for an address that only machines can reach.
pub fn probes(services: Arc<Services>, config: DeskConfig) -> Router {
    probes::open().with_state(app_state::AppState::new(services, config))
}

/// The address of the script that is our menu in the tools' pages, for whoever puts it there.
pub fn menu_script() -> String {
    asset::menu()
}

/// The description of the API (`OpenAPI` 3.1).
pub fn openapi() -> serde_json::Value {
    let (_, description) = api::router().split_for_parts();
    serde_json::to_value(description).unwrap_or_default()
}
