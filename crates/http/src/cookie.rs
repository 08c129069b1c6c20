//! Doorward's cookies (RFC 6265bis): what they are called, how they are read, and how they are kept apart from the tools' own.
//!
//! Read strictly, kept apart generously: one spelling opens the door, and whatever any browser or server could take for that
//! spelling stays between the browser and us. Other cookies are bytes that are nobody's business here.

mod contested;

use doorward_domain::credential::{holds_own_token, is_entry_token, is_session_token};
use http::HeaderMap;
use http::header::COOKIE;
use memchr::memchr;
use std::fmt;

pub use contested::{Place, is_contested, taken_back};

/// Over https: the prefix keeps other hosts and plain http from setting it (RFC 6265bis section 4.1.3.2).
const SECURE: &str = "__Host-doorward";
/// Over http, followed by the port; and what all names of ours begin with.
const PLAIN: &str = "doorward";

/// What the session cookie is called. Cookies do not tell ports apart, so over plain http the name does: two Doorwards on one host
/// keep their people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieName {
    /// `__Host-doorward`, over https.
    Secure,
    /// `doorward-<port>`, over http.
    Plain(u16),
}

impl CookieName {
    /// For a browser that came over https or http, and addressed us by this host and port (RFC 3986 section 3.2). The port is the one
    /// the browser knows, published or forwarded, whatever we listen on; without one it is that of the scheme.
    pub fn of(secure: bool, authority: &str) -> Self {
        if secure {
            return Self::Secure;
        }
        let ends_host = authority.bytes().rposition(|byte| matches!(byte, b':' | b']'));
        let port = ends_host.and_then(|at| authority.get(at..)?.strip_prefix(':')?.parse().ok());
        Self::Plain(port.unwrap_or(80))
    }

    /// Whether a cookie's name is exactly this one.
    fn is(self, name: &[u8]) -> bool {
        match self {
            Self::Secure => name == SECURE.as_bytes(),
            Self::Plain(port) => {
                let written = name.strip_prefix(PLAIN.as_bytes()).and_then(|rest| rest.strip_prefix(b"-"));
                written.and_then(number) == Some(port)
            }
        }
    }
}

/// A port as we write it: in digits, without zeros before it.
fn number(digits: &[u8]) -> Option<u16> {
    let value = |number: u16, digit: &u8| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    };
    let is_written_so = !digits.is_empty() && (digits == b"0" || !digits.starts_with(b"0"));
    digits.iter().try_fold(0, value).filter(|_| is_written_so)
}

impl fmt::Display for CookieName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secure => f.write_str(SECURE),
            Self::Plain(port) => write!(f, "{PLAIN}-{port}"),
        }
    }
}

/// What a request's cookies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found<'a> {
    /// Whether any cookie of ours is there, of whatever value: then a browser may have sent the request without being asked by one of
    /// our pages.
    pub any: bool,
    /// The session token that counts.
    pub token: Option<&'a str>,
}

/// Reads the session cookie. What has not the form of a token (empty, cut off, somebody else's) is as good as not there; two
/// different tokens are somebody's attempt to slip one in, and none counts.
pub fn read(headers: &HeaderMap, wanted: CookieName) -> Found<'_> {
    read_as(headers, wanted, is_session_token)
}

/// The same at an app's host where the desk has another: there the cookie holds an entry token, and nothing else counts.
pub fn read_entry(headers: &HeaderMap, wanted: CookieName) -> Found<'_> {
    read_as(headers, wanted, is_entry_token)
}

fn read_as(headers: &HeaderMap, wanted: CookieName, is_token: impl Fn(&str) -> bool) -> Found<'_> {
    let mut found = Found::default();
    let mut clash = false;
    for (name, value) in own_pairs(headers) {
        found.any = true;
        if let Some(token) = value.filter(|token| is_token(token)).filter(|_| wanted.is(name)) {
            clash |= found.token.is_some_and(|other| other != token);
            found.token = Some(token);
        }
    }
    found.token = found.token.filter(|_| !clash);
    found
}

/// What marks a browser at an app's host while somebody signs in at the desk's: its cookie is called like the session's, with this after.
const MARK: &[u8] = b"-enter";

/// The name of that cookie.
pub fn mark_name(session: CookieName) -> String {
    format!("{session}{}", String::from_utf8_lossy(MARK))
}

/// The browser's mark: as it is, for whoever gave it out to tell whether it is one. Two that differ are none.
pub fn read_mark(headers: &HeaderMap, session: CookieName) -> Option<&str> {
    let mut values = values_of_mark(headers, session);
    let mark = values.next()?;
    values.all(|other| other == mark).then_some(mark)
}

fn values_of_mark(headers: &HeaderMap, session: CookieName) -> impl Iterator<Item = &str> {
    let is_mark = move |name: &[u8]| name.strip_suffix(MARK).is_some_and(|rest| session.is(rest));
    own_pairs(headers).filter(move |(name, _)| is_mark(name)).filter_map(|(_, value)| value)
}

/// Names and, where they are text, values of the cookies that are ours.
fn own_pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], Option<&str>)> {
    let own = headers.get_all(COOKIE).iter().flat_map(|value| pairs(value.as_bytes())).filter(|pair| is_own(pair));
    own.map(|pair| {
        let at = memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default());
        (name.trim_ascii(), std::str::from_utf8(value.trim_ascii()).ok())
    })
}

/// The pairs of a Cookie header that are the tool's, byte for byte; `None` when all are, so that the header can pass as it is.
pub fn foreign_pairs(value: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let stays_here = |pair: &[u8]| is_own(pair) || holds_own_token(pair);
    let is_foreign = move |pair: &&[u8]| !stays_here(pair) && !pair.trim_ascii().is_empty();
    pairs(value).any(stays_here).then(|| pairs(value).filter(is_foreign))
}

/// The pairs of a Cookie header (RFC 6265 section 4.2.1), with the white space around them.
fn pairs(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let value = rest?;
        let end = memchr(b';', value);
        rest = end.and_then(|end| value.get(end + 1..));
        value.get(..end.unwrap_or(value.len()))
    })
}

/// Whether this `Set-Cookie` would set a cookie that any browser could send back as one of ours: also without a name (then browsers
/// send the bare value, which may look like a pair: RFC 6265bis section 5.7), padded, quoted, or in another case.
pub fn sets_own(value: &[u8]) -> bool {
    is_own(value)
}

/// Whether a `name=value` is ours by its name, in any spelling.
fn is_own(pair: &[u8]) -> bool {
    let is_padding = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'"' | b'\'');
    let start = pair.iter().position(|byte| !is_padding(byte)).unwrap_or(pair.len());
    let text = pair.get(start..).unwrap_or_default();
    // The first letter tells most others apart.
    if !matches!(text.first(), Some(b'd' | b'D' | b'_')) {
        return false;
    }
    [PLAIN, SECURE].iter().any(|own| {
        let begins = text.get(..own.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(own.as_bytes()));
        // `doorward-…` is ours as a whole; in `doorward2` or `doorward.x` the name goes on, and is another.
        let next = text.get(own.len());
        begins && next.is_none_or(|next| is_padding(next) || matches!(next, b'-' | b';' | b','))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const PORT: CookieName = CookieName::Plain(3000);

    #[test]
    fn an_entry_counts_only_where_entries_do() {
        let (session, entry) = (format!("dws_{}", "a".repeat(43)), format!("dwe_{}", "a".repeat(43)));
        let sent = |value: &str| HeaderMap::from_iter([(COOKIE, format!("doorward-3000={value}").parse().unwrap())]);
        assert_eq!(read(&sent(&session), PORT).token, Some(&*session));
        assert_eq!(read(&sent(&entry), PORT), Found { any: true, token: None });
        assert_eq!(read_entry(&sent(&entry), PORT).token, Some(&*entry));
        assert_eq!(read_entry(&sent(&session), PORT), Found { any: true, token: None });
    }

    #[test]
    fn the_mark_of_a_browser_is_ours_and_no_session() {
        let sent = |text: &str| HeaderMap::from_iter([(COOKIE, text.parse().unwrap())]);
        for (text, mark) in [
            ("doorward-3000-enter=m", Some("m")),
            ("a=b; doorward-3000-enter=m; doorward-3000-enter=m", Some("m")),
            ("doorward-3000-enter=m; doorward-3000-enter=n", None),
            ("doorward-3001-enter=m", None),
            ("doorward-enter=m", None),
            ("__Host-doorward-enter=m", None),
            ("doorward-3000=m", None),
        ] {
            assert_eq!(read_mark(&sent(text), PORT), mark, "{text}");
            assert!(foreign_pairs(text.as_bytes()).is_some() && sets_own(text.rsplit("; ").next().unwrap().as_bytes()));
        }
        assert_eq!(read_mark(&sent("__Host-doorward-enter=m"), CookieName::Secure), Some("m"));
        assert_eq!(mark_name(CookieName::Secure), "__Host-doorward-enter");
    }

    fn token(letter: char) -> String {
        format!("dws_{}", letter.to_string().repeat(43))
    }

    fn sent(values: &[&[u8]], wanted: CookieName) -> (bool, Option<String>) {
        let headers = values.iter().map(|value| (COOKIE, HeaderValue::from_bytes(value).unwrap())).collect();
        let found = read(&headers, wanted);
        (found.any, found.token.map(str::to_owned))
    }

    fn one(text: &str) -> (bool, Option<String>) {
        sent(&[text.as_bytes()], PORT)
    }

    #[test]
    fn the_name_carries_the_port_that_the_browser_knows() {
        let named = |secure, authority: &str| CookieName::of(secure, authority).to_string();
        assert_eq!(named(false, "127.0.0.1:3000"), "doorward-3000");
        assert_eq!(named(false, "tools.example.com"), "doorward-80");
        assert_eq!(named(false, "[::1]:8080"), "doorward-8080");
        assert_eq!(named(false, "[::1]"), "doorward-80");
        assert_eq!(named(true, "tools.example.com:8443"), "__Host-doorward");
    }

    #[test]
    fn only_the_cookie_of_this_scheme_and_port_counts() {
        let (a, b) = (token('a'), token('b'));
        let both = format!("x=y; doorward-3000={a}; __Host-doorward={b}; doorward-3001={b}; doorward={b}");
        assert_eq!(one(&both), (true, Some(a.clone())));
        assert_eq!(sent(&[both.as_bytes()], CookieName::Secure), (true, Some(b.clone())));
        assert_eq!(sent(&[both.as_bytes()], CookieName::Plain(80)), (true, None));
        for other in
            ["doorward-03000", "Doorward-3000", "doorward-3000x", "doorward-+3000", "\"doorward-3000\"", "doorward"]
        {
            assert_eq!(one(&format!("{other}={a}")).1, None, "{other}");
        }
        assert_eq!(one("a=b; doorward2=c"), (false, None));
    }

    #[test]
    fn two_different_tokens_are_nobody() {
        let (a, b) = (token('a'), token('b'));
        assert_eq!(one(&format!("doorward-3000={a}; doorward-3000={b}")), (true, None));
        let again = format!("doorward-3000={a}");
        assert_eq!(sent(&[again.as_bytes(), format!("doorward-3000={b}").as_bytes()], PORT), (true, None));
        assert_eq!(sent(&[again.as_bytes(), again.as_bytes()], PORT), (true, Some(a)));
    }

    #[test]
    fn what_is_no_token_hides_none() {
        let a = token('a');
        for beside in ["doorward-3000=", "doorward-3000", "doorward-3000=guess", "doorward-3000=dws_short"] {
            assert_eq!(one(&format!("{beside}; doorward-3000={a}")), (true, Some(a.clone())), "{beside}");
            assert_eq!(one(&format!("doorward-3000={a}; {beside}")), (true, Some(a.clone())), "{beside}");
            assert_eq!(one(beside), (true, None));
        }
    }

    #[test]
    fn a_byte_that_is_no_text_in_any_cookie_blinds_nobody() {
        let own = format!("; doorward-3000={}", token('a'));
        for other in [&b"name=M\xfcller"[..], b"\xff", b"a=\xc3\xa4", b"doorward-3000=\xff", b"doorward-3000\xff=x"] {
            assert_eq!(sent(&[&[other, own.as_bytes()].concat()], PORT), (true, Some(token('a'))), "{other:?}");
        }
    }

    fn passed(text: &str) -> Option<Vec<String>> {
        let pairs = foreign_pairs(text.as_bytes())?;
        Some(pairs.map(|pair| String::from_utf8(pair.to_vec()).unwrap()).collect())
    }

    #[test]
    fn the_tools_cookies_pass_byte_for_byte_and_ours_never() {
        assert_eq!(passed("a=b;c = \"d\" ;;e"), None);
        assert_eq!(passed("doorward-3000=t").unwrap(), [""; 0]);
        assert_eq!(passed("doorward=t; a=b").unwrap(), [" a=b"]);
        assert_eq!(passed("a=b; __Host-doorward=t;  c=d").unwrap(), ["a=b", "  c=d"]);
        assert_eq!(
            passed("a=b; doorward-1 = t; DOORWARD=u; doorward; __HOST-DOORWARD=v; =doorward=w; \"doorward-2\"=x")
                .unwrap(),
            ["a=b"]
        );
        assert_eq!(passed(&format!("a=b; mine={0}; {0}; c, doorward={0}", token('a'))).unwrap(), ["a=b"]);
    }

    #[test]
    fn a_tool_cannot_set_what_a_browser_could_send_as_ours() {
        for line in [
            "doorward-3000=x; Path=/",
            "doorward=x",
            " __Host-doorward=x; Secure",
            "__host-DOORWARD=x; Secure; Path=/",
            "DOORWARD = x",
            "\tdoorward-3000 =x",
            "=doorward-3000=x",
            "= doorward-3000=x; Path=/",
            "==__Host-doorward=x",
            "doorward-3000; Path=/",
            "\"doorward-3000\"=x",
            "'doorward'=x",
        ] {
            assert!(sets_own(line.as_bytes()), "{line}");
        }
        for line in ["sid=doorward", "doorward2=x", "adoorward=x", "sid=1; Comment=doorward-3000=x", "", "=", ";"] {
            assert!(!sets_own(line.as_bytes()), "{line}");
        }
    }
}
