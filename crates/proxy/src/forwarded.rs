//! What proxies say about whom they speak for: `X-Forwarded-*` and `Forwarded` (RFC 7239).
//!
//! Read only from a trusted proxy. A proxy that writes one of the two usually passes on the other as the client sent it; so when
//! both are there and name different clients, neither is believed.

use std::net::{IpAddr, SocketAddr};

use http::header::{FORWARDED, HeaderMap};

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The hops named, nearest last. `None` is an entry that is not an address.
#[derive(Debug, Default)]
pub(crate) struct Hops {
    listed: Option<Vec<Option<IpAddr>>>,
    standard: Option<Vec<Option<IpAddr>>>,
    /// `proto` of the nearest element of `Forwarded`.
    pub(crate) proto: Option<String>,
    /// `host` of the nearest element of `Forwarded`.
    pub(crate) host: Option<String>,
}

impl Hops {
    /// The client: going back from the nearest hop, the first that is not a trusted proxy. What cannot be read ends the walk.
    pub(crate) fn client(&self, peer: IpAddr, is_trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
        let walk = |hops: &Vec<Option<IpAddr>>| {
            let mut client = peer;
            for hop in hops.iter().rev() {
                let Some(hop) = hop else { break };
                client = *hop;
                if !is_trusted(client) {
                    break;
                }
            }
            client
        };
        match (self.listed.as_ref().map(walk), self.standard.as_ref().map(walk)) {
            (Some(one), Some(other)) if one != other => peer,
            (Some(client), _) | (None, Some(client)) => client,
            (None, None) => peer,
        }
    }
}

/// Reads both headers.
pub(crate) fn read(headers: &HeaderMap) -> Hops {
    let mut hops = Hops::default();
    if headers.contains_key(X_FORWARDED_FOR) {
        hops.listed = Some(list(headers, X_FORWARDED_FOR).iter().map(|entry| address(entry)).collect());
    }
    let elements = list(headers, FORWARDED.as_str());
    if !elements.is_empty() {
        hops.standard = Some(elements.iter().map(|element| parameter(element, "for").as_deref().and_then(address)).collect());
        // Only when `X-Forwarded-*` is silent: see the head of this file.
        if hops.listed.is_none()
            && let Some(nearest) = elements.last()
        {
            hops.proto = parameter(nearest, "proto").map(|proto| proto.to_ascii_lowercase());
            hops.host = parameter(nearest, "host");
        }
    }
    hops
}

/// The last entry of a list header.
pub(crate) fn nearest(headers: &HeaderMap, name: &str) -> Option<String> {
    list(headers, name).pop().filter(|entry| !entry.is_empty()).map(|entry| entry.to_ascii_lowercase())
}

/// All entries of a list header, in order, over all its lines. Commas in quoted strings do not separate.
fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let mut entries = Vec::new();
    for value in headers.get_all(name) {
        let Ok(text) = value.to_str() else {
            entries.push(String::new());
            continue;
        };
        let (mut entry, mut quoted) = (String::new(), false);
        for c in text.chars() {
            match c {
                ',' if !quoted => entries.push(std::mem::take(&mut entry).trim().to_owned()),
                _ => {
                    quoted ^= c == '"';
                    entry.push(c);
                }
            }
        }
        entries.push(entry.trim().to_owned());
    }
    entries
}

/// A parameter of an element of `Forwarded`, unquoted.
fn parameter(element: &str, name: &str) -> Option<String> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// An address, perhaps with a port or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    ip.ok().map(|ip| ip.to_canonical())
}
