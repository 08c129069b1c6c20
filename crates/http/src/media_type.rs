//! What kind of thing a body is, as its head says.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// What browsers open as documents (HTML section 7.4.5).
const PAGES: [&str; 5] = ["text/html", "application/xhtml+xml", "text/xml", "application/xml", "image/svg+xml"];

/// Whether this says that media type, whatever its parameters are (RFC 9110 section 8.3.1).
pub fn is_media_type(said: impl AsRef<[u8]>, wanted: &str) -> bool {
    essence(said.as_ref()).eq_ignore_ascii_case(wanted.as_bytes())
}

/// Without its parameters.
fn essence(said: &[u8]) -> &[u8] {
    let end = said.iter().position(|byte| *byte == b';').unwrap_or(said.len());
    said.get(..end).unwrap_or_default().trim_ascii()
}

/// Whether a browser may take what has this head for a page. Of several types that are said, one is enough: which counts is theirs to say.
pub fn opens_as_page(headers: &HeaderMap) -> bool {
    let is_page = |said: &[u8]| {
        let said = essence(said);
        PAGES.iter().any(|page| said.eq_ignore_ascii_case(page.as_bytes()))
    };
    headers.get_all(CONTENT_TYPE).iter().any(|said| said.as_bytes().split(|byte| *byte == b',').any(is_page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_browser_may_open_as_a_document_is_a_page() {
        let opens = |kinds: &[&str]| {
            opens_as_page(&kinds.iter().map(|kind| (CONTENT_TYPE, kind.parse().unwrap())).collect::<HeaderMap>())
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
            assert!(opens(kinds), "{kinds:?}");
        }
        for kinds in [&["text/plain"][..], &[], &["application/json; x=\"text/html\""], &["text/htmlx"]] {
            assert!(!opens(kinds), "{kinds:?}");
        }
    }
}
