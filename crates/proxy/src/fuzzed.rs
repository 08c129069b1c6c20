//! How a stranger's headers are read, without a connection: for `doorward-fuzz`, which tries to get past it.

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::credential;
use crate::headers::{self, Fate};

/// The session cookie that counts: over https the one with the prefix, over http the one without.
pub fn session_cookie(headers: &HeaderMap, secure: bool) -> Option<&str> {
    credential::cookie(headers, if secure { credential::SECURE_COOKIE } else { credential::PLAIN_COOKIE }).1
}

/// The `Cookie` header line the tool gets for this one.
pub fn cookies_for_tool(value: &HeaderValue) -> Vec<u8> {
    let mut out = BytesMut::new();
    credential::write_foreign_cookies(value, &mut out);
    out.to_vec()
}

/// Whether a header of this name reaches the tool at all.
pub fn passes(name: &HeaderName) -> bool {
    headers::fate(name.as_str()) != Fate::Drop
}

/// The headers that `Connection` takes away from the tool.
pub fn nominated(headers: &HeaderMap) -> Vec<HeaderName> {
    headers::nominated(headers)
}
