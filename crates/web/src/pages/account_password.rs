//! The form on the account page that changes the caller's own password.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use doorward_domain::Secret;
use serde::Deserialize;

use super::caller::SignedForm;
use super::{ACCOUNT, Problems, account};
use crate::app_state::AppState;
use crate::error::{ApiError, Code};

#[derive(Deserialize)]
pub(crate) struct Typed {
    current: Secret,
    password: Secret,
    again: Secret,
}

/// Changes it, or shows the account page again with what was wrong.
pub(crate) async fn send(
    State(state): State<AppState>,
    SignedForm { caller, form }: SignedForm<Typed>,
) -> Result<Response, ApiError> {
    let Typed { current, password, again } = form;
    if password.expose() != again.expose() {
        let problems = Problems::one(Some("again"), "The two new passwords are not the same.");
        return account::with_problems(&state, &caller, Code::InvalidInput.status(), problems).await;
    }
    let ip = caller.actor().client_ip();
    let Err(failure) = state.services.users.change_own_password(&caller.admitted, ip, current, password).await else {
        return Ok(Redirect::to(&format!("{ACCOUNT}?done=password")).into_response());
    };
    let error = ApiError::from(failure);
    let problems = match error.code() {
        Code::WrongPassword => Problems::one(Some("current"), error.detail()),
        Code::InvalidInput | Code::Throttled => Problems::told_by(&error, &["password"]),
        _ => return Err(error),
    };
    account::with_problems(&state, &caller, error.code().status(), problems).await
}
