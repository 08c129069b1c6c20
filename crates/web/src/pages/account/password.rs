//! The form on the account page that changes the caller's own password.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use doorward_domain::Secret;
use doorward_service::admin::users::mistake_in_new;
use serde::Deserialize;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;
use crate::pages::extract::SignedForm;
use crate::pages::{ACCOUNT, Problems, with_wait};

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
    let ip = caller.actor().client_ip();
    let of_new = mistakes_in_new(&caller, Some(&current), &password, &again);
    // Of one that is not the current one nothing is said that speaks of the current one.
    let of_new_alone = mistakes_in_new(&caller, None, &password, &again);
    let users = &state.services.users;
    let outcome = match &of_new {
        Some(_) => users.check_own_password(&caller.authenticated, ip, current).await,
        None => users.change_own_password(&caller.authenticated, ip, current, password).await,
    };
    let (status, wait, problems) = match (outcome.map_err(ApiError::from), of_new) {
        (Ok(()), None) => return Ok(Redirect::to(&format!("{ACCOUNT}?done=password")).into_response()),
        (Ok(()), Some(of_new)) => (Code::InvalidInput.status(), None, of_new),
        (Err(error), of_new) => {
            let of_new = if error.code() == Code::WrongPassword { of_new_alone } else { of_new };
            let (status, wait) = (error.code().status(), error.problem().wait());
            (status, wait, problems_of(error)?.with(of_new.unwrap_or_default()))
        }
    };
    Ok(with_wait(super::with_problems(&state, &caller, status, problems).await?, wait))
}

/// What is wrong with the new password and its repetition, if anything is.
fn mistakes_in_new(
    caller: &SignedInCaller,
    current: Option<&Secret>,
    new: &Secret,
    again: &Secret,
) -> Option<Problems> {
    let unsuited = mistake_in_new(new, current, &caller.authenticated.who.name).map(ApiError::from);
    let problems = unsuited.map(|error| Problems::told_by(&error, &["password"])).unwrap_or_default();
    let differ = new.expose() != again.expose();
    let problems = if differ { problems.and("again", "The two new passwords are not the same.") } else { problems };
    (!problems.is_empty()).then_some(problems)
}

fn problems_of(error: ApiError) -> Result<Problems, ApiError> {
    match error.code() {
        Code::WrongPassword => Ok(Problems::one(Some("current"), error.detail())),
        Code::InvalidInput | Code::Throttled => Ok(Problems::told_by(&error, &["password"])),
        _ => Err(error),
    }
}
