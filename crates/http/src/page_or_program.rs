//! Whether a person waits for a page, or a program for an answer that it can read.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Method};

use crate::desk_paths::is_api;
use crate::fetch_metadata::navigates;
use crate::media_type::is_media_type;

/// Whether a person waits for a page: a browser says so (`Sec-Fetch-Mode: navigate`), or does not say, and it is a GET or a form of a page
/// that takes HTML. What a browser does say counts, whatever else it takes: a script that asks for HTML is a program. `HEAD` shows
/// nobody anything, and Doorward's API is for programs.
pub fn awaits_page(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    if is_api(path) {
        return false;
    }
    navigates(headers).unwrap_or_else(|| takes_html(headers) && (method == Method::GET || is_form(method, headers)))
}

/// Whether HTML is among what the client names in `Accept` (RFC 9110 section 12.5.1); `*/*` names nothing.
pub fn takes_html(headers: &HeaderMap) -> bool {
    let named = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|list| list.split(',')).any(|range| is_media_type(range, "text/html"))
}

/// What a form of a page sends: over plain http browsers say no more about it than this.
fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    const FORMS: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    let kind = headers.get(CONTENT_TYPE);
    method == Method::POST && kind.is_some_and(|kind| FORMS.iter().any(|form| is_media_type(kind, form)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderName;

    const BROWSERS: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

    fn waits(method: &Method, path: &str, headers: &[(&'static str, &str)]) -> bool {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        awaits_page(method, path, &headers)
    }

    #[test]
    fn what_the_browser_says_counts_whatever_it_takes() {
        for (mode, is_person) in [("navigate", true), ("cors", false), ("no-cors", false), ("", false)] {
            for method in [&Method::GET, &Method::POST] {
                assert_eq!(waits(method, "/runs", &[("sec-fetch-mode", mode), BROWSERS]), is_person, "{mode}");
            }
        }
        assert!(waits(&Method::GET, "/runs", &[("sec-fetch-mode", "navigate")]));
        assert!(!waits(&Method::GET, "/runs", &[("sec-fetch-mode", "navigate"), ("sec-fetch-mode", "cors"), BROWSERS]));
    }

    #[test]
    fn who_does_not_say_waits_for_a_page_if_they_take_one() {
        assert!(waits(&Method::GET, "/runs", &[BROWSERS]));
        assert!(waits(&Method::GET, "/runs", &[("accept", "*/*"), ("accept", "Text/HTML;q=0.5")]));
        for accept in ["*/*", "application/json", "text/event-stream", "", "text/htmlx"] {
            assert!(!waits(&Method::GET, "/runs", &[("accept", accept)]), "{accept}");
        }
        assert!(!waits(&Method::HEAD, "/runs", &[BROWSERS]), "nobody sees the answer to a HEAD");
        assert!(!waits(&Method::DELETE, "/runs", &[BROWSERS]), "no page can send it");
    }

    #[test]
    fn a_form_of_a_page_is_a_persons() {
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "Text/Plain"] {
            assert!(waits(&Method::POST, "/jobs", &[("content-type", kind), BROWSERS]), "{kind}");
            assert!(!waits(&Method::POST, "/jobs", &[("content-type", kind), ("accept", "*/*")]), "{kind}");
        }
        assert!(!waits(&Method::POST, "/jobs", &[("content-type", "application/json"), BROWSERS]));
    }

    #[test]
    fn the_api_is_for_programs_whoever_looks() {
        assert!(!waits(&Method::GET, "/_doorward/api/v1/users", &[("sec-fetch-mode", "navigate"), BROWSERS]));
        assert!(waits(&Method::GET, "/_doorward/people", &[BROWSERS]));
    }
}
