//! The desk: everything under `/_doorward/`, as pages for people and a JSON API for programs.
//!
//! [`router`] is the whole of it. Handlers translate, `doorward-service` decides: whatever a handler checked, the verb checks
//! again. Who may call an endpoint is in its signature (`caller`), and `tests/desk/access.rs` tries every route without that right.
//!
//! Architecture invariant: no database, no proxying, no idea of other crates at this level. The door attaches
//! [`doorward_service::Client`] to each request and leaves the rest to us: who asks, whether the site is set up, how a refusal looks.
//!
//! Where to look next: [`pages`] for what people see, `api` for what programs call, `edge` for what happens to every answer,
//! `error` for how failures are worded.

mod api;
mod asset;
mod body;
mod caller;
mod contact;
mod cookie;
mod csrf;
mod desk;
mod edge;
mod error;
mod identity;
mod listing;
mod moment;
mod origin;
mod place;
mod probes;
mod setup_gate;
mod view;

pub mod pages;

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use doorward_service::Services;
use std::sync::Arc;

pub use contact::Contact;
pub use desk::DeskConfig;
pub use pages::SECURITY_HEADERS;

/// The longest body any endpoint of the desk reads, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Everything under `/_doorward/`; paths include that prefix. Each request must carry [`doorward_service::Client`] as an extension.
pub fn router(services: Arc<Services>, config: DeskConfig) -> Router {
    let desk = desk::Desk::new(services, config);
    let (described, _) = api::router().split_for_parts();
    let gated = described.merge(pages::router()).layer(from_fn_with_state(desk.clone(), setup_gate::check));
    gated
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(desk.clone(), origin::check))
        .layer(from_fn_with_state(desk.clone(), identity::identify))
        .layer(from_fn_with_state(desk.clone(), place::check))
        .layer(from_fn_with_state(desk.clone(), edge::finish))
        .with_state(desk)
}

/// The probes (`health`, `ready`, `metrics`) alone and without signing in, for an address that only machines can reach.
pub fn probes(services: Arc<Services>, config: DeskConfig) -> Router {
    probes::open().with_state(desk::Desk::new(services, config))
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
