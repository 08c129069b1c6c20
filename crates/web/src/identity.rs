//! Who asks. Found out once for each request, from a bearer token or else the cookie; judged by the extractors in [`crate::extract`].

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use doorward_domain::Via;
use doorward_http::desk_paths::{MENU, STATUS};
use doorward_http::{Presented, presented, presented_at_app};
use doorward_service::{Authenticated, Client, Credential};
use std::net::IpAddr;
use std::sync::Arc;

use crate::app_state::AppState;
use crate::cookie;
use crate::error::ApiError;

/// What is known of the caller.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// Nothing was presented.
    Nobody,
    /// What was presented opens nothing (any more).
    Stale(Via),
    /// Somebody.
    Known(Authenticated),
    /// The store could not be asked: nobody gets in, and whoever needs to know is told so.
    Unknown(Via, Arc<ApiError>),
}

impl Identity {
    /// Whether the caller presented a bearer token, which no browser sends on its own.
    pub fn came_by_bearer(&self) -> bool {
        match self {
            Self::Nobody => false,
            Self::Stale(via) | Self::Unknown(via, _) => *via == Via::Bearer,
            Self::Known(authenticated) => authenticated.via == Via::Bearer,
        }
    }

    /// Somebody, if it is somebody.
    pub fn known(&self) -> Option<&Authenticated> {
        match self {
            Self::Known(authenticated) => Some(authenticated),
            _ => None,
        }
    }
}

/// Middleware: attaches the [`Identity`] to the request for the extractors, and to the answer for `middleware`.
pub(crate) async fn identify(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    mut request: Request,
    next: Next,
) -> Response {
    // A page that is merely open asks again and again: that is nobody's use of the session.
    let counts = ![STATUS, MENU].contains(&request.uri().path());
    let name = cookie::name(&client);
    let read = if state.is_at(&client) {
        presented(request.headers(), name)
    } else {
        presented_at_app(request.headers(), name, &client.host)
    };
    let identity = match read {
        Ok(Presented { credential: Some(credential), .. }) => {
            authenticate(&state, &credential, client.ip, counts).await
        }
        // Here is no tool whose token it could be.
        Ok(Presented { has_foreign_bearer: true, .. }) => Identity::Stale(Via::Bearer),
        Ok(_) => Identity::Nobody,
        Err(misread) => return ApiError::new(misread.code()).into_response(),
    };
    request.extensions_mut().insert(identity.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(identity);
    response
}

async fn authenticate(state: &AppState, credential: &Credential, from: IpAddr, counts: bool) -> Identity {
    let via = credential.via();
    let authentication = &state.services.authentication;
    let known = if counts { authentication.cached(credential, from) } else { authentication.peek(credential, from) };
    if let Some(authenticated) = known {
        return Identity::Known(authenticated);
    }
    let looked_up = if counts {
        authentication.authenticate(credential, from).await
    } else {
        authentication.inspect(credential, from).await
    };
    match looked_up {
        Ok(Some(authenticated)) => Identity::Known(authenticated),
        Ok(None) => Identity::Stale(via),
        Err(failure) => Identity::Unknown(via, Arc::new(failure.into())),
    }
}
