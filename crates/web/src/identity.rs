//! Who asks. Found out once for each request, from a bearer token or else the cookie; judged by the extractors in [`crate::caller`].

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use doorward_domain::{Secret, Via};
use doorward_service::{Admitted, Client, Credential};
use http::{HeaderMap, header::AUTHORIZATION};
use std::sync::Arc;

use crate::cookie;
use crate::desk::Desk;
use crate::error::ApiError;

/// What is known of the caller.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// Nothing was presented.
    Nobody,
    /// What was presented opens nothing (any more).
    Stale(Via),
    /// Somebody.
    Known(Admitted),
    /// The store could not be asked: nobody gets in, and whoever needs to know is told so.
    Unknown(Via, Arc<ApiError>),
}

impl Identity {
    /// Whether the caller presented a bearer token, which no browser sends on its own.
    pub fn came_by_bearer(&self) -> bool {
        match self {
            Self::Nobody => false,
            Self::Stale(via) | Self::Unknown(via, _) => *via == Via::Bearer,
            Self::Known(admitted) => admitted.via == Via::Bearer,
        }
    }

    /// Somebody, if it is somebody.
    pub fn known(&self) -> Option<&Admitted> {
        match self {
            Self::Known(admitted) => Some(admitted),
            _ => None,
        }
    }
}

/// Middleware: attaches the [`Identity`] to the request for the extractors, and to the answer for the edge.
pub(crate) async fn identify(
    State(desk): State<Desk>,
    Extension(client): Extension<Client>,
    mut request: Request,
    next: Next,
) -> Response {
    let identity = match presented(request.headers(), &client) {
        Some((credential, via)) => admit(&desk, &credential, via).await,
        None => Identity::Nobody,
    };
    request.extensions_mut().insert(identity.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(identity);
    response
}

/// A bearer token counts before the cookie, also when it is no good: whoever sends one means it.
fn presented(headers: &HeaderMap, client: &Client) -> Option<(Credential, Via)> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer_token);
    match bearer {
        Some(token) => Some((Credential::Bearer(Secret::new(token.to_owned())), Via::Bearer)),
        None => cookie::read(headers, client).map(|token| (Credential::Cookie(token), Via::Cookie)),
    }
}

/// The token of `Bearer <token>`; the scheme is case-insensitive (RFC 9110 section 11.1).
fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn admit(desk: &Desk, credential: &Credential, via: Via) -> Identity {
    let admission = &desk.services.admission;
    if let Some(admitted) = admission.recall(credential) {
        return Identity::Known(admitted);
    }
    match admission.admit(credential).await {
        Ok(Some(admitted)) => Identity::Known(admitted),
        Ok(None) => Identity::Stale(via),
        Err(failure) => Identity::Unknown(via, Arc::new(failure.into())),
    }
}
