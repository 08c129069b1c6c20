//! Cookies that a tool's script slipped in beside ours: taken back, so that the next request there is like any other. Without that the
//! browser would send both for as long as it likes, and nobody could sign in there.

use doorward_http::CookieName;
use doorward_http::cookie::{self, Place};
use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use http::request::Parts;

use crate::client_info::ClientInfo;

/// What takes them back, for an answer of ours; nothing where there are none.
pub(super) fn taken_back(parts: &Parts, client_info: &ClientInfo<'_>) -> Vec<HeaderValue> {
    let name = CookieName::of(client_info.secure, &client_info.host);
    let (host, path, is_trustworthy) = (&*client_info.host, parts.uri.path(), client_info.is_trustworthy());
    let cookies = cookie::taken_back(&parts.headers, name, Place { host, path, is_trustworthy });
    cookies.into_iter().filter_map(|cookie| HeaderValue::try_from(cookie).ok()).collect()
}

/// Adds that to an answer, before what the answer itself sets: a browser that does not tell two cookies apart keeps the later.
pub(super) fn add(headers: &mut HeaderMap, taken_back: Vec<HeaderValue>) {
    if taken_back.is_empty() {
        return;
    }
    let set: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    headers.extend(taken_back.into_iter().chain(set).map(|cookie| (SET_COOKIE, cookie)));
}
