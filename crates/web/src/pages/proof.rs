//! The password, given again in a form of its own page where what it asks for is not to be done without.

use doorward_domain::Secret;
use doorward_service::Client;
use doorward_service::sign_in::login::LoginError;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;

/// The same person, who has given their password again where it was asked for.
pub(super) async fn proved(
    state: &AppState,
    caller: SignedInCaller,
    client: &Client,
    password: Option<Secret>,
) -> Result<SignedInCaller, ApiError> {
    let Some(password) = password.filter(|password| !password.expose().is_empty()) else { return Ok(caller) };
    match state.services.login.step_up(&caller.authenticated, client.ip, &password).await {
        Ok(()) => Ok(caller.proved_at(state.now())),
        Err(LoginError::InvalidCredentials) => {
            Err(ApiError::with_detail(Code::WrongPassword, "That is not your password."))
        }
        Err(failure) => Err(failure.into()),
    }
}
