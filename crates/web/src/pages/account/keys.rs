//! The caller's own API keys on the account page: what each may do, and the button that revokes it. Making them is the command line's and the
//! API's.

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use doorward_domain::{Effect, Grant, KeyId, Lacking, Secret};
use doorward_service::Client;
use doorward_service::access::in_words;
use doorward_service::ports::{KeyQuery, ListedKey, Paging};
use serde::Deserialize;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::extract::SignedInCaller;
use crate::moment::Moment;
use crate::pages::ACCOUNT;
use crate::pages::extract::SignedForm;
use crate::pages::proof::proved;

/// How many are shown: as many as one person may have.
const SHOWN: u32 = 50;

/// A key, as it stands on the page.
pub(super) struct KeyLine {
    pub id: KeyId,
    pub name: String,
    /// In words: "operator on all of Dagster".
    pub holds: String,
    pub made: Moment,
    /// When it was last used, and from where.
    pub used: Option<(Moment, String)>,
    /// "Ends" or "Ended", and when; `None` is never.
    pub end: Option<(&'static str, Moment)>,
}

/// The caller's own, by name.
pub(super) async fn own(state: &AppState, caller: &SignedInCaller) -> Result<Vec<KeyLine>, ApiError> {
    let paging = Paging { limit: SHOWN, ..Paging::default() };
    let query = KeyQuery { owner: Some(caller.user_id()), paging };
    let listed = state.services.keys.list(caller.actor(), &query).await?;
    Ok(listed.items.into_iter().map(|listed| line(state, listed)).collect())
}

fn line(state: &AppState, ListedKey { key, grants, .. }: ListedKey) -> KeyLine {
    let now = state.now();
    let holds: Vec<String> = grants.iter().map(|grant| held(state, grant)).collect();
    KeyLine {
        id: key.id,
        name: key.name.to_string(),
        holds: if holds.is_empty() { "nothing".to_owned() } else { holds.join(", ") },
        made: key.created_at.into(),
        used: key.last_used.map(|(at, from)| (at.into(), from.to_string())),
        end: key.expires_at.map(|end| (if end > now { "Ends" } else { "Ended" }, end.into())),
    }
}

fn held(state: &AppState, grant: &Grant) -> String {
    let title = grant.scope.app().map(|name| match state.services.apps.find(name) {
        Some(app) => app.title.clone(),
        None => name.to_string(),
    });
    match (grant.effect, title) {
        (Effect::Allow(role), Some(title)) => {
            in_words(&title, &Lacking { role, resource: grant.scope.pattern().cloned() })
        }
        (Effect::Allow(role), None) => format!("{role} on everything"),
        (Effect::Deny, title) => {
            let thing = grant.scope.pattern().map_or_else(|| "all".to_owned(), ToString::to_string);
            title.map_or_else(|| "denied everything".to_owned(), |title| format!("denied {thing} of {title}"))
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Revocation {
    #[serde(default)]
    password: Option<Secret>,
}

/// Revokes one of the caller's own, or shows the account page again with what was wrong.
pub(crate) async fn revoke(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    SignedForm { caller, form: Revocation { password } }: SignedForm<Revocation>,
) -> Result<Response, ApiError> {
    let id: KeyId = id.parse().map_err(|_| ApiError::new(Code::NotFound))?;
    let outcome = async {
        let caller = proved(&state, caller.clone(), &client, password).await?;
        let found = state.services.keys.find(caller.actor(), id).await?;
        // Other people's keys are no business of this page, whoever looks at it.
        if found.key.owner != Some(caller.user_id()) {
            return Err(ApiError::new(Code::NotFound));
        }
        Ok(state.services.keys.revoke(caller.actor(), id).await?)
    };
    let Err(error) = outcome.await else {
        return Ok(Redirect::to(&format!("{ACCOUNT}?done=key")).into_response());
    };
    match error.code() {
        Code::StepUpRequired | Code::WrongPassword | Code::Throttled | Code::Busy => {
            super::not_revoked(&state, &caller, id, &error).await
        }
        _ => Err(error),
    }
}
