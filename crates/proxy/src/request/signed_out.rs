//! What a page's script request gets when its session is gone: a script that loads the page again, which leads to sign-in and back.
//!
//! Pages fetch parts of themselves long after they were opened. Refused with a 401, such a part is missing and the page stays blank
//! for good, because no page expects it. Only a page of this very origin gets the script, by the browser's own word (Fetch Metadata,
//! <https://www.w3.org/TR/fetch-metadata/>), or, where browsers do not give it (over plain http from another machine), by `Origin` or
//! `Referer`, which no page can make up: another site's page, and whoever says nothing, get the 401 that everybody gets.
//! The script stands under the page's own policy, because it comes from the address that the page asked for.

use doorward_http::{fetch_metadata, is_same_site_for_certain, must_not_be_kept};
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RANGE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{Method, Response};
use url::Url;

use crate::body::AnswerBody;
use crate::client_info::ClientInfo;
use crate::headers::SERVICE_WORKER;

const SCRIPT: &str = include_str!("signed_out.js");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Whether the request is for a script of a page of this origin.
pub(super) fn wants_script(parts: &Parts, client_info: &ClientInfo<'_>, public: Option<&Url>) -> bool {
    parts.method == Method::GET
        && if fetch_metadata::is_said(&parts.headers) {
            names_script(&parts.headers)
        } else {
            looks_like_script(parts, client_info, public)
        }
}

/// By the browser's own word. One that names the purpose names the site too; where only the site is missing, no page of another site can
/// have asked.
fn names_script(headers: &HeaderMap) -> bool {
    fetch_metadata::asks_for(headers, "script") == Some(true)
        && fetch_metadata::is_from_own_page(headers) != Some(false)
}

/// By what a script element's request looks like where browsers leave Fetch Metadata out. What is no script but looks so is answered
/// with something that it did not ask for, either way.
fn looks_like_script(parts: &Parts, client_info: &ClientInfo<'_>, public: Option<&Url>) -> bool {
    let headers = &parts.headers;
    let is_otherwise = [AUTHORIZATION, RANGE, SERVICE_WORKER].iter().any(|name| headers.contains_key(name));
    let extension = parts.uri.path().rsplit_once('.').map_or("", |(_, extension)| extension);
    !client_info.is_trustworthy()
        && matches!(extension, "js" | "mjs")
        && takes_anything(headers)
        && !is_otherwise
        && is_same_site_for_certain(headers, &client_info.own_origin(public))
}

/// As a script element does, in exactly these words.
fn takes_anything(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(ACCEPT).iter();
    values.next().is_some_and(|said| said == "*/*") && values.next().is_none()
}

/// The script. A browser runs no script that is answered with an error, so this is a 200; nobody may keep it in the place of the
/// script that was asked for.
pub(super) fn script() -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(SCRIPT));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    must_not_be_kept(headers);
    headers.insert(VARY, HeaderValue::from_static("*"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Whether the browser asks for a web app manifest. It does so without cookies unless the page says otherwise, so nobody is ever signed in
/// with that request, and a refusal would be an error in the console of every page.
pub(super) fn wants_manifest(parts: &Parts) -> bool {
    parts.method == Method::GET && fetch_metadata::asks_for(&parts.headers, "manifest") == Some(true)
}

/// A manifest that says nothing.
pub(super) fn manifest() -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole("{}"));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/manifest+json"));
    response
}
