//! The buttons on the account page that end the caller's own sessions.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use doorward_domain::SessionId;
use serde::Deserialize;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::pages::ACCOUNT;
use crate::pages::extract::SignedForm;

#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

/// Ends one.
pub(crate) async fn end(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { caller, form: Nothing {} }: SignedForm<Nothing>,
) -> Result<Response, ApiError> {
    let id: SessionId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    state.services.sessions.end(caller.actor(), id).await?;
    Ok(Redirect::to(&format!("{ACCOUNT}?done=session")).into_response())
}

/// Ends all but the one the caller came with.
pub(crate) async fn end_others(
    State(state): State<AppState>,
    SignedForm { caller, form: Nothing {} }: SignedForm<Nothing>,
) -> Result<Response, ApiError> {
    state.services.sessions.end_all_of(caller.actor(), caller.user_id(), Some(caller.session_id())).await?;
    Ok(Redirect::to(&format!("{ACCOUNT}?done=others")).into_response())
}
