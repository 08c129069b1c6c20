//! The elements of `Forwarded` (RFC 7239 section 4): `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"`.

use doorward_profile::Misread;
use http::header::{FORWARDED, HeaderMap};
use std::net::IpAddr;

use super::{Forwarded, Hop, client, hop, invalid_host, is_hidden, is_secure, misread};
use crate::client_info::authority::is_authority;

/// What one proxy says.
#[derive(Debug, Default)]
struct Element<'a> {
    by: Option<&'a str>,
    hop: Option<&'a str>,
    host: Option<&'a str>,
    proto: Option<&'a str>,
}

/// What `Forwarded` says: of whom it speaks by all its elements, scheme and host by the nearest.
pub(super) fn standard(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Result<Forwarded, Misread> {
    let mut elements = Vec::new();
    for value in headers.get_all(FORWARDED) {
        let text = value.to_str().map_err(|_| broken())?;
        for part in split(text, ',').ok_or_else(broken)? {
            if !part.is_empty() {
                elements.push(Element::read(part).ok_or_else(broken)?);
            }
        }
    }
    let hops = if elements.iter().any(|element| element.hop.is_some()) {
        elements
            .iter()
            .map(|element| element.hop.map_or(Some(Hop::Hidden), node))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(broken)?
    } else {
        Vec::new()
    };
    if elements.iter().any(|element| element.host.is_some_and(|host| !is_authority(host))) {
        return Err(invalid_host());
    }
    let schemes =
        elements.iter().map(|element| element.proto.map(|proto| is_secure(proto).ok_or_else(broken)).transpose());
    let secure = schemes.collect::<Result<Vec<_>, _>>()?.last().copied().flatten();
    let host = elements.last().and_then(|nearest| nearest.host).map(str::to_ascii_lowercase);
    Ok(Forwarded { client: client(&hops, is_trusted)?, secure, host })
}

impl<'a> Element<'a> {
    /// Every parameter once at most; those that nobody knows are passed over (section 5.5).
    fn read(text: &'a str) -> Option<Self> {
        let mut element = Self::default();
        for pair in split(text, ';')? {
            if pair.is_empty() {
                continue;
            }
            let (name, value) = pair.split_once('=')?;
            let value = value_of(value)?;
            let place = match name.to_ascii_lowercase().as_str() {
                "by" => &mut element.by,
                "for" => &mut element.hop,
                "host" => &mut element.host,
                "proto" => &mut element.proto,
                other if is_token(other) => continue,
                _ => return None,
            };
            if place.replace(value).is_some() {
                return None;
            }
        }
        Some(element)
    }
}

/// An address with an optional port, either of which may be hidden (section 6). IPv6 stands in brackets.
fn node(text: &str) -> Option<Hop> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let port_is_valid = port.is_none_or(|port| is_hidden(port) && port.starts_with('_') || port.parse::<u16>().is_ok());
    let is_bare_ipv6 = name.contains(':') && !name.starts_with('[');
    if port_is_valid && !is_bare_ipv6 { hop(name) } else { None }
}

/// A token, or what stands in quotes. A backslash there would hide something from somebody: no host and no address holds one.
fn value_of(text: &str) -> Option<&str> {
    match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').filter(|inner| !inner.contains(['"', '\\'])),
        None => is_token(text).then_some(text),
    }
}

/// `token` of RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_token_char = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(is_token_char)
}

/// The trimmed parts between separators outside quotes; `None` when a quote is not closed.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut quoted = false;
    let parts = text.split(|c| {
        quoted ^= c == '"';
        c == separator && !quoted
    });
    let parts = parts.map(str::trim).collect();
    (!quoted).then_some(parts)
}

fn broken() -> Misread {
    misread("Forwarded cannot be read (RFC 7239).")
}
