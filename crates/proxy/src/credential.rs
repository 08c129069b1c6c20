//! What a client presents to say who it is, and how the tool is kept from seeing it.

use bytes::BytesMut;
use doorward_domain::Secret;
use doorward_profile::Misread;
use doorward_service::{Admission, Credential};
use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue};

/// Doorward's cookie over https: the prefix keeps other hosts and plain http from setting it (RFC 6265bis section 4.1.3.2).
pub const SECURE_COOKIE: &str = "__Host-doorward";
/// Doorward's cookie over http.
pub const PLAIN_COOKIE: &str = "doorward";

/// What was presented.
#[derive(Debug)]
pub(crate) struct Presented {
    /// The one credential that counts; `None` is nobody.
    pub(crate) credential: Option<Credential>,
    /// Whether a cookie of ours is there: then a browser may have sent it without being asked by one of our pages.
    pub(crate) has_cookie: bool,
}

/// Reads cookie and bearer. A bearer token of ours was sent on purpose and counts before a cookie. Two different cookies of
/// ours are somebody's attempt to slip one in: nobody.
pub(crate) fn presented(headers: &HeaderMap, secure: bool, admission: &Admission) -> Result<Presented, Misread> {
    let (has_cookie, cookie) = cookie(headers, if secure { SECURE_COOKIE } else { PLAIN_COOKIE });
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    let bearer = authorizations.next().and_then(bearer).filter(|token| admission.is_ours(token));
    if authorizations.next().is_some() {
        return Err(Misread::new("duplicate_authorization", "The request has more than one Authorization header."));
    }
    let credential = match bearer {
        Some(token) => Some(Credential::Bearer(Secret::new(token.to_owned()))),
        None => cookie.map(|token| Credential::Cookie(Secret::new(token.to_owned()))),
    };
    Ok(Presented { credential, has_cookie })
}

/// Whether any cookie of ours is there, and the value of the one that counts.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> (bool, Option<&'a str>) {
    let (mut any, mut found, mut clash) = (false, None, false);
    for value in headers.get_all(COOKIE) {
        for pair in value.as_bytes().split(|b| *b == b';') {
            if !is_own(pair) {
                continue;
            }
            any = true;
            let Some((name, value)) = std::str::from_utf8(pair).ok().and_then(|pair| pair.trim().split_once('=')) else { continue };
            if name == wanted && !value.is_empty() {
                clash |= found.is_some_and(|other| other != value);
                found = Some(value);
            }
        }
    }
    (any, found.filter(|_| !clash))
}

/// Whether a `name=value` of a Cookie header is Doorward's, either name, in any case.
fn is_own(pair: &[u8]) -> bool {
    let pair = pair.trim_ascii_start();
    // The first letter tells most others apart.
    if !matches!(pair.first(), Some(b'd' | b'D' | b'_')) {
        return false;
    }
    let name = pair.split(|b| *b == b'=').next().unwrap_or(pair).trim_ascii();
    name.eq_ignore_ascii_case(PLAIN_COOKIE.as_bytes()) || name.eq_ignore_ascii_case(SECURE_COOKIE.as_bytes())
}

/// Whether this `Set-Cookie` would set a cookie of ours: tools must not.
pub(crate) fn sets_own_cookie(value: &HeaderValue) -> bool {
    is_own(value.as_bytes())
}

/// Writes a Cookie header without Doorward's cookies; the others stay as they are, byte for byte.
pub(crate) fn write_foreign_cookies(value: &HeaderValue, out: &mut BytesMut) {
    let bytes = value.as_bytes();
    if !bytes.split(|b| *b == b';').any(is_own) {
        return write_header(out, b"cookie", bytes);
    }
    let mut foreign = bytes.split(|b| *b == b';').filter(|pair| !is_own(pair) && !pair.trim_ascii().is_empty());
    if let Some(first) = foreign.next() {
        out.extend_from_slice(b"cookie: ");
        out.extend_from_slice(first.trim_ascii_start());
        for pair in foreign {
            out.extend_from_slice(b";");
            out.extend_from_slice(pair);
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// Writes one header.
pub(crate) fn write_header(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// The token of `Authorization: Bearer …` (RFC 6750 section 2.1).
fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether an Authorization header is the tool's business.
pub(crate) fn is_foreign(value: &HeaderValue, admission: &Admission) -> bool {
    !bearer(value).is_some_and(|token| admission.is_ours(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn the_cookie_that_counts_depends_on_the_scheme() {
        let headers = map(&["a=b; doorward=plain; __Host-doorward=safe"]);
        assert_eq!(cookie(&headers, PLAIN_COOKIE), (true, Some("plain")));
        assert_eq!(cookie(&headers, SECURE_COOKIE), (true, Some("safe")));
        assert_eq!(cookie(&map(&["doorward=plain"]), SECURE_COOKIE), (true, None));
        assert_eq!(cookie(&map(&["a=b"]), PLAIN_COOKIE), (false, None));
    }

    #[test]
    fn two_different_cookies_are_nobody() {
        assert_eq!(cookie(&map(&["doorward=a; doorward=b"]), PLAIN_COOKIE), (true, None));
        assert_eq!(cookie(&map(&["doorward=a", "x=y; doorward=b"]), PLAIN_COOKIE), (true, None));
        assert_eq!(cookie(&map(&["doorward=a; doorward=a"]), PLAIN_COOKIE), (true, Some("a")));
        assert_eq!(cookie(&map(&["Doorward=a"]), PLAIN_COOKIE), (true, None));
        assert_eq!(cookie(&map(&["xdoorward=a; doorward2=b; doorward=; doorward"]), PLAIN_COOKIE), (true, None));
    }

    fn passed(line: &'static str) -> String {
        let mut out = BytesMut::new();
        write_foreign_cookies(&HeaderValue::from_static(line), &mut out);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn our_cookie_is_taken_out_and_the_others_stay_byte_for_byte() {
        assert_eq!(passed("a=b;c = \"d\" ;;e"), "cookie: a=b;c = \"d\" ;;e\r\n");
        assert_eq!(passed("doorward=t"), "");
        assert_eq!(passed("doorward=t; a=b"), "cookie: a=b\r\n");
        assert_eq!(passed("a=b; __Host-doorward=t;  c=d"), "cookie: a=b;  c=d\r\n");
        assert_eq!(passed("a=b; doorward = t; DOORWARD=u; doorward; __HOST-DOORWARD=v"), "cookie: a=b\r\n");
    }

    #[test]
    fn a_tool_cannot_set_our_cookie() {
        for line in ["doorward=x; Path=/", " __Host-doorward=x; Secure", "DOORWARD = x"] {
            assert!(sets_own_cookie(&HeaderValue::from_static(line)), "{line}");
        }
        assert!(!sets_own_cookie(&HeaderValue::from_static("sid=doorward")));
    }
}
