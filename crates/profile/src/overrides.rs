//! Headers and parameters by which a tool may be made to take a request for another one.
//!
//! Some frameworks let `X-HTTP-Method-Override: DELETE` turn a `POST` into a `DELETE`, or `X-Original-URL` replace the path.
//! `SCRIPT_NAME` cuts a piece off it: gunicorn believes that header from 127.0.0.1, which is where we come from. What
//! was judged would not be what runs, so such requests are refused unless the profile says that its tool ignores them.

use http::header::{ACCEPT, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName};

use crate::{Misread, RequestHead, rules::condition::values_of};

const METHOD_OVERRIDES: [&[u8]; 4] =
    [b"x-http-method-override", b"x-http-method", b"x-method-override", b"x-original-method"];
const PATH_OVERRIDES: [&[u8]; 9] = [
    b"x-original-url",
    b"x-original-uri",
    b"x-rewrite-url",
    b"x-rewrite-uri",
    b"x-override-url",
    b"script-name",
    b"x-script-name",
    b"path-info",
    b"x-path-info",
];

/// Refuses a request that carries an override, in any spelling.
pub(crate) fn refuse(head: &RequestHead<'_>) -> Result<(), Misread> {
    for name in head.headers.keys() {
        let name = name.as_str().as_bytes();
        if METHOD_OVERRIDES.iter().any(|known| same_for_a_tool(known, name)) {
            return Err(Misread::new("method_override", "The request asks to be taken for one with another method."));
        }
        if PATH_OVERRIDES.iter().any(|known| same_for_a_tool(known, name)) {
            return Err(Misread::new("path_override", "The request asks to be taken for one with another path."));
        }
    }
    match head.query {
        Some(query) if values_of(query, "_method").next().is_some() => {
            Err(Misread::new("method_override", "The query asks to take the request for one with another method."))
        }
        _ => Ok(()),
    }
}

/// Refuses a `Connection` that names a header by which the request was read: whoever passes the request on takes such headers away
/// (RFC 9110 section 7.6.1), and the tool would see another request than the one that was judged.
pub(crate) fn refuse_taken_away(head: &RequestHead<'_>, read: &[HeaderName]) -> Result<(), Misread> {
    let by_everybody = [ACCEPT, CONTENT_TYPE, CONTENT_ENCODING];
    for value in head.headers.get_all(CONNECTION) {
        for token in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let names = |name: &HeaderName| token.eq_ignore_ascii_case(name.as_str().as_bytes());
            if by_everybody.iter().any(names) || read.iter().any(names) {
                return Err(Misread::new(
                    "taken_away",
                    "The Connection header takes away a header that decides what the request is.",
                ));
            }
        }
    }
    Ok(())
}

fn same_for_a_tool(known: &[u8], name: &[u8]) -> bool {
    known.len() == name.len() && begins_for_a_tool(name, known)
}

/// Whether a header's name begins like this to any tool: CGI and its heirs turn every character that is not a letter or digit into `_`, so
/// all of those are one. Names of a `HeaderMap` are lower case.
pub fn begins_for_a_tool(name: &[u8], known: &[u8]) -> bool {
    name.len() >= known.len()
        && known.iter().zip(name).all(|(known, own)| known == own || (*known == b'-' && !own.is_ascii_alphanumeric()))
}
