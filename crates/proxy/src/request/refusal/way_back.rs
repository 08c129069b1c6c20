//! Where somebody who has to sign in first comes back to.

use doorward_http::desk_paths::login_leading_to;
use doorward_service::sign_in::return_address::return_address;
use http::Method;
use http::header::REFERER;
use http::request::Parts;
use http::uri::PathAndQuery;
use url::Url;

use crate::request::AuditContext;

/// Where to sign in, and then come back.
pub(super) fn login_address(parts: &Parts, audit_context: &AuditContext) -> String {
    let before = page_before(parts, audit_context);
    let asked = if parts.method == Method::GET {
        parts.uri.path_and_query().map(PathAndQuery::as_str)
    } else {
        before.as_deref()
    };
    login_leading_to(asked.unwrap_or("/"))
}

/// The page of this host from which the request was made, as the browser says: where a form stands. It becomes a link, so it is only what
/// every reader takes for a page of this host.
pub(super) fn page_before(parts: &Parts, audit_context: &AuditContext) -> Option<String> {
    let before = parts.headers.get(REFERER)?.to_str().ok()?;
    let (_, rest) = before.split_once("://")?;
    let host = audit_context.host.as_deref()?;
    let path = rest.strip_prefix(host).filter(|path| path.starts_with('/'))?;
    let own = Url::parse(&format!("http://{host}/")).ok()?;
    let granted = return_address(path, &own, &[]);
    (granted != "/" || path == "/").then_some(granted)
}
