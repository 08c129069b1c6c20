//! The form on the page of a refusal that asks for access.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use doorward_domain::DecisionId;
use doorward_http::desk_paths;
use doorward_service::access::Asking;
use serde::Deserialize;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::pages::extract::SignedForm;

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    reason: String,
}

/// Asks, and shows what came of it; or the page again with what was wrong.
pub(crate) async fn send(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { caller, form: Typed { reason } }: SignedForm<Typed>,
) -> Result<Response, ApiError> {
    let id: DecisionId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    let asking = Asking { app: None, decision: id, reason: reason.clone() };
    let Err(failure) = state.services.access.ask(caller.actor(), asking).await else {
        return Ok(Redirect::to(&desk_paths::denied(id)).into_response());
    };
    let error = ApiError::from(failure);
    match error.code() {
        Code::InvalidInput | Code::TooManyOpen | Code::NotGrantable | Code::AlreadyAllowed => {
            super::with_problems(&state, &caller, id, reason, &error).await
        }
        _ => Err(error),
    }
}
