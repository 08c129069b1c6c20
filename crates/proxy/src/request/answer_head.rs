//! What of an answer's head may be kept and told, and what the profile adds to it. (What is not the tool's to say is not even read: [`crate::upstream`].)

use doorward_domain::Intent;
use doorward_http::{awaits_page, is_media_type, must_not_be_kept, opens_as_page};
use doorward_profile::{AnswerRule, HeadReading, Profile};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use super::Rejection;
use crate::client_info::ClientInfo;
use crate::deadlines::AnswerEnd;
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
    asked: &Parts,
    profile: &Profile,
    intent: &Intent,
    client_info: &ClientInfo<'_>,
    has_desk_apart: bool,
) {
    // Over plain http from another machine a browser does not heed `Clear-Site-Data` of our sign-out (it is for trustworthy origins only),
    // nor anywhere that of a desk at another host, so it must not keep pages at all: Back would show them to whoever sits there next. Nor
    // what else somebody opened, be it text, JSON or of no kind that is said: browsers show that too.
    let is_shown = opens_as_page(headers) || awaits_page(&asked.method, asked.uri.path(), &asked.headers);
    if is_shown && (has_desk_apart || !client_info.is_trustworthy()) {
        must_not_be_kept(headers);
    }
    if let Some(rule) = profile.answer_rule(intent) {
        rule.put_on(headers);
    }
}

/// What lasts as long as its connection: event streams (HTML section 9.2), and pictures that follow one another.
const ENDLESS: [&str; 2] = ["text/event-stream", "multipart/x-mixed-replace"];

/// Whether a streamed answer ends, as its head says.
pub(super) fn end_of(headers: &HeaderMap) -> AnswerEnd {
    let is_endless = |said: &HeaderValue| ENDLESS.iter().any(|endless| is_media_type(said, endless));
    match headers.get(CONTENT_LENGTH) {
        _ if headers.get(CONTENT_TYPE).is_some_and(is_endless) => AnswerEnd::Never,
        Some(_) => AnswerEnd::Comes,
        None => AnswerEnd::Unsaid,
    }
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
