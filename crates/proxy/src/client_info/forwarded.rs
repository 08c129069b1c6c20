//! What proxies say about whom they speak for: `X-Forwarded-For`, `-Proto`, `-Host`, and `Forwarded` (RFC 7239).
//!
//! Read only from a trusted proxy, and never guessed: what cannot be read is refused. A proxy that writes one of the two kinds passes on
//! the other as the client sent it, unless it is told otherwise; so where both are there they must say the same, all of it.

mod element;

use doorward_profile::Misread;
use http::header::{FORWARDED, HeaderMap};
use std::net::{IpAddr, SocketAddr};

use super::authority::is_authority;

const X_FORWARDED: [&str; 3] = [X_FORWARDED_FOR, X_FORWARDED_PROTO, X_FORWARDED_HOST];
pub(crate) const X_FORWARDED_FOR: &str = "x-forwarded-for";
const X_FORWARDED_PROTO: &str = "x-forwarded-proto";
const X_FORWARDED_HOST: &str = "x-forwarded-host";

/// What the proxies say; what they do not say is `None`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarded {
    pub(crate) client: Option<IpAddr>,
    /// Whether the client speaks https.
    pub(crate) secure: Option<bool>,
    /// The host the client asked for, in lower case.
    pub(crate) host: Option<String>,
}

/// One of those who passed a request on, or the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hop {
    Address(IpAddr),
    /// `unknown`, or a name made up for it (RFC 7239 section 6.2 and 6.3).
    Hidden,
}

/// Reads both kinds. Which addresses are proxies is `is_trusted` to say.
pub(crate) fn read(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Result<Forwarded, Misread> {
    let has_listed = X_FORWARDED.iter().any(|name| headers.contains_key(*name));
    let has_standard = headers.contains_key(FORWARDED);
    match (has_listed, has_standard) {
        (false, false) => Ok(Forwarded::default()),
        (true, false) => listed(headers, is_trusted),
        (false, true) => element::standard(headers, is_trusted),
        (true, true) => {
            let (one, other) = (listed(headers, &is_trusted)?, element::standard(headers, is_trusted)?);
            if one == other {
                Ok(one)
            } else {
                Err(misread(
                    "Forwarded and X-Forwarded-* do not say the same. The proxy in front of Doorward writes one of them, and has to remove the other.",
                ))
            }
        }
    }
}

/// What `X-Forwarded-*` says.
fn listed(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Result<Forwarded, Misread> {
    let hops = list(headers, X_FORWARDED_FOR)?
        .into_iter()
        .map(|entry| hop(entry).ok_or_else(|| misread("X-Forwarded-For holds something that is no address.")));
    let hops = hops.collect::<Result<Vec<_>, _>>()?;
    Ok(Forwarded { client: client(&hops, is_trusted)?, secure: secure(headers)?, host: host(headers)? })
}

/// The client: going back from the nearest hop, the first that is not a trusted proxy. What is further away is its own claim.
fn client(hops: &[Hop], is_trusted: impl Fn(IpAddr) -> bool) -> Result<Option<IpAddr>, Misread> {
    let mut client = None;
    for hop in hops.iter().rev() {
        match hop {
            Hop::Address(ip) => client = Some(*ip),
            Hop::Hidden => {
                return Err(misread(
                    "A trusted proxy hides for whom it asks (`unknown`, or a name that is no address).",
                ));
            }
        }
        if client.is_some_and(|client| !is_trusted(client)) {
            break;
        }
    }
    Ok(client)
}

fn secure(headers: &HeaderMap) -> Result<Option<bool>, Misread> {
    let mut said = None;
    for entry in list(headers, X_FORWARDED_PROTO)? {
        let secure = is_secure(entry).ok_or_else(|| misread("X-Forwarded-Proto is neither http nor https."))?;
        if said.is_some_and(|said| said != secure) {
            return Err(misread("X-Forwarded-Proto says both http and https."));
        }
        said = Some(secure);
    }
    Ok(said)
}

/// The nearest proxy's word: some add theirs to what the client sent.
fn host(headers: &HeaderMap) -> Result<Option<String>, Misread> {
    let hosts = list(headers, X_FORWARDED_HOST)?;
    if hosts.iter().all(|host| is_authority(host)) {
        Ok(hosts.last().map(|host| host.to_ascii_lowercase()))
    } else {
        Err(invalid_host())
    }
}

/// All entries of a list header, in order, over all its lines (RFC 9110 section 5.6.1: empty ones say nothing).
fn list<'a>(headers: &'a HeaderMap, name: &str) -> Result<Vec<&'a str>, Misread> {
    let mut entries = Vec::new();
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| misread("A forwarding header holds something that is not text."))?;
        entries.extend(text.split(',').map(str::trim).filter(|entry| !entry.is_empty()));
    }
    Ok(entries)
}

/// An address, perhaps with a port or in brackets; or what stands for one.
fn hop(text: &str) -> Option<Hop> {
    if is_hidden(text) {
        return Some(Hop::Hidden);
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let ip = match bare {
        Some(bare) => IpAddr::V6(bare.parse().ok()?),
        None => text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))?,
    };
    Some(Hop::Address(ip.to_canonical()))
}

/// `unknown` or `_anything` (RFC 7239 section 6).
fn is_hidden(name: &str) -> bool {
    let is_made_up = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    name.eq_ignore_ascii_case("unknown") || name.strip_prefix('_').is_some_and(is_made_up)
}

fn is_secure(scheme: &str) -> Option<bool> {
    match scheme.to_ascii_lowercase().as_str() {
        "https" | "wss" => Some(true),
        "http" | "ws" => Some(false),
        _ => None,
    }
}

fn misread(detail: &'static str) -> Misread {
    Misread::new("forwarding_headers", detail)
}

fn invalid_host() -> Misread {
    Misread::new("invalid_host", "The forwarded host is not a host name with an optional port.")
}
