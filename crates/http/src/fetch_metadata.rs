//! What a browser says of why it asks (Fetch Metadata, <https://www.w3.org/TR/fetch-metadata/>): no page and no script can make it say
//! anything else. It says so over https and to this machine; over plain http to another one it says nothing.

use http::HeaderMap;
use http::header::HeaderName;

/// How it asks: `navigate` where somebody opens something.
pub const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// What it asks for: `document`, `script`, …
pub const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// Whose page made it ask.
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether somebody opens something; `None` where it is not said.
pub fn navigates(headers: &HeaderMap) -> Option<bool> {
    says(headers, &SEC_FETCH_MODE, &["navigate"])
}

/// Whether it asks for this kind of thing; `None` where it is not said.
pub fn asks_for(headers: &HeaderMap, kind: &str) -> Option<bool> {
    says(headers, &SEC_FETCH_DEST, &[kind])
}

/// Whether a page of this very origin made it ask; `None` where it is not said.
pub fn is_from_own_page(headers: &HeaderMap) -> Option<bool> {
    says(headers, &SEC_FETCH_SITE, &["same-origin"])
}

/// The same, or a person who typed the address or followed a bookmark.
pub fn is_from_no_other_site(headers: &HeaderMap) -> Option<bool> {
    says(headers, &SEC_FETCH_SITE, &["same-origin", "none"])
}

/// Whether it says anything at all.
pub fn is_said(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("sec-fetch-"))
}

/// Whether every line is one of these: browsers send one, and of several which counts cannot be told.
fn says(headers: &HeaderMap, name: &HeaderName, wanted: &[&str]) -> Option<bool> {
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    Some(lines.all(|line| wanted.iter().any(|wanted| line == wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_counts_only_if_it_is_the_same() {
        for (modes, told) in [
            (&[][..], None),
            (&["navigate"], Some(true)),
            (&["Navigate"], Some(false)),
            (&["navigate", "navigate"], Some(true)),
            (&["navigate", "cors"], Some(false)),
            (&["cors", "navigate"], Some(false)),
        ] {
            let headers = modes.iter().map(|mode| (SEC_FETCH_MODE, mode.parse().unwrap())).collect::<HeaderMap>();
            assert_eq!(navigates(&headers), told, "{modes:?}");
            assert_eq!(is_said(&headers), told.is_some(), "{modes:?}");
        }
    }
}
