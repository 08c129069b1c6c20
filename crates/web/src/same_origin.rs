//! Whether a write comes from our own pages, told by Fetch Metadata or, in browsers that do not send it, by `Origin`.
//!
//! Every unsafe request that carries our cookie, or comes from a form, is checked. One that carries neither header comes from no
//! browser that could be tricked; writes of signed-in callers need a CSRF token on top, so nothing rests on this alone.

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use doorward_service::Client;
use http::{HeaderMap, header::ORIGIN};
use url::Url;

use crate::app_state::{AppState, own_address};
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
    if is_read || identity.came_by_bearer() || is_own(request.headers(), &client, state.config.public_url.as_ref()) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::new(Code::CrossSite))
}

/// Whether a page of another site, or of another host of ours, has a script ask the API. It could not read the answer; it gets none.
/// Following a link there is no such thing.
fn is_read_by_another_site(request: &Request) -> bool {
    let said = |name| request.headers().get(name);
    let is_link = said("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    let is_own = said("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    request.uri().path().starts_with("/_doorward/api/") && !is_own && !is_link
}

fn is_own(headers: &HeaderMap, client: &Client, public_url: Option<&Url>) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Some(own) = own_address(client) else { return false };
    // Behind a TLS terminator that is not a trusted proxy we believe to be on http; the configured address knows better.
    let public = public_url.filter(|public| public.host() == own.host());
    let parsed = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
    parsed.is_some_and(|sent| {
        sent.origin() == own.origin() || public.is_some_and(|public| sent.origin() == public.origin())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn judged(secure: bool, headers: &[(&'static str, &'static str)]) -> bool {
        let client = Client { ip: [127, 0, 0, 1].into(), secure, host: "door.test:8443".into() };
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let public = Url::parse("https://door.test:9443").unwrap();
        is_own(&headers.collect(), &client, Some(&public))
    }

    #[test]
    fn fetch_metadata_has_the_last_word() {
        assert!(judged(true, &[("sec-fetch-site", "same-origin")]));
        assert!(judged(true, &[("sec-fetch-site", "none")]));
        assert!(!judged(true, &[("sec-fetch-site", "same-site")]));
        assert!(!judged(true, &[("sec-fetch-site", "cross-site"), ("origin", "https://door.test:8443")]));
        assert!(!judged(true, &[("sec-fetch-site", "nonsense")]));
    }

    #[test]
    fn without_it_the_origin_must_be_ours_to_the_port() {
        assert!(judged(true, &[("origin", "https://door.test:8443")]));
        assert!(judged(false, &[("origin", "http://door.test:8443")]));
        assert!(judged(false, &[("origin", "https://door.test:9443")]), "the public address is ours too");
        for other in [
            "http://door.test:8443",
            "https://door.test",
            "https://evil.test:8443",
            "https://door.test:8443.evil.test",
            "null",
            "",
        ] {
            assert!(!judged(true, &[("origin", other)]), "{other}");
        }
    }

    #[test]
    fn a_program_that_sends_neither_is_no_browser() {
        assert!(judged(true, &[]));
    }
}
