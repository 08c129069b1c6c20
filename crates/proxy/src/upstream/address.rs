//! Where a tool listens.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use url::{Host, Url};

/// The text is not an address a tool can be reached at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUpstream {
    /// Not a URL, or not an http one.
    #[error("`{0}` is not an upstream address such as http://127.0.0.1:3001")]
    NotAnAddress(String),
    /// Not yet.
    #[error(
        "`{0}`: https upstreams are not supported by this version; use http to an address on this machine or a private network"
    )]
    Https(String),
    /// A URL with parts that mean nothing here.
    #[error("`{0}`: an upstream address has no user name, query or fragment")]
    Extra(String),
}

/// Where a tool listens: `http://host:port`, with an optional base path.
///
/// Without a base, a request's path is sent as it is. With one (`/` too), the site's own path prefix is replaced by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UpstreamAddress {
    host: Arc<str>,
    port: u16,
    base: Option<Arc<str>>,
}

impl UpstreamAddress {
    /// Host name or IP address (without brackets).
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port, as a `Host` header says them.
    pub(crate) fn authority(&self) -> String {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        format!("{open}{}{close}:{}", self.host, self.port)
    }

    /// The base path without its last slash; `None` when the address has none.
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }
}

impl FromStr for UpstreamAddress {
    type Err = InvalidUpstream;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || InvalidUpstream::NotAnAddress(text.to_owned());
        let url = Url::parse(text).map_err(|_| wrong())?;
        match url.scheme() {
            "http" => {}
            "https" => return Err(InvalidUpstream::Https(text.to_owned())),
            _ => return Err(wrong()),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidUpstream::Extra(text.to_owned()));
        }
        let host = match url.host().ok_or_else(wrong)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        // The parser adds a path of `/` when there is none; only one that was written counts.
        let authority_and_path = text.split_once("://").map_or("", |(_, rest)| rest);
        let base = authority_and_path.contains('/').then(|| Arc::from(url.path().trim_end_matches('/')));
        Ok(Self { host: host.into(), port: url.port_or_known_default().unwrap_or(80), base })
    }
}

impl fmt::Display for UpstreamAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority(), self.base().unwrap_or(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_a_port_and_perhaps_a_base() {
        let plain: UpstreamAddress = "http://127.0.0.1:3001".parse().unwrap();
        assert_eq!((plain.host(), plain.port(), plain.base()), ("127.0.0.1", 3001, None));
        let based: UpstreamAddress = "http://[::1]/tool/".parse().unwrap();
        assert_eq!((based.host(), based.port(), based.base()), ("::1", 80, Some("/tool")));
        assert_eq!(based.to_string(), "http://[::1]:80/tool");
        assert_eq!("http://a:1/".parse::<UpstreamAddress>().unwrap().base(), Some(""));
    }

    #[test]
    fn what_cannot_be_reached_is_refused_in_words() {
        for text in ["", "127.0.0.1:3001", "ftp://a", "http://", "http://u:p@a", "http://a/?q", "http://a/#f"] {
            assert!(text.parse::<UpstreamAddress>().is_err(), "{text}");
        }
        assert!("https://a".parse::<UpstreamAddress>().unwrap_err().to_string().contains("not supported"));
    }
}
