//! `GET auth/status`: what a sign-in page needs to know before anybody is signed in, and an open page to notice when nobody is any more.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::Visitor;

/// How one may sign in here.
#[derive(Serialize, ToSchema)]
pub(crate) struct Status {
    /// Whether there is no administrator yet.
    setup_required: bool,
    /// `password`, …
    methods: Vec<&'static str>,
    /// Identity providers.
    providers: Vec<Provider>,
    version: &'static str,
    /// Whether the caller is signed in. To ask does not count as using the session.
    signed_in: bool,
}

/// An identity provider one may sign in with.
#[derive(Serialize, ToSchema)]
pub(crate) struct Provider {
    id: String,
    label: String,
    kind: String,
}

/// How one may sign in here. Open to everybody.
#[utoipa::path(get, path = "/_doorward/api/v1/auth/status", tag = "auth", security(()),
    responses((status = 200, description = "How one may sign in", body = Status)))]
pub(crate) async fn auth_status(
    Visitor(visitor): Visitor,
    State(state): State<AppState>,
) -> Result<Json<Status>, ApiError> {
    let setup_required = state.services.setup.is_required().await?;
    Ok(Json(Status {
        setup_required,
        methods: vec!["password"],
        providers: Vec::new(),
        version: env!("CARGO_PKG_VERSION"),
        signed_in: visitor.is_some(),
    }))
}
