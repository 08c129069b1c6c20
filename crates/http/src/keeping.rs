//! What is said of keeping an answer, and of changing it on its way.

use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};

/// `Cache-Control` of what nobody may keep (RFC 9111 section 5.2.2.5).
pub const NO_STORE: &str = "no-store";

/// Says that nobody may keep it. What it says of changing it on its way is not about keeping, and stays said.
pub fn must_not_be_kept(headers: &mut HeaderMap) {
    let said = if forbids_changes(headers) { "no-store, no-transform" } else { NO_STORE };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(said));
}

/// Whether nobody may change it on its way: `no-transform` (RFC 9111 section 5.2.2.6).
pub fn forbids_changes(headers: &HeaderMap) -> bool {
    let says_so = |directive: &[u8]| directive.trim_ascii().eq_ignore_ascii_case(b"no-transform");
    headers.get_all(CACHE_CONTROL).iter().any(|said| said.as_bytes().split(|byte| *byte == b',').any(says_so))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_may_keep_says_only_whether_it_may_be_changed() {
        for (said, then) in [
            (&[][..], "no-store"),
            (&["public, max-age=60"], "no-store"),
            (&["max-age=60", "private, No-Transform "], "no-store, no-transform"),
            (&["x-no-transform"], "no-store"),
        ] {
            let mut headers = HeaderMap::new();
            for value in said {
                headers.append(CACHE_CONTROL, HeaderValue::from_static(value));
            }
            must_not_be_kept(&mut headers);
            assert_eq!(headers.get_all(CACHE_CONTROL).iter().collect::<Vec<_>>(), [then], "{said:?}");
        }
    }
}
