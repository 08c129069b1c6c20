//! What becomes of empty segments: of `//`, also where it is hidden (`/%2F`, `/;x/`).
//!
//! nginx and Go make one slash of several, anywhere in the path. Python's HTTP server does so at its beginning only. Whoever takes the
//! path for a URL reference (RFC 3986 section 4.2), as `new URL(path, base)` does, has a host after two slashes at its beginning. And
//! whoever keeps an empty segment may take it for a name that is empty, or for none.

use super::Reading;

/// An empty segment, where it is taken for a name: matched by a capture, and by no literal.
const EMPTY_NAME: &str = "\u{fffd}";

/// The other ways to read the same path, if it has empty segments, of a tool that may merge them or not. Some may be equal.
pub(super) fn other_readings(reading: &Reading, merges: bool) -> Vec<Reading> {
    let segments: Vec<&str> = reading.segments().collect();
    let Some((last, inner)) = segments.split_last() else { return Vec::new() };
    if !inner.contains(&"") {
        return Vec::new();
    }
    let named = inner.iter().map(|segment| if segment.is_empty() { EMPTY_NAME } else { segment });
    let named = made_of(&named.chain([*last]).collect::<Vec<_>>(), reading);
    if !merges {
        return vec![named];
    }
    let leading = inner.iter().take_while(|segment| segment.is_empty()).count();
    let from_first = segments.get(leading..).unwrap_or_default();
    let mut others = vec![merged(inner, last)];
    if leading > 0 {
        others.push(from_first.to_vec());
        let below_host = from_first.get(1..).filter(|below| !below.is_empty()).unwrap_or(&[""]);
        others.push(below_host.to_vec());
        others.extend(below_host.split_last().map(|(last, inner)| merged(inner, last)));
    }
    others.into_iter().map(|segments| made_of(&segments, reading)).chain([named]).collect()
}

/// Without empty segments but the last, which is a slash at the end.
fn merged<'a>(inner: &[&'a str], last: &'a str) -> Vec<&'a str> {
    inner.iter().copied().filter(|segment| !segment.is_empty()).chain([last]).collect()
}

fn made_of(segments: &[&str], of: &Reading) -> Reading {
    let mut reading = Reading { query: of.query.clone(), ..Reading::default() };
    for segment in segments {
        reading.push(segment);
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::super as readings;
    use crate::keeps::Keeps;

    fn paths(path: &str) -> Vec<String> {
        readings::of(path, Keeps::default())
            .unwrap()
            .iter()
            .map(|reading| reading.path().replace('\0', "%2F").replace('\u{fffd}', "EMPTY"))
            .collect()
    }

    #[test]
    fn two_slashes_are_two_or_one() {
        assert_eq!(paths("/a//b///c/"), ["/a//b///c/", "/a/b/c/", "/a/EMPTY/b/EMPTY/EMPTY/c/"]);
        assert_eq!(
            paths("/proxy/http://host/x"),
            ["/proxy/http://host/x", "/proxy/http:/host/x", "/proxy/http:/EMPTY/host/x"]
        );
        assert_eq!(paths("/a//"), ["/a//", "/a/", "/a/EMPTY/"]);
        assert_eq!(paths("/a/"), ["/a/"]);
    }

    #[test]
    fn two_slashes_at_the_beginning_may_be_one_or_announce_a_host() {
        assert_eq!(paths("//a//b"), ["//a//b", "/a/b", "/a//b", "//b", "/b", "/EMPTY/a/EMPTY/b"]);
        assert_eq!(paths("///a/b"), ["///a/b", "/a/b", "/b", "/EMPTY/EMPTY/a/b"]);
        assert_eq!(paths("//a"), ["//a", "/a", "/", "/EMPTY/a"]);
        assert_eq!(paths("//"), ["//", "/", "/EMPTY/"]);
    }

    #[test]
    fn an_empty_segment_may_be_hidden() {
        assert_eq!(paths("/q/%2F/x"), ["/q/%2F/x", "/q///x", "/q/x", "/q/EMPTY/EMPTY/x"]);
        assert_eq!(paths("/a/;v/b"), ["/a/;v/b", "/a//b", "/a/b", "/a/EMPTY/b"]);
        assert_eq!(paths("/%2Fhost/a"), ["/%2Fhost/a", "//host/a", "/host/a", "/a", "/EMPTY/host/a"]);
    }
}
