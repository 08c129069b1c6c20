//! Where a request stands when the desk has a host of its own: there, or at an app's host, where scripts of a tool run.
//!
//! At an app's host only what must be there is answered: probes, what the menu and the door's pages are drawn with, what the menu asks,
//! and the two ends of the hand-over (`pages::sign_in::enter`). Whoever navigates to anything else is led to the desk; for programs it is not
//! here. Decided once, before anything of the request is read, by a list of what is allowed: a new page or endpoint is at the desk only.

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use doorward_domain::HostName;
use doorward_http::awaits_page;
use doorward_http::desk_paths::{ASSETS, ENTER, HEALTH, LOGIN, MENU, READY, STATUS};
use doorward_service::Client;
use http::Method;
use url::Url;

use crate::app_state::{AppState, own_address};
use crate::error::{ApiError, Code};

/// What is answered at an app's host.
const AT_APPS: [&str; 6] = [LOGIN, ENTER, MENU, STATUS, HEALTH, READY];

/// Middleware: keeps the desk to its host.
pub(crate) async fn check(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let (path, is_safe) = (request.uri().path(), matches!(*request.method(), Method::GET | Method::HEAD));
    if state.is_at(&client) || (is_safe && (AT_APPS.contains(&path) || path.starts_with(ASSETS))) {
        return Ok(next.run(request).await);
    }
    let Some(address) = state.address(&client) else { return Err(ApiError::new(Code::NotHere)) };
    if is_safe && awaits_page(request.method(), path, request.headers()) {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let there = format!("{}{path}{query}", address.as_str().trim_end_matches('/'));
        return Ok(Redirect::to(&there).into_response());
    }
    Err(ApiError::new(Code::NotHere).with("desk", address.as_str().trim_end_matches('/')))
}

impl AppState {
    /// Whether the desk is at the host that was asked: at every host, unless it has one of its own.
    pub fn is_at(&self, client: &Client) -> bool {
        self.config.desk_host.as_ref().is_none_or(|host| host.is(&client.host))
    }

    /// The desk's address as this browser can use it.
    pub fn address(&self, client: &Client) -> Option<Url> {
        match &self.config.desk_host {
            Some(host) => self.address_of(host, client),
            None => own_address(client),
        }
    }

    /// The address of a host of ours as this browser can use it. All our hosts are at one scheme and port: the configured address's,
    /// else those that the browser came by.
    pub fn address_of(&self, host: &HostName, client: &Client) -> Option<Url> {
        let mut url = self.config.public_url.clone().or_else(|| own_address(client))?;
        url.set_host(Some(&host.in_url())).ok()?;
        url.set_path("/");
        Some(url)
    }
}
