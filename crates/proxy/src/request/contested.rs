//! Session cookies that a tool's script slipped in beside ours, for some path: taken back, so that the next request there is like any
//! other. Without that the browser would send both for as long as it likes, and nobody could sign in at that path.

use doorward_http::CookieName;
use doorward_http::cookie::{is_contested, taken_back_below};
use http::header::{HeaderName, HeaderValue, SET_COOKIE};
use http::request::Parts;

use crate::client_info::ClientInfo;

/// What takes them back, for an answer of ours; nothing where there are none.
pub(super) fn taken_back(parts: &Parts, client_info: &ClientInfo<'_>) -> Vec<(HeaderName, HeaderValue)> {
    let name = CookieName::of(client_info.secure, &client_info.host);
    if !is_contested(&parts.headers, name) {
        return Vec::new();
    }
    let cookies = taken_back_below(name, parts.uri.path()).filter_map(|cookie| HeaderValue::try_from(cookie).ok());
    cookies.map(|cookie| (SET_COOKIE, cookie)).collect()
}
