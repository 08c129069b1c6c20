//! Where to go after signing in: only to one of our own apps.

use percent_encoding::percent_decode_str;
use url::Url;

/// Where one goes when the wish cannot be granted.
const HOME: &str = "/";

/// Longer wishes are not ours, as they come and as they are passed on: our own links are short.
const LONGEST: usize = 2048;

/// Pages of the desk that are no place to come back to.
const NOT_BACK_TO: [&str; 4] = ["login", "logout", "setup", "api"];

/// The path and query (or, for another host of ours, the absolute URL) to go back to, parsed by the WHATWG URL rules against
/// `base` (the address the browser used for the desk). Anything that would leave our hosts, or is not http(s), or leads back to
/// the login or logout page, is `/`. `hosts` are the origins of our own apps.
///
/// Only what browsers and we read alike gets as far as parsing: an absolute path or an absolute http(s) URL, printable, without
/// backslashes, which some read as slashes. What is returned is the parser's own serialisation.
pub fn return_address(next: &str, base: &Url, hosts: &[Url]) -> String {
    wish(next, base, hosts).filter(|granted| granted.len() <= LONGEST).unwrap_or_else(|| HOME.to_owned())
}

fn wish(next: &str, base: &Url, hosts: &[Url]) -> Option<String> {
    let readable = next.len() <= LONGEST && !next.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    let absolute = ["http://", "https://"].iter().any(|scheme| starts_with_ignoring_case(next, scheme));
    let path_only = next.starts_with('/') && !next.starts_with("//");
    if !readable || !(absolute || path_only) {
        return None;
    }
    let url = base.join(next).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    // A path of two slashes would be read as a host by whoever gets it alone.
    if !web || url.path().starts_with("//") || leads_back_to_desk_door(url.path()) {
        return None;
    }
    if url.origin() == base.origin() {
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        return Some(format!("{}{query}", url.path()));
    }
    hosts.iter().any(|host| host.origin() == url.origin()).then(|| url.into())
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Whether the path, read as leniently as anybody might, is one of the desk's pages that sign in or out.
fn leads_back_to_desk_door(path: &str) -> bool {
    let decoded = percent_decode_str(path).decode_utf8_lossy().to_ascii_lowercase();
    let decoded = percent_decode_str(&decoded).decode_utf8_lossy();
    let mut segments = decoded.split(['/', '\\']).filter(|segment| !segment.is_empty() && *segment != ".");
    segments.next() == Some("_doorward") && segments.any(|segment| NOT_BACK_TO.contains(&segment) || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base() -> Url {
        "https://tools.example.com/_doorward/login".parse().unwrap()
    }

    fn hosts() -> Vec<Url> {
        vec!["https://dagster.example.com/".parse().unwrap(), "http://flower.example.com:5555".parse().unwrap()]
    }

    fn back(next: &str) -> String {
        return_address(next, &base(), &hosts())
    }

    #[test]
    fn what_is_given_is_given_again_however_much_longer_it_became() {
        for count in [100, 220, 340, 680] {
            let given = back(&format!("/{}", "ä。".repeat(count / 2)));
            assert_eq!(back(&given), given, "{count}");
        }
    }

    #[test]
    fn one_gets_back_to_where_one_came_from() {
        for (next, expected) in [
            ("/", "/"),
            ("/runs/abc?view=gantt&x=%2F", "/runs/abc?view=gantt&x=%2F"),
            ("/a/../b", "/b"),
            ("/runs#top", "/runs"),
            ("/?next=https://evil.example", "/?next=https://evil.example"),
            ("/naïve", "/na%C3%AFve"),
            ("https://tools.example.com/runs", "/runs"),
            ("HTTPS://TOOLS.example.com:443/runs", "/runs"),
            ("https://dagster.example.com/runs?q=1", "https://dagster.example.com/runs?q=1"),
            ("http://flower.example.com:5555/", "http://flower.example.com:5555/"),
            ("/_doorward/account", "/_doorward/account"),
            ("/_doorward/denied/0191", "/_doorward/denied/0191"),
        ] {
            assert_eq!(back(next), expected, "{next}");
        }
    }

    #[test]
    fn one_never_gets_anywhere_else() {
        let long = format!("/{}", "a".repeat(3000));
        for next in [
            "",
            "x",
            "evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "\u{0}//evil.example",
            "https:evil.example",
            "https:/evil.example",
            "https:///evil.example",
            "http:evil.example",
            "https://evil.example",
            "https://evil.example\\@tools.example.com",
            "https://tools.example.com@evil.example/",
            "https://user@tools.example.com/",
            "https://user:pw@tools.example.com/",
            "https://tools.example.com.evil.example/",
            "https://tools.example.com:8443/",
            "http://tools.example.com/",
            "https://evil.example#tools.example.com",
            "https://evil.example?tools.example.com",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://tools.example.com/",
            "blob:https://tools.example.com/x",
            "/.//evil.example",
            "/..//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            "/./\\evil.example",
            "https://tools.example.com//evil.example",
            "https://dagster.example.com.evil.example",
            "https://ⓔvil.example",
            "https://tools。example.com.evil.example/",
            "//tools.example.com@evil.example",
            "http://flower.example.com/",
            "https://flower.example.com:5555/",
            "/_doorward/logout",
            "/_doorward/login?next=/",
            "/_DOORWARD/Logout",
            "/%5fdoorward/logout",
            "/%255fdoorward/logout",
            "/_doorward/%6cogout",
            "/_doorward//logout",
            "/x/../_doorward/logout",
            "/_doorward/./logout",
            "/_doorward/x/..%2flogout",
            "/_doorward/setup?token=x",
            "/_doorward/api/v1/auth/logout",
            "https://dagster.example.com/_doorward/logout",
            "/\u{2028}",
            "/\u{a0}x",
            &long,
        ] {
            assert_eq!(back(next), "/", "{next:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_the_answer_stays_with_us(next in "(https?:|/|\\\\|@|[.%a-z0-9:?#\\t ]|//|tools\\.example\\.com|evil\\.example){0,12}") {
            let answer = back(&next);
            let resolved = base().join(&answer).unwrap();
            let ours = hosts().iter().any(|host| host.origin() == resolved.origin()) || resolved.origin() == base().origin();
            prop_assert!(ours, "{next:?} led to {resolved}");
            prop_assert!(!leads_back_to_desk_door(resolved.path()));
            prop_assert_eq!(back(&answer), answer, "taken again, it stays");
        }
    }
}
