//! Headers: no spelling of an identity reaches the tool, and neither does our cookie.

use doorward_domain::credential::is_session_token;
use doorward_http::CookieName;
use doorward_proxy::fuzzed::{connection_options, cookies_for_tool, passes, session_cookie};
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What the door says about the caller, as a CGI-like tool would know it.
const IDENTITY: [&str; 12] = [
    "REMOTE_USER",
    "REMOTE_NAME",
    "REMOTE_EMAIL",
    "REMOTE_GROUPS",
    "X_REMOTE_USER",
    "X_FORWARDED_USER",
    "X_FORWARDED_EMAIL",
    "X_FORWARDED_GROUPS",
    "X_FORWARDED_FOR",
    "DOORWARD_ROLE",
    "DOORWARD_TOKEN",
    "DOORWARD_KEY",
];

/// The input is header lines, as they stand in a request.
pub fn headers(data: &[u8]) {
    let headers = data.split(|byte| *byte == b'\n').filter_map(line).collect::<HeaderMap>();
    for name in headers.keys() {
        let known = name.as_str().to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        assert!(!(passes(name) && IDENTITY.contains(&known.as_str())), "{name} passes as {known}");
    }
    for name in connection_options(&headers) {
        assert!(
            passes(&name) && name != header::COOKIE && name != header::AUTHORIZATION,
            "Connection takes away {name}"
        );
    }
    for value in headers.get_all(header::COOKIE) {
        our_cookie_stays_here(value);
    }
    for name in [CookieName::Secure, CookieName::Plain(80)] {
        let sent = sent_cookies(&headers, &name.to_string());
        match session_cookie(&headers, name) {
            Some(token) => {
                assert!(sent.iter().all(|value| *value == token) && !sent.is_empty(), "{token:?} of {sent:?}");
            }
            None => {
                assert!(sent.is_empty() || sent.iter().any(|value| *value != sent.first().map_or("", |first| first)));
            }
        }
    }
}

fn line(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let value = value.get(1..)?.trim_ascii();
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
}

/// Every token a browser could have sent under our name, by RFC 6265 section 5.4.
fn sent_cookies<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let texts = pairs
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .filter_map(|pair| pair.split_once('='))
        .map(|(own, value)| (trimmed(own), trimmed(value)));
    texts.filter(|(own, value)| *own == name && is_session_token(value)).map(|(_, value)| value).collect()
}

/// Without the white space that HTTP knows.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn our_cookie_stays_here(value: &HeaderValue) {
    let line = cookies_for_tool(value);
    let Some(sent) = line.strip_prefix(b"cookie: ") else {
        assert!(line.is_empty(), "not a Cookie header: {line:?}");
        return;
    };
    let Some(sent) = sent.strip_suffix(b"\r\n") else { panic!("the line does not end: {line:?}") };
    assert!(!sent.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "the line ends early: {line:?}");
    for pair in sent.split(|byte| *byte == b';') {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or(pair).trim_ascii().to_ascii_lowercase();
        let is_own = name == b"doorward" || name.starts_with(b"doorward-") || name == b"__host-doorward";
        assert!(!is_own, "our cookie goes out: {line:?}");
    }
}
