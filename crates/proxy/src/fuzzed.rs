//! How a stranger's bytes are read, without a connection: for `doorward-fuzz`, which tries to get past it.

use bytes::BytesMut;
use doorward_http::{CookieName, cookie};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::headers::{self, HeaderRule};
pub use crate::upstream::fuzzed::{AnswerRead, Body, answer_head, chunked};
pub use crate::ws::fuzzed::{FrameRead, FramesRead, frames, written};

/// The session token that counts, of the cookie with this name.
pub fn session_cookie(headers: &HeaderMap, name: CookieName) -> Option<&str> {
    cookie::read(headers, name).token
}

/// The `Cookie` header line the tool gets for this one.
pub fn cookies_for_tool(value: &HeaderValue) -> Vec<u8> {
    let mut out = BytesMut::new();
    headers::write_foreign_cookies(value, &mut out);
    out.to_vec()
}

/// Whether a header of this name reaches the tool at all.
pub fn passes(name: &HeaderName) -> bool {
    headers::header_rule(name.as_str()) != HeaderRule::Drop
}

/// The headers that `Connection` takes away from the tool.
pub fn connection_options(headers: &HeaderMap) -> Vec<HeaderName> {
    headers::connection_options(headers)
}
