//! Whether a write comes from our own pages, told as at the door ([`is_cross_site`]).
//!
//! Every unsafe request that carries our cookie, or comes from a form, is checked. One that says nothing of where it comes from
//! is from no browser that could be tricked; writes of signed-in callers need a CSRF token on top, so nothing rests on this alone.

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use doorward_http::desk_paths::is_api;
use doorward_http::{OwnOrigin, fetch_metadata, is_cross_site};
use doorward_service::Client;

use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::identity::Identity;

/// Middleware: refuses unsafe requests from other sites, and reads of the API by their scripts, unless a bearer token shows that they were made on purpose.
pub(crate) async fn check(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Extension(identity): Extension<Identity>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let is_read = request.method().is_safe() && !is_read_by_another_site(&request);
    let own = OwnOrigin { secure: client.secure, host: &client.host, public: state.config.public_url.as_ref() };
    if is_read || identity.came_by_bearer() || !is_cross_site(request.headers(), &own) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::new(Code::CrossSite))
}

/// Whether a page of another site, or of another host of ours, has a script ask the API. It could not read the answer; it gets none.
/// Following a link there is no such thing.
fn is_read_by_another_site(request: &Request) -> bool {
    let headers = request.headers();
    let is_link = fetch_metadata::navigates(headers) == Some(true);
    let is_own = fetch_metadata::is_from_no_other_site(headers) != Some(false);
    is_api(request.uri().path()) && !is_own && !is_link
}
