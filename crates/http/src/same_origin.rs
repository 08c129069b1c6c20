//! Whether a browser was made to send this by somebody else's page.
//!
//! Asked of unsafe methods and `WebSocket` handshakes that carry our cookie, at the door and at the desk alike (Fetch Metadata; OWASP cross-site
//! request forgery prevention): `Sec-Fetch-Site` decides where there is one, else `Origin`, else the origin of `Referer`. A request with none
//! of the three is let through: no browser leaves all of them out of such a request, and programs that hold the cookie on purpose do.

use http::HeaderMap;
use http::header::{ORIGIN, REFERER};
use url::Url;

use crate::fetch_metadata::{SEC_FETCH_SITE, is_from_no_other_site};

/// How the client addressed us.
#[derive(Debug, Clone, Copy)]
pub struct OwnOrigin<'a> {
    /// By https.
    pub secure: bool,
    /// Host, with the port unless it is the scheme's.
    pub host: &'a str,
    /// The configured address for people. Behind a TLS terminator that is no trusted proxy we believe to be on http; where it is of the same
    /// host, it knows better.
    pub public: Option<&'a Url>,
}

/// Whether the request comes from another site (or from where it cannot be told).
pub fn is_cross_site(headers: &HeaderMap, own: &OwnOrigin<'_>) -> bool {
    if let Some(is_own) = is_from_no_other_site(headers) {
        return !is_own;
    }
    let mut origins = headers.get_all(ORIGIN).iter().peekable();
    if origins.peek().is_some() {
        return !origins.all(|origin| origin.to_str().is_ok_and(|origin| own.is_at(origin, true)));
    }
    let mut referers = headers.get_all(REFERER).iter();
    !referers.all(|referer| referer.to_str().is_ok_and(|referer| own.is_at(referer, false)))
}

/// Whether the request certainly comes from our own site, for requests of which a browser may say nothing at all: a GET over plain
/// http by an image whose page forbids `Referer` carries none of the three.
pub fn is_same_site_for_certain(headers: &HeaderMap, own: &OwnOrigin<'_>) -> bool {
    let says_something =
        headers.contains_key(SEC_FETCH_SITE) || headers.contains_key(ORIGIN) || headers.contains_key(REFERER);
    says_something && !is_cross_site(headers, own)
}

impl OwnOrigin<'_> {
    /// Whether an address has our own scheme, host and port. An `Origin` is nothing else than those.
    fn is_at(&self, address: &str, bare: bool) -> bool {
        let scheme = if self.secure { "https" } else { "http" };
        let Ok(own) = Url::parse(&format!("{scheme}://{}/", self.host)) else { return false };
        let Ok(url) = Url::parse(address) else { return false };
        if bare && (url.path() != "/" || url.query().is_some() || !url.username().is_empty()) {
            return false;
        }
        let public = self.public.filter(|public| public.host() == own.host());
        url.origin().is_tuple()
            && (url.origin() == own.origin() || public.is_some_and(|public| public.origin() == url.origin()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderName;

    fn crosses(secure: bool, headers: &[(&'static str, &str)]) -> bool {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        let public = Url::parse("https://tools.example:9443").unwrap();
        let own = OwnOrigin { secure, host: "tools.example:3000", public: Some(&public) };
        is_cross_site(&headers, &own)
    }

    #[test]
    fn what_the_browser_says_about_the_site_decides() {
        for site in ["cross-site", "same-site", "", "SAME-ORIGIN", "same-origin, cross-site"] {
            assert!(crosses(false, &[("sec-fetch-site", site), ("origin", "http://tools.example:3000")]), "{site}");
        }
        assert!(!crosses(false, &[("sec-fetch-site", "same-origin")]));
        assert!(!crosses(false, &[("sec-fetch-site", "none"), ("origin", "http://evil")]));
        assert!(crosses(false, &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn else_the_origin_must_be_our_own() {
        assert!(!crosses(false, &[("origin", "http://tools.example:3000")]));
        assert!(!crosses(false, &[("origin", "http://TOOLS.example:3000")]));
        for origin in [
            "null",
            "",
            "http://tools.example",
            "https://tools.example:3000",
            "http://evil",
            "http://tools.example:3000.evil",
            "http://tools.example:3000@evil",
            "http://user@tools.example:3000",
            "http://tools.example:3000/path",
            "file://",
        ] {
            assert!(crosses(false, &[("origin", origin)]), "{origin}");
        }
        assert!(!crosses(true, &[("origin", "https://tools.example:3000")]));
        assert!(!crosses(false, &[("origin", "https://tools.example:9443")]), "the public address is ours too");
        let own = "http://tools.example:3000";
        assert!(crosses(false, &[("origin", own), ("origin", "http://evil")]), "each of several must be");
    }

    #[test]
    fn else_the_referer() {
        assert!(!crosses(false, &[("referer", "http://tools.example:3000/runs?x=1")]));
        assert!(crosses(false, &[("referer", "http://evil/?http://tools.example:3000/")]));
        assert!(crosses(false, &[("referer", "about:blank")]));
    }

    #[test]
    fn a_program_that_sends_none_of_them_is_let_through() {
        assert!(!crosses(false, &[]));
    }

    #[test]
    fn a_public_address_of_another_host_is_not_this_one() {
        let public = Url::parse("https://elsewhere.example").unwrap();
        let own = OwnOrigin { secure: true, host: "tools.example", public: Some(&public) };
        let headers = [(ORIGIN, "https://elsewhere.example".parse().unwrap())].into_iter().collect();
        assert!(is_cross_site(&headers, &own));
    }
}
