//! Entity tags of pages that carry the menu (RFC 9110 section 8.8.3): they are others than the tool's own, because the bytes are.
//!
//! A tag that we hand out is the tool's with our mark at its end, and the mark changes with what we add. A browser shows it again on
//! its next visit; only then is the tool asked whether its page has changed. A page that was kept without the menu, or with an older
//! one, is asked for anew. Dates say nothing about what we added, so none are handed out and none are passed on.

use bytes::BytesMut;
use http::header::{ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderName, header};

use crate::headers::write_header;

/// Names one form of what we add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark(String);

impl Mark {
    /// From everything that is the same in every page (FNV-1a: it need not withstand anybody).
    pub(super) fn of(parts: &[&str]) -> Self {
        let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        Self(format!("-dw{:08x}", parts.join("\n").bytes().fold(0x811c_9dc5, mix)))
    }

    /// The tool's tag with our mark.
    fn put_on(&self, tag: &HeaderValue) -> Option<HeaderValue> {
        let open = tag.to_str().ok()?.strip_suffix('"')?;
        HeaderValue::try_from(format!("{open}{}\"", self.0)).ok()
    }

    /// Marks an answer's tag, and takes out what says more about the tool's bytes than is true of ours.
    pub(super) fn put_on_answer(&self, headers: &mut HeaderMap) {
        headers.remove(LAST_MODIFIED);
        if let Some(tag) = headers.remove(ETAG).and_then(|tag| self.put_on(&tag)) {
            headers.insert(ETAG, tag);
        }
    }

    /// Writes the conditions of a request as the tool knows them: the tags that carry our mark, without it.
    pub(super) fn write_conditions(&self, headers: &HeaderMap, out: &mut BytesMut) {
        let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let marked = format!("{}\"", self.0);
        let tags = lists.flat_map(|list| list.split(',')).filter_map(|tag| tag.trim().strip_suffix(marked.as_str()));
        let tags: Vec<String> = tags.map(|open| format!("{open}\"")).collect();
        if !tags.is_empty() {
            write_header(out, IF_NONE_MATCH.as_str().as_bytes(), tags.join(", ").as_bytes());
        }
    }
}

/// Whether a request's header is a condition on a page as it was before.
pub(super) fn is_condition(name: &HeaderName) -> bool {
    *name == IF_NONE_MATCH || *name == IF_MODIFIED_SINCE
}

/// Digests and ranges of the tool's own bytes.
pub(crate) const ABOUT_BYTES: [HeaderName; 5] = [
    header::ACCEPT_RANGES,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_comes_back_as_it_was() {
        let mark = Mark::of(&["/menu.js", "tool"]);
        for tag in ["\"abc\"", "W/\"abc\"", "\"\"", "\"a-dw00000000\""] {
            let mut answer = HeaderMap::new();
            answer.insert(ETAG, HeaderValue::from_static(tag));
            answer.insert(LAST_MODIFIED, HeaderValue::from_static("Wed, 21 Oct 2015 07:28:00 GMT"));
            mark.put_on_answer(&mut answer);
            assert!(answer.get(LAST_MODIFIED).is_none());
            let handed_out = answer.get(ETAG).unwrap();
            assert_ne!(handed_out, tag);
            let mut request = HeaderMap::new();
            request.insert(IF_NONE_MATCH, handed_out.clone());
            let mut out = BytesMut::new();
            mark.write_conditions(&request, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), format!("if-none-match: {tag}\r\n"));
        }
    }

    #[test]
    fn tags_of_other_forms_of_the_page_are_not_passed_on() {
        let mark = Mark::of(&["/menu.js", "tool"]);
        let other = Mark::of(&["/menu.js", "other"]);
        assert_ne!(mark, other);
        let stale = other.put_on(&HeaderValue::from_static("\"abc\"")).unwrap();
        for tags in ["\"abc\"", "*", stale.to_str().unwrap(), "nonsense", "\"abc\", W/\"def\""] {
            let mut request = HeaderMap::new();
            request.insert(IF_NONE_MATCH, tags.parse().unwrap());
            let mut out = BytesMut::new();
            mark.write_conditions(&request, &mut out);
            assert!(out.is_empty(), "{tags}");
        }
    }
}
