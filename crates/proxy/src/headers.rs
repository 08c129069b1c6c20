//! Which of a client's headers reach the tool.
//!
//! Dropped are: what is only between the client and us (RFC 9110 section 7.6.1, and whatever `Connection` names), what says who the
//! caller is (only Doorward says that, in any spelling a tool might read as the same name), and what proxies say (we say it anew).

use bytes::BytesMut;
use doorward_http::cookie;
use doorward_profile::begins_for_a_tool;
use http::header::{AUTHORIZATION, CONNECTION, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERER};

/// With this a browser says that it is about to install a service worker (Fetch standard, `Service-Worker: script`).
pub(crate) const SERVICE_WORKER: HeaderName = HeaderName::from_static("service-worker");

/// What becomes of a client's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderRule {
    /// Passed on as it is, unless a token of ours stands in it.
    Pass,
    /// Not passed on.
    Drop,
    /// Passed on without Doorward's own cookie.
    Cookie,
}

/// What becomes of the header with this (lower-case) name.
pub(crate) fn header_rule(name: &str) -> HeaderRule {
    match name {
        "cookie" => HeaderRule::Cookie,
        "host"
        | "content-length"
        | "transfer-encoding"
        | "connection"
        | "keep-alive"
        | "proxy-connection"
        | "proxy-authenticate"
        | "proxy-authorization"
        | "te"
        | "trailer"
        | "upgrade"
        | "expect"
        | "http2-settings"
        | "forwarded"
        | "proxy" => HeaderRule::Drop,
        _ if is_reserved(name) => HeaderRule::Drop,
        _ => HeaderRule::Pass,
    }
}

/// Names that say who the caller is or where they come from, in any spelling that a tool may take for the same: `X_Forwarded.User` is
/// `x-forwarded-user`.
fn is_reserved(name: &str) -> bool {
    const PREFIXES: [&str; 6] = ["remote-", "x-remote-", "x-forwarded-", "doorward-", "x-doorward-", "x-real-ip"];
    // Most headers start with none of these letters.
    matches!(name.as_bytes().first(), Some(b'r' | b'x' | b'd'))
        && PREFIXES.iter().any(|prefix| begins_for_a_tool(name.as_bytes(), prefix.as_bytes()))
}

/// Names with `_`: CGI-like gateways cannot tell them from those with `-`, so a rule that looks at a header could be passed by the
/// other spelling. Nothing honest uses them through proxies, which drop them by default.
pub(crate) fn ambiguous(headers: &HeaderMap) -> Vec<HeaderName> {
    headers.keys().filter(|name| name.as_str().bytes().any(|byte| byte == b'_')).cloned().collect()
}

/// Headers by which a browser says who is asking, from which site and for what. What they lead to does not hang on whether the tool gets
/// them, so `Connection` cannot name them away.
const SPOKEN_BY_BROWSERS: [HeaderName; 4] = [AUTHORIZATION, ORIGIN, REFERER, SERVICE_WORKER];

/// The headers that `Connection` names, and so end here. Never the ones that decide who is asking, from which site and for what.
pub(crate) fn connection_options(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut named = Vec::new();
    for value in headers.get_all(CONNECTION) {
        for token in value.as_bytes().split(|b| *b == b',').map(<[u8]>::trim_ascii) {
            // By far the most common, and dropped anyway.
            if token.eq_ignore_ascii_case(b"keep-alive") || token.eq_ignore_ascii_case(b"close") || token.is_empty() {
                continue;
            }
            if let Ok(name) = HeaderName::from_bytes(token)
                && header_rule(name.as_str()) == HeaderRule::Pass
                && !SPOKEN_BY_BROWSERS.contains(&name)
                && !name.as_str().starts_with("sec-")
            {
                named.push(name);
            }
        }
    }
    named
}

/// Writes one header.
pub(crate) fn write_header(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes a Cookie header without Doorward's cookies; the others stay as they are, byte for byte.
pub(crate) fn write_foreign_cookies(value: &HeaderValue, out: &mut BytesMut) {
    let Some(mut foreign) = cookie::foreign_pairs(value.as_bytes()) else {
        return write_header(out, b"cookie", value.as_bytes());
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_an_identity_header_passes() {
        for name in [
            "remote-user",
            "Remote-User",
            "REMOTE_USER",
            "remote_user",
            "Remote-Name",
            "remote_email",
            "Remote-Groups",
            "x-remote-user",
            "X_Remote_User",
            "X-Forwarded-User",
            "x_forwarded_user",
            "X_FORWARDED-USER",
            "X-Forwarded_Email",
            "x-forwarded-groups",
            "x.forwarded.user",
            "x!forwarded~user",
            "X-Forwarded-For",
            "X-Forwarded-Preferred-Username",
            "Doorward-Role",
            "doorward_token",
            "Doorward-Key",
            "DOORWARD-ANYTHING",
            "X-Doorward-Role",
            "X-Real-IP",
            "x_real_ip",
            "Forwarded",
            "Proxy",
        ] {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            assert_eq!(header_rule(name.as_str()), HeaderRule::Drop, "{name}");
        }
    }

    #[test]
    fn what_belongs_to_the_tool_passes() {
        for name in [
            "accept",
            "x-requested-with",
            "x-csrf-token",
            "range",
            "content-type",
            "date",
            "referer",
            "xremote",
            "door",
        ] {
            assert_eq!(header_rule(name), HeaderRule::Pass, "{name}");
        }
    }

    #[test]
    fn our_cookie_is_taken_out_of_the_line_and_the_others_stay_byte_for_byte() {
        for (given, passed) in [
            ("a=b;c = \"d\" ;;e", "cookie: a=b;c = \"d\" ;;e\r\n"),
            ("doorward-80=t", ""),
            ("doorward-80=t; a=b", "cookie: a=b\r\n"),
            ("a=b; __Host-doorward=t;  c=d", "cookie: a=b;  c=d\r\n"),
        ] {
            let mut out = BytesMut::new();
            write_foreign_cookies(&HeaderValue::from_static(given), &mut out);
            assert_eq!(out, passed, "{given}");
        }
    }

    #[test]
    fn connection_cannot_name_away_what_decides_who_is_asking() {
        let mut headers = HeaderMap::new();
        let said = "close, X-Private, Cookie, Host, Content-Length, Authorization, Remote-User, x-forwarded-for, Origin, Sec-Fetch-Site";
        headers.append(CONNECTION, said.parse().unwrap());
        headers.append(CONNECTION, HeaderValue::from_static("Service-Worker, referer"));
        headers.append(CONNECTION, "keep-alive,X-Other, , bad name".parse().unwrap());
        assert_eq!(connection_options(&headers), ["x-private", "x-other"]);
    }
}
