//! Where a request came from and how it arrived: settled once, from the connection and the trusted proxies, never guessed again.

mod authority;
pub(crate) mod forwarded;

use doorward_http::OwnOrigin;
use doorward_profile::Misread;
use doorward_service::Client;
use http::header::HOST;
use http::request::Parts;
use ipnet::IpNet;
use std::borrow::Cow;
use std::net::IpAddr;
use url::Url;

use authority::is_authority;

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Its address; never an IPv4 address in IPv6 clothes.
    pub(crate) ip: IpAddr,
    /// The same as text, for headers.
    pub(crate) text: Box<str>,
}

impl Peer {
    pub(crate) fn new(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        Self { ip, text: ip.to_string().into() }
    }
}

/// What is settled about one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientInfo<'a> {
    pub(crate) ip: IpAddr,
    pub(crate) secure: bool,
    /// As the browser addressed us.
    pub(crate) host: Cow<'a, str>,
    /// As the request said it (behind a proxy, perhaps another): what the tool is told.
    pub(crate) host_header: &'a str,
    /// Whether a trusted proxy sent it.
    pub(crate) is_proxied: bool,
}

impl ClientInfo<'_> {
    /// What is our own site for a page that sends something; `public` is the configured address for people.
    pub(crate) fn own_origin<'a>(&'a self, public: Option<&'a Url>) -> OwnOrigin<'a> {
        OwnOrigin { secure: self.secure, host: &self.host, public }
    }

    /// For the desk.
    pub(crate) fn client(&self) -> Client {
        Client { ip: self.ip, secure: self.secure, host: self.host.clone().into_owned() }
    }

    /// Whether browsers take our origin for potentially trustworthy (W3C Secure Contexts section 3.1): https, or this machine.
    pub(crate) fn is_trustworthy(&self) -> bool {
        if self.secure {
            return true;
        }
        let name = self
            .host
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map_or_else(|| self.host.split_once(':').map_or(&*self.host, |(name, _)| name), |(address, _)| address);
        // What is `localhost`, or ends in `.localhost`.
        let last_label = name.rsplit('.').next().unwrap_or_default();
        last_label.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

/// Settles them. Without a trusted proxy only the connection and the request itself count.
pub(crate) fn resolve<'a>(peer: &Peer, proxies: &[IpNet], parts: &'a Parts) -> Result<ClientInfo<'a>, Misread> {
    let host_header = named_host(parts)?;
    let is_proxied = is_trusted(peer.ip, proxies);
    let mut client_info =
        ClientInfo { ip: peer.ip, secure: false, host: Cow::Borrowed(host_header), host_header, is_proxied };
    if is_proxied {
        let said = forwarded::read(&parts.headers, |ip| is_trusted(ip, proxies))?;
        client_info.ip = said.client.unwrap_or(peer.ip);
        client_info.secure = said.secure.unwrap_or(false);
        client_info.host = said.host.map_or(client_info.host, Cow::Owned);
    }
    Ok(client_info)
}

/// The one host a request names (RFC 9112 sections 3.2 and 3.2.2): of an absolute target that of the target.
fn named_host(parts: &Parts) -> Result<&str, Misread> {
    let invalid = || Misread::new("invalid_host", "The request must name one valid host.");
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().map_err(|_| invalid())?,
        _ => return Err(invalid()),
    };
    let host = match parts.uri.authority() {
        Some(authority) if matches!(parts.uri.scheme_str(), Some("http" | "https")) => authority.as_str(),
        Some(_) => return Err(invalid()),
        None => host,
    };
    if is_authority(host) { Ok(host) } else { Err(invalid()) }
}

/// Whether these proxies are at that address.
pub(crate) fn is_trusted(ip: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|net| net.contains(&ip))
}

#[cfg(test)]
mod tests;
