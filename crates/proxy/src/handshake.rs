//! The opening handshake (RFC 6455 section 4), once with the client and once with the tool.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward_profile::Misread;
use http::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Response, StatusCode};
use sha1::{Digest, Sha1};

use crate::body::AnswerBody;

/// What a client offers.
#[derive(Debug)]
pub(crate) struct Offer {
    key: String,
    /// All its sub-protocols, joined with commas.
    pub(crate) protocols: Option<String>,
    /// All its extensions, joined with commas.
    extensions: Option<String>,
}

fn invalid(detail: &str) -> Misread {
    Misread::new("websocket_handshake", detail)
}

impl Offer {
    /// Reads a client's handshake; method, version and `Upgrade` are checked before.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Misread> {
        let mut connection =
            headers.get_all(CONNECTION).iter().flat_map(|value| value.as_bytes().split(|b| *b == b','));
        if !connection.any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade")) {
            return Err(invalid("A WebSocket handshake says `Connection: Upgrade`."));
        }
        if only(headers, SEC_WEBSOCKET_VERSION.as_str()).is_none_or(|version| version != "13") {
            return Err(invalid("Only version 13 of the WebSocket protocol is spoken here."));
        }
        let key = only(headers, SEC_WEBSOCKET_KEY.as_str())
            .filter(|key| STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16))
            .ok_or_else(|| invalid("Sec-WebSocket-Key is not 16 bytes in base64."))?;
        Ok(Self {
            key: key.to_owned(),
            protocols: joined(headers, SEC_WEBSOCKET_PROTOCOL.as_str())?,
            extensions: joined(headers, SEC_WEBSOCKET_EXTENSIONS.as_str())?,
        })
    }

    /// Whether a tool's 101 is an answer to this very offer (RFC 6455 section 4.1, "the client MUST validate"): for sockets that are
    /// passed on unread, where the client's own handshake reached the tool.
    pub(crate) fn is_answered_by(&self, headers: &HeaderMap) -> bool {
        let offers =
            |all: &Option<String>, wanted: &str| names(all.as_deref().unwrap_or_default()).any(|name| name == wanted);
        let mut extensions = headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter().map(HeaderValue::to_str);
        speaks_websocket(headers)
            && only(headers, SEC_WEBSOCKET_ACCEPT.as_str()).is_some_and(|accept| accept == accept_key(&self.key))
            && (!headers.contains_key(SEC_WEBSOCKET_PROTOCOL)
                || only(headers, SEC_WEBSOCKET_PROTOCOL.as_str())
                    .is_some_and(|protocol| offers(&self.protocols, protocol)))
            && extensions.all(|all| all.is_ok_and(|all| names(all).all(|name| offers(&self.extensions, name))))
    }

    /// The 101 where messages are read. No extension is taken up (section 9.1 leaves that to us): a message is then what its frames hold,
    /// and none grows while it is read.
    pub(crate) fn accept(&self, protocol: Option<&str>) -> Response<AnswerBody> {
        let mut response = Response::new(AnswerBody::whole(""));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        say_upgraded(headers);
        let rest = [
            (SEC_WEBSOCKET_ACCEPT, Some(accept_key(&self.key))),
            (SEC_WEBSOCKET_PROTOCOL, protocol.map(str::to_owned)),
        ];
        for (name, value) in rest {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// What makes a 101 one, for whoever stands between us and the client too (RFC 9110 section 7.8).
pub(crate) fn say_upgraded(headers: &mut HeaderMap) {
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
}

fn speaks_websocket(headers: &HeaderMap) -> bool {
    only(headers, UPGRADE.as_str()).is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// The names in a list of protocols or extensions, without parameters.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(|element| element.split(';').next().unwrap_or_default().trim())
}

/// The value of a header that must be there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().map(str::trim),
        _ => None,
    }
}

fn joined(headers: &HeaderMap, name: &str) -> Result<Option<String>, Misread> {
    let values: Result<Vec<_>, _> = headers.get_all(name).iter().map(|value| value.to_str()).collect();
    let values = values.map_err(|_| invalid("A WebSocket header holds something else than text."))?;
    Ok((!values.is_empty()).then(|| values.join(", ")))
}

/// Section 4.2.2, step 5.4.
fn accept_key(key: &str) -> String {
    let mut sha1 = Sha1::new();
    sha1.update(key.as_bytes());
    sha1.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(sha1.finalize())
}

/// Our own side of the handshake with the tool.
#[derive(Debug)]
pub(crate) struct Request {
    key: String,
    protocol: &'static str,
}

impl Request {
    pub(crate) fn new(nonce: [u8; 16], protocol: &'static str) -> Self {
        Self { key: STANDARD.encode(nonce), protocol }
    }

    /// The headers to send.
    pub(crate) fn headers(&self) -> String {
        format!(
            "sec-websocket-version: 13\r\nsec-websocket-key: {}\r\nsec-websocket-protocol: {}\r\n",
            self.key, self.protocol
        )
    }

    /// Whether the tool's 101 answers it.
    pub(crate) fn is_accepted(&self, headers: &HeaderMap) -> bool {
        only(headers, SEC_WEBSOCKET_ACCEPT.as_str()).is_some_and(|accept| accept == accept_key(&self.key))
            && speaks_websocket(headers)
            && only(headers, SEC_WEBSOCKET_PROTOCOL.as_str()).is_none_or(|protocol| protocol == self.protocol)
            && !headers.contains_key(SEC_WEBSOCKET_EXTENSIONS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(changes: &[(&'static str, Option<&'static str>)]) -> Result<Offer, Misread> {
        let mut headers = HeaderMap::new();
        headers.insert(CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="));
        for (name, value) in changes {
            match value {
                Some(value) => {
                    headers.append(*name, HeaderValue::from_static(value));
                }
                None => {
                    headers.remove(*name);
                }
            }
        }
        Offer::read(&headers)
    }

    #[test]
    fn the_sample_of_rfc_6455_is_accepted_with_its_key() {
        let answer = offer(&[]).unwrap().accept(Some("graphql-ws"));
        assert_eq!(answer.headers()[SEC_WEBSOCKET_ACCEPT], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(answer.headers()[SEC_WEBSOCKET_PROTOCOL], "graphql-ws");
        assert!(!answer.headers().contains_key(SEC_WEBSOCKET_EXTENSIONS));
    }

    #[test]
    fn no_extension_is_taken_up_where_messages_are_read() {
        let offer = offer(&[("sec-websocket-extensions", Some("permessage-deflate; client_max_window_bits, x-own"))]);
        assert!(!offer.unwrap().accept(None).headers().contains_key(SEC_WEBSOCKET_EXTENSIONS));
    }

    #[test]
    fn a_handshake_that_is_not_one_is_refused() {
        for changes in [
            &[("connection", None)][..],
            &[("sec-websocket-version", None)],
            &[("sec-websocket-version", Some("8"))],
            &[("sec-websocket-key", None)],
            &[("sec-websocket-key", Some("dGhlIHNhbXBsZSBub25jZQ=="))],
            &[("sec-websocket-key", None), ("sec-websocket-key", Some("c2hvcnQ="))],
        ] {
            assert!(offer(changes).is_err(), "{changes:?}");
        }
    }

    #[test]
    fn a_tool_must_answer_the_very_offer_that_reached_it() {
        let offer = offer(&[
            ("sec-websocket-protocol", Some("v1.kernel, other")),
            ("sec-websocket-extensions", Some("permessage-deflate; client_max_window_bits")),
        ])
        .unwrap();
        let answer = |changes: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            headers.insert(UPGRADE, HeaderValue::from_static("WebSocket"));
            headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
            for (name, value) in changes {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            offer.is_answered_by(&headers)
        };
        assert!(answer(&[]));
        assert!(answer(&[("sec-websocket-protocol", "v1.kernel"), ("sec-websocket-extensions", "permessage-deflate")]));
        for change in [
            ("upgrade", "h2c"),
            ("sec-websocket-accept", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("sec-websocket-protocol", "unasked"),
            ("sec-websocket-protocol", "v1.kernel, other"),
            ("sec-websocket-extensions", "permessage-deflate, x-own"),
        ] {
            assert!(!answer(&[change]), "{change:?}");
        }
    }

    #[test]
    fn the_tool_must_answer_our_own_key_without_extensions() {
        let request = Request::new(*b"the sample nonce", "graphql-ws");
        assert!(request.headers().contains("dGhlIHNhbXBsZSBub25jZQ=="));
        let mut headers = HeaderMap::new();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(request.is_accepted(&headers));
        headers.insert(SEC_WEBSOCKET_EXTENSIONS, HeaderValue::from_static("permessage-deflate"));
        assert!(!request.is_accepted(&headers));
        headers.remove(SEC_WEBSOCKET_EXTENSIONS);
        headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static("AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        assert!(!request.is_accepted(&headers));
    }
}
