//! Reading the head of a tool's answer: strictly, and without what is only between it and us.

use bytes::{Buf, Bytes, BytesMut};
use doorward_http::cookie;
use http::header::{CONNECTION, CONTENT_LENGTH, SET_COOKIE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::mem::MaybeUninit;

/// The most headers an answer may have.
const MOST_HEADERS: usize = 128;

/// Where an answer's body ends (RFC 9112 section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// It has none.
    None,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection.
    UntilClose,
}

/// The head of an answer, ready to be passed on.
#[derive(Debug)]
pub(super) struct AnswerHead {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) framing: Framing,
    /// Whether the connection may carry another request.
    pub(super) keeps_open: bool,
}

/// What the connection-level headers said while they were taken out.
#[derive(Debug, Default)]
struct Hop {
    length: Option<u64>,
    chunked: bool,
    says_close: bool,
    upgrade: Option<HeaderValue>,
    connection_options: Vec<HeaderName>,
}

/// Takes a complete head from `input`, or nothing when there is none yet.
pub(super) fn take_head(
    input: &mut BytesMut,
    method: &Method,
    limit: usize,
) -> Result<Option<AnswerHead>, &'static str> {
    let mut slots = [const { MaybeUninit::<httparse::Header<'_>>::uninit() }; MOST_HEADERS];
    let mut parsed = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let length = match config.parse_response_with_uninit_headers(&mut parsed, input, &mut slots) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if input.len() < limit => return Ok(None),
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => return Err("its head is too large"),
        Err(_) => return Err("its head cannot be parsed"),
    };
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or("its status is no status")?;
    let is_http_11 = parsed.version == Some(1);
    // One copy of the head; the values are slices of it, so that the read buffer stays free for the next answer.
    let shared = Bytes::copy_from_slice(input.get(..length).unwrap_or(input));
    let mut headers = HeaderMap::with_capacity(parsed.headers.len());
    let mut hop = Hop::default();
    for header in parsed.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| "a header's name is none")?;
        let start = (header.value.as_ptr() as usize).wrapping_sub(input.as_ptr() as usize);
        let value = shared.get(start..start.wrapping_add(header.value.len())).map(|value| shared.slice_ref(value));
        let value =
            value.and_then(|value| HeaderValue::from_maybe_shared(value).ok()).ok_or("a header's value is none")?;
        if let Some((name, value)) = hop.sift(name, value)? {
            headers.append(name, value);
        }
    }
    input.advance(length);
    finish(status, headers, hop, method, is_http_11).map(Some)
}

impl Hop {
    /// Keeps what is between the tool and us; gives back what is for the client.
    fn sift(
        &mut self,
        name: HeaderName,
        value: HeaderValue,
    ) -> Result<Option<(HeaderName, HeaderValue)>, &'static str> {
        match name {
            CONTENT_LENGTH => {
                let length = parse_length(value.as_bytes()).ok_or("its Content-Length is not a number")?;
                if self.length.replace(length).is_some() {
                    return Err("it has more than one Content-Length");
                }
                return Ok(Some((name, value)));
            }
            TRANSFER_ENCODING => {
                if self.chunked || !value.as_bytes().eq_ignore_ascii_case(b"chunked") {
                    return Err("its Transfer-Encoding is something else than chunked");
                }
                self.chunked = true;
            }
            CONNECTION => {
                for token in value.as_bytes().split(|b| *b == b',').map(<[u8]>::trim_ascii) {
                    if token.eq_ignore_ascii_case(b"close") {
                        self.says_close = true;
                    } else if token.eq_ignore_ascii_case(b"keep-alive") {
                        // By far the most common, and that header stays here anyway.
                    } else if let Ok(name) = HeaderName::from_bytes(token) {
                        self.connection_options.push(name);
                    }
                }
            }
            UPGRADE => self.upgrade = Some(value),
            SET_COOKIE if cookie::sets_own(value.as_bytes()) => {}
            _ if is_between_hops(name.as_str()) || is_ours_to_say(name.as_str()) => {}
            _ => return Ok(Some((name, value))),
        }
        Ok(None)
    }
}

/// What an answer carries only as far as us.
fn is_between_hops(name: &str) -> bool {
    matches!(name, "keep-alive" | "proxy-connection" | "proxy-authenticate" | "te" | "trailer")
}

/// What only Doorward may tell a browser about this address, and about itself. With `service-worker-allowed` a worker would see more of the
/// address than its own folder (Service Workers section 3.4.2); with `clear-site-data` a tool would sign people out, of itself and of
/// everything else here, with `set-login` say that nobody is signed in; with `use-as-dictionary` it would choose how the answers of the whole
/// address are packed (RFC 9842), with a registration of sessions (Device Bound Session Credentials) which requests to it wait for the tool. With the
/// others it would say of the whole host, and some of the hosts below it, how browsers reach it from now on and where they report to.
fn is_ours_to_say(name: &str) -> bool {
    matches!(
        name,
        "service-worker-allowed"
            | "clear-site-data"
            | "strict-transport-security"
            | "set-login"
            | "use-as-dictionary"
            | "secure-session-registration"
            | "sec-session-registration"
            | "alt-svc"
            | "nel"
            | "report-to"
            | "reporting-endpoints"
    ) || name.starts_with("doorward-")
}

fn finish(
    status: StatusCode,
    mut headers: HeaderMap,
    hop: Hop,
    method: &Method,
    is_http_11: bool,
) -> Result<AnswerHead, &'static str> {
    if hop.chunked && (hop.length.is_some() || !is_http_11) {
        return Err("it has a Transfer-Encoding where it must not");
    }
    for name in hop.connection_options.iter().filter(|name| **name != CONTENT_LENGTH) {
        headers.remove(name);
    }
    let bodiless = *method == Method::HEAD
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let framing = match hop.length {
        _ if bodiless => Framing::None,
        _ if hop.chunked => Framing::Chunked,
        Some(length) => Framing::Length(length),
        None => Framing::UntilClose,
    };
    if bodiless && *method != Method::HEAD {
        // Allowed on 304 but of no use, and wrong on 1xx and 204 (RFC 9110 section 8.6).
        headers.remove(CONTENT_LENGTH);
    }
    if status == StatusCode::SWITCHING_PROTOCOLS
        && let Some(upgrade) = hop.upgrade
    {
        headers.insert(UPGRADE, upgrade);
    }
    let keeps_open = is_http_11 && !hop.says_close && framing != Framing::UntilClose;
    Ok(AnswerHead { status, headers, framing, keeps_open })
}

/// Digits only: no sign, no list, no white space, at most 18 of them.
fn parse_length(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 18 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AnswerHead, &'static str> {
        read_for(&Method::GET, text)
    }

    fn read_for(method: &Method, text: &str) -> Result<AnswerHead, &'static str> {
        take_head(&mut BytesMut::from(text), method, 64 * 1024).map(|head| head.expect("the head is complete"))
    }

    #[test]
    fn the_body_ends_where_rfc_9112_says() {
        let framing = |text| read(text).unwrap().framing;
        assert_eq!(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Framing::Length(5));
        assert_eq!(framing("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"), Framing::Chunked);
        assert_eq!(framing("HTTP/1.1 200 OK\r\n\r\n"), Framing::UntilClose);
        assert_eq!(framing("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), Framing::None);
        assert_eq!(framing("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), Framing::None);
        let head = read_for(&Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").unwrap();
        assert_eq!((head.framing, head.headers.len()), (Framing::None, 1));
    }

    #[test]
    fn an_answer_that_can_be_read_in_two_ways_is_refused() {
        for headers in [
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: 5, 5",
            "Content-Length: +5",
            "Content-Length: 0x5",
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: identity",
            "Content-Length : 5",
            "Content-Length: 5\r\n folded",
            "A: b\0c",
            "Content-Length: 9999999999999999999",
        ] {
            let outcome = read(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n"));
            assert!(outcome.is_err(), "{headers:?} was read as {outcome:?}");
        }
        assert!(read("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn what_is_only_between_the_tool_and_us_stays_there() {
        let head = read(
            "HTTP/1.1 200 OK\r\nConnection: X-Private, keep-alive\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\n\
             Trailer: A\r\nDoorward-Decision: deny\r\nContent-Length: 0\r\nX-Public: 1\r\n\r\n",
        )
        .unwrap();
        let mut names: Vec<_> = head.headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-length", "x-public"]);
        assert!(head.keeps_open);
    }

    #[test]
    fn only_a_connection_with_a_certain_end_is_used_again() {
        assert!(!read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").unwrap().keeps_open);
        assert!(!read("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").unwrap().keeps_open);
        assert!(!read("HTTP/1.1 200 OK\r\n\r\n").unwrap().keeps_open);
    }

    #[test]
    fn a_head_without_end_is_refused() {
        let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(70_000));
        assert!(take_head(&mut BytesMut::from(endless.as_str()), &Method::GET, 64 * 1024).is_err());
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(200));
        assert!(take_head(&mut BytesMut::from(many.as_str()), &Method::GET, 64 * 1024).is_err());
    }
}
