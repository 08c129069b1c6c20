//! What of a request's framing the server does not settle: what it takes and others may read differently.

use doorward_profile::{HeadReading, Misread, Profile};
use http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{Method, Version};

/// Whether a body follows the head, by its length.
pub(super) fn announces_body(parts: &Parts) -> bool {
    parts.headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
}

/// The server has settled the framing; these are left that it takes and others may read differently.
pub(super) fn check_framing(parts: &Parts) -> Result<(), Misread> {
    let mut codings = parts.headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next()
        && (codings.next().is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        return Err(Misread::new("transfer_encoding", "The only transfer coding understood is `chunked`, once."));
    }
    // Of twice the same length the server leaves one, and none beside a coding; what it leaves may still be one that others do not read.
    let is_padded = |length: &HeaderValue| length.len() > 1 && length.as_bytes().first() == Some(&b'0');
    if parts.headers.get_all(CONTENT_LENGTH).iter().any(is_padded) {
        return Err(Misread::new("content_length", "The length of the body is not written plainly."));
    }
    Ok(())
}

/// Refuses a body where tools look for none: one that leaves it unread takes it for the next request, which nobody has judged. Where the
/// body decides what the request is, the tool gets a request of our own.
pub(super) fn refuse_unread_body(
    parts: &Parts,
    has_body: bool,
    is_socket: bool,
    profile: &Profile,
    reading: &HeadReading,
) -> Result<(), Misread> {
    let is_looked_for = matches!(reading, HeadReading::NeedsBody { .. }) || profile.reads_get_bodies() && !is_socket;
    if !has_body || is_looked_for || !parts.method.is_safe() {
        return Ok(());
    }
    Err(Misread::new(
        "body_on_get",
        "A request of this kind has no body that the app would look for, and there is one.",
    ))
}

/// Whether the request asks to become a WebSocket (RFC 6455 section 4.1). Other upgrades are not offered to tools.
pub(super) fn wants_websocket(parts: &Parts) -> bool {
    parts.method == Method::GET
        && parts.version == Version::HTTP_11
        && parts.headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}
