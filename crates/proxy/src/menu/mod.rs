//! Our menu in the tool's pages: one script element of ours in the HTML that answers a navigation, and in nothing else.
//!
//! Here is decided which answers get it ([`opens_page`] from the request, [`Menu::insertion`] from the answer's head), and what that
//! changes: the tool is asked for plain bytes, because what is compressed cannot be added to without taking it apart; lengths,
//! digests and entity tags are made true; the page's own policy decides whether and how our script may run. `insertion` puts it in
//! while the page streams by. What the script does is the desk's (`crates/web/assets/menu.js`); here nobody knows who is asking.

mod insertion;
mod policy;
mod scan;
mod validators;

use bytes::BytesMut;
use doorward_http::{fetch_metadata, forbids_changes, is_media_type, takes_html};
use doorward_profile::MenuPlace;
use http::header::{
    ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, RANGE, UPGRADE_INSECURE_REQUESTS, VARY,
};
use http::request::Parts;
use http::{Method, StatusCode};

pub(crate) use insertion::Insertion;
use policy::{Origin, Policies};
pub(crate) use validators::ABOUT_BYTES;
use validators::{Mark, is_condition};

/// What a page gets, if it turns out to be one.
#[derive(Debug)]
pub(crate) struct Menu<'a> {
    /// Its path at this host.
    pub(crate) script: &'a str,
    pub(crate) app: &'a str,
    /// Not empty; the first where nothing of the tool's is.
    pub(crate) places: &'a [MenuPlace],
    pub(crate) secure: bool,
    pub(crate) host: &'a str,
}

/// Whether a person's browser opens a page in a tab of its own: no frame, no script's own fetch, no download that is resumed.
///
/// Browsers say so (Fetch Metadata) over https and on localhost; over plain http they say at least that they would rather be
/// elsewhere (`Upgrade-Insecure-Requests`), which no script's own request does.
pub(crate) fn opens_page(parts: &Parts) -> bool {
    let headers = &parts.headers;
    let navigates = match fetch_metadata::navigates(headers) {
        Some(navigates) => navigates && fetch_metadata::asks_for(headers, "document") == Some(true),
        None => headers.get(UPGRADE_INSECURE_REQUESTS).is_some_and(|value| value == "1") && takes_html(headers),
    };
    navigates && matches!(parts.method, Method::GET | Method::HEAD | Method::POST) && !headers.contains_key(RANGE)
}

impl Menu<'_> {
    /// Whether a header of the client's is not passed on as it is.
    pub(crate) fn replaces(name: &HeaderName) -> bool {
        *name == ACCEPT_ENCODING || is_condition(name)
    }

    /// Writes what is asked of the tool instead.
    pub(crate) fn write_request(&self, headers: &HeaderMap, out: &mut BytesMut) {
        out.extend_from_slice(b"accept-encoding: identity\r\n");
        self.mark().write_conditions(headers, out);
    }

    /// What is put into this answer's body; its headers are then true for that. `None` leaves the answer as it is.
    pub(crate) fn insertion(&self, status: StatusCode, headers: &mut HeaderMap) -> Option<Insertion> {
        if status == StatusCode::NOT_MODIFIED {
            // Only pages with our mark on their tags were asked about.
            self.mark().put_on_answer(headers);
            return None;
        }
        if !is_page(status, headers) {
            return None;
        }
        let origin = Origin { secure: self.secure, host: self.host };
        let policies = Policies::of(headers, origin);
        policies.way()?;
        headers.remove(CONTENT_LENGTH);
        for name in ABOUT_BYTES {
            headers.remove(name);
        }
        self.mark().put_on_answer(headers);
        headers.append(VARY, HeaderValue::from_static("Sec-Fetch-Mode, Sec-Fetch-Dest"));
        Some(Insertion::new(policies, self.element(), self.secure, self.host))
    }

    /// The script element up to where a nonce would stand. Its address is whole: the page may have a `<base>`, put there by somebody
    /// whom the page's policy keeps from running a script, and with the page's nonce ours would be theirs. Nothing in it has quotes:
    /// names from our own configuration, and the host as [`crate::client_info`] lets it be.
    fn element(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        let (host, script, app, places) = (self.host, self.script, self.app, places.join(", "));
        format!("<script async src=\"{scheme}://{host}{script}\" data-app=\"{app}\" data-place=\"{places}\"")
    }

    fn mark(&self) -> Mark {
        Mark::of(&[&self.element()])
    }
}

/// Whether an answer is a whole page of HTML, in bytes that can be added to.
fn is_page(status: StatusCode, headers: &HeaderMap) -> bool {
    let has_page = match status.as_u16() {
        204..=206 | 304 => false,
        200..=299 | 400..=599 => true,
        _ => false,
    };
    let is_plain = headers.get_all(CONTENT_ENCODING).iter().all(|coding| coding == "identity");
    has_page
        && is_plain
        && is_shown(headers)
        && only(headers, &CONTENT_TYPE).is_some_and(|kind| is_ascii_like_html(&kind))
        // A tool may forbid what we do.
        && !forbids_changes(headers)
}

/// All lines of a header (RFC 9110 section 5.3), in lower case; one that is no text is empty.
fn every(headers: &HeaderMap, name: &HeaderName) -> impl Iterator<Item = String> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default().to_ascii_lowercase())
}

/// The one line of a header that has one; of several, browsers do not agree which counts.
fn only(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut lines = every(headers, name);
    lines.next().filter(|_| lines.next().is_none())
}

/// Whether a browser shows the answer: any disposition but `inline` is a download (RFC 6266 section 4.2).
fn is_shown(headers: &HeaderMap) -> bool {
    let is_inline = |value: String| value.split(';').next().is_some_and(|kind| kind.trim() == "inline");
    every(headers, &CONTENT_DISPOSITION).all(is_inline)
}

/// HTML in an encoding in which ASCII is ASCII (<https://encoding.spec.whatwg.org>: all but these).
fn is_ascii_like_html(content_type: &str) -> bool {
    let parameters = content_type.split_once(';').map_or("", |(_, parameters)| parameters);
    is_media_type(content_type, "text/html")
        && !["utf-16", "utf-32", "utf-7", "iso-2022", "iso-10646", "ucs-2", "unicode", "hz-gb"]
            .iter()
            .any(|encoding| parameters.contains(encoding) && !parameters.contains("utf-8"))
}
