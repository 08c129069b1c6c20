//! What of an answer's head may be kept and told, and what the profile adds to it. (What is not the tool's to say is not even read: [`crate::upstream`].)

use doorward_domain::Intent;
use doorward_profile::{AnswerRule, HeadReading, Profile};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use memchr::memchr;

use super::Rejection;
use crate::client_info::ClientInfo;
use crate::headers::SERVICE_WORKER;

/// What the head of an answer says of which some was taken out: of what kind it is, for whom it may be kept, and what a browser may do
/// with it. How the tool came by it, how long it was and what it amounted to would tell of the rest.
const GENERAL: [&str; 11] = [
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "referrer-policy",
    "set-cookie",
    "vary",
    "x-content-type-options",
    "x-frame-options",
];

/// Leaves of such a head what tells nothing of what was taken out. (Which length it has by then is the body's to say.)
pub(super) fn keep_general(headers: &mut HeaderMap) {
    let is_general = |name: &str| GENERAL.contains(&name) || name.starts_with("access-control-allow-");
    let others: Vec<HeaderName> = headers.keys().filter(|name| !is_general(name.as_str())).cloned().collect();
    for name in others {
        headers.remove(name);
    }
}

/// The status of such an answer: whether something of it failed that is not shown is not told by it.
pub(super) fn status_without(status: StatusCode) -> StatusCode {
    if matches!(status, StatusCode::BAD_REQUEST | StatusCode::INTERNAL_SERVER_ERROR) { StatusCode::OK } else { status }
}

/// Says how long a browser may keep it, and adds what the profile says.
pub(super) fn settle(
    headers: &mut HeaderMap,
    profile: &Profile,
    intent: &Intent,
    client_info: &ClientInfo<'_>,
    has_desk_apart: bool,
) {
    if is_page(headers) && (has_desk_apart || !client_info.is_trustworthy()) {
        keep_no_pages(headers);
    }
    if let Some(rule) = profile.answer_rule(intent) {
        rule.put_on(headers);
    }
}

/// What browsers open as documents (HTML section 7.4.5).
const PAGES: [&[u8]; 5] = [b"text/html", b"application/xhtml+xml", b"text/xml", b"application/xml", b"image/svg+xml"];

/// Whether a browser may take it for a page. Of several types that are said, one is enough: which counts is theirs to say.
fn is_page(headers: &HeaderMap) -> bool {
    let is_a_page = |kind: &[u8]| {
        let essence = kind.get(..memchr(b';', kind).unwrap_or(kind.len())).unwrap_or_default().trim_ascii();
        PAGES.iter().any(|page| essence.eq_ignore_ascii_case(page))
    };
    headers.get_all(CONTENT_TYPE).iter().any(|kinds| kinds.as_bytes().split(|byte| *byte == b',').any(is_a_page))
}

/// Over plain http from another machine a browser does not heed `Clear-Site-Data` of our sign-out (it is for trustworthy origins only),
/// nor anywhere that of a desk at another host, so it must not keep pages at all: Back would show them to whoever sits there next.
fn keep_no_pages(headers: &mut HeaderMap) {
    // What the tool says of changing its answer on the way is not about keeping it, and stays said.
    let forbids_changes = headers.get_all(CACHE_CONTROL).iter().any(forbids_changes);
    let said = if forbids_changes { "no-store, no-transform" } else { "no-store" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(said));
}

/// `no-transform` (RFC 9111 section 5.2.2.6).
fn forbids_changes(said: &HeaderValue) -> bool {
    said.as_bytes().split(|b| *b == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(b"no-transform"))
}

/// Whether the browser asks for a script that is to become a service worker, which would stand between people and this whole address,
/// the sign-in page included: only what a rule names may.
pub(super) fn refuse_service_worker(
    asked: &HeaderMap,
    profile: &Profile,
    reading: &HeadReading,
) -> Result<(), Rejection> {
    if !asked.contains_key(SERVICE_WORKER) {
        return Ok(());
    }
    match reading {
        HeadReading::Understood(intent)
            if profile.answer_rule(intent).is_some_and(AnswerRule::allows_service_worker) =>
        {
            Ok(())
        }
        _ => Err(Rejection::ServiceWorker),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_browser_may_open_as_a_document_is_a_page() {
        let is_page = |kinds: &[&str]| {
            is_page(&kinds.iter().map(|kind| (CONTENT_TYPE, kind.parse().unwrap())).collect::<HeaderMap>())
        };
        for kinds in [
            &["text/html"][..],
            &[" Text/HTML ; charset=utf-8"],
            &["text/plain", "text/html"],
            &["", "text/html"],
            &["text/plain, text/html"],
            &["application/xhtml+xml"],
            &["image/svg+xml"],
            &["text/xml"],
        ] {
            assert!(is_page(kinds), "{kinds:?}");
        }
        for kinds in [&["text/plain"][..], &[], &["application/json; x=\"text/html\""], &["text/htmlx"]] {
            assert!(!is_page(kinds), "{kinds:?}");
        }
    }
}
