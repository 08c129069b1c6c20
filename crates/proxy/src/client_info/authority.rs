//! What a host may look like, in `Host` and in what proxies say alike.

use memchr::memchr;

/// Host and optional port (RFC 3986 section 3.2) without user info, in the characters real hosts have.
pub(crate) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((ipv6, port)) if ipv6.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
            _ => return false,
        },
        None => memchr(b':', text.as_bytes()).map_or((text, ""), |at| text.split_at(at)),
    };
    let in_host = |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    let host_is_valid = !host.is_empty() && host.len() <= 253 && host.bytes().all(in_host);
    let port_is_valid = match port.strip_prefix(':') {
        Some(port) => !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    host_is_valid && port_is_valid
}
