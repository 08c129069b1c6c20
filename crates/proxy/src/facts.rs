//! Where a request came from and how it arrived: settled once, from the connection and the trusted proxies, never guessed again.

use std::borrow::Cow;
use std::net::IpAddr;

use doorward_profile::Misread;
use doorward_service::Client;
use http::header::HOST;
use http::request::Parts;
use ipnet::IpNet;

use crate::forwarded;

const X_FORWARDED_PROTO: &str = "x-forwarded-proto";
const X_FORWARDED_HOST: &str = "x-forwarded-host";

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// Its address; never an IPv4 address in IPv6 clothes.
    pub(crate) ip: IpAddr,
    /// The same as text, for headers.
    pub(crate) text: Box<str>,
    /// Whether it is a trusted proxy.
    pub(crate) trusted: bool,
}

impl Peer {
    pub(crate) fn new(ip: IpAddr, proxies: &[IpNet]) -> Self {
        let ip = ip.to_canonical();
        Self { ip, text: ip.to_string().into(), trusted: is_trusted(ip, proxies) }
    }
}

pub(crate) fn is_trusted(ip: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|net| net.contains(&ip))
}

/// What is settled about one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts<'a> {
    pub(crate) ip: IpAddr,
    pub(crate) secure: bool,
    /// As the browser addressed us.
    pub(crate) host: Cow<'a, str>,
    /// As the request said it (behind a proxy, perhaps another): what the tool is told.
    pub(crate) host_header: &'a str,
}

impl Facts<'_> {
    /// For the desk.
    pub(crate) fn client(&self) -> Client {
        Client { ip: self.ip, secure: self.secure, host: self.host.clone().into_owned() }
    }

    /// Whether browsers take our origin for potentially trustworthy (W3C Secure Contexts section 3.1): https, or this machine.
    pub(crate) fn is_trustworthy(&self) -> bool {
        let name = self
            .host
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map_or_else(|| self.host.split_once(':').map_or(&*self.host, |(name, _)| name), |(address, _)| address);
        let is_local_name = name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost");
        self.secure || is_local_name || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

/// Settles them. Without a trusted proxy only the connection and the request itself count.
pub(crate) fn settle<'a>(peer: &Peer, proxies: &[IpNet], parts: &'a Parts) -> Result<Facts<'a>, Misread> {
    let host_header = named_host(parts)?;
    let mut facts = Facts { ip: peer.ip, secure: false, host: Cow::Borrowed(host_header), host_header };
    if peer.trusted {
        let hops = forwarded::read(&parts.headers);
        facts.ip = hops.client(peer.ip, |ip| is_trusted(ip, proxies));
        let proto = forwarded::nearest(&parts.headers, X_FORWARDED_PROTO).or(hops.proto);
        facts.secure = proto.is_some_and(|proto| matches!(proto.as_str(), "https" | "wss"));
        if let Some(host) = forwarded::nearest(&parts.headers, X_FORWARDED_HOST).or(hops.host) {
            if !is_authority(&host) {
                return Err(Misread::new("invalid_host", "The forwarded host is not a host name with an optional port."));
            }
            facts.host = Cow::Owned(host);
        }
    }
    Ok(facts)
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

/// Host and optional port (RFC 3986 section 3.2) without user info, in the characters real hosts have.
pub(crate) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((ipv6, port)) if ipv6.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
            _ => return false,
        },
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let host_is_valid =
        !host.is_empty() && host.len() <= 253 && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let port_is_valid = match port.strip_prefix(':') {
        Some(port) => !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    host_is_valid && port_is_valid
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn settled(peer: &str, target: &str, headers: &[(&str, &str)]) -> String {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        match settle(&Peer::new(peer.parse().unwrap(), &proxies), &proxies, &parts) {
            Ok(facts) => format!("{} {}://{} ({})", facts.ip, facts.scheme(), facts.host, facts.host_header),
            Err(misread) => misread.code.to_owned(),
        }
    }

    #[test]
    fn strangers_cannot_say_who_they_are() {
        let spoof = [
            ("Host", "a.example"),
            ("X-Forwarded-For", "1.2.3.4"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "evil"),
            ("Forwarded", "for=9.9.9.9;proto=https;host=evil"),
        ];
        assert_eq!(settled("203.0.113.9", "/", &spoof), "203.0.113.9 http://a.example (a.example)");
    }

    #[test]
    fn a_trusted_proxy_is_believed_only_as_far_as_the_first_stranger() {
        let host = ("Host", "inner:8080");
        let with = |list| settled("10.0.0.1", "/", &[host, ("X-Forwarded-For", list)]);
        assert!(with("1.1.1.1, 2.2.2.2").starts_with("2.2.2.2 "));
        assert!(with("1.1.1.1, 2.2.2.2, 10.0.0.9").starts_with("2.2.2.2 "));
        assert!(with("10.0.0.8, 10.0.0.9").starts_with("10.0.0.8 "));
        assert!(with("1.1.1.1, nonsense").starts_with("10.0.0.1 "));
        assert!(with("[2001:db8::1]:99").starts_with("2001:db8::1 "));
        assert!(with("::ffff:7.7.7.7").starts_with("7.7.7.7 "));
        assert!(with("").starts_with("10.0.0.1 "));
    }

    #[test]
    fn scheme_and_host_come_from_the_nearest_proxy() {
        let said = settled(
            "10.0.0.1",
            "/",
            &[("Host", "inner"), ("X-Forwarded-Proto", "http, https"), ("X-Forwarded-Host", "evil, tools.example.com:8443")],
        );
        assert_eq!(said, "10.0.0.1 https://tools.example.com:8443 (inner)");
        assert_eq!(
            settled("fd00::1", "/", &[("Host", "inner"), ("Forwarded", "for=1.1.1.1, for=\"[2001:db8::2]:4\";proto=https;host=b")]),
            "2001:db8::2 https://b (inner)"
        );
        assert_eq!(settled("10.0.0.1", "/", &[("Host", "inner"), ("X-Forwarded-Host", "e@vil")]), "invalid_host");
    }

    #[test]
    fn two_headers_that_disagree_about_the_client_mean_neither() {
        let said = settled("10.0.0.1", "/", &[("Host", "h"), ("X-Forwarded-For", "1.1.1.1"), ("Forwarded", "for=2.2.2.2")]);
        assert!(said.starts_with("10.0.0.1 "));
        let said = settled("10.0.0.1", "/", &[("Host", "h"), ("X-Forwarded-For", "1.1.1.1"), ("Forwarded", "for=1.1.1.1")]);
        assert!(said.starts_with("1.1.1.1 "));
    }

    #[test]
    fn a_request_names_exactly_one_valid_host() {
        for headers in [
            &[][..],
            &[("Host", "a"), ("Host", "a")],
            &[("Host", "")],
            &[("Host", "a b")],
            &[("Host", "u@a")],
            &[("Host", "a/b")],
            &[("Host", "a:99999")],
            &[("Host", "a:")],
            &[("Host", "[::1")],
            &[("Host", "a,b")],
            &[("Host", "a\u{e4}")],
        ] {
            assert_eq!(settled("9.9.9.9", "/", headers), "invalid_host", "{headers:?}");
        }
        assert_eq!(settled("9.9.9.9", "http://b:81/x", &[("Host", "a")]), "9.9.9.9 http://b:81 (b:81)");
        assert_eq!(settled("9.9.9.9", "http://u@b/x", &[("Host", "a")]), "invalid_host");
        assert_eq!(settled("9.9.9.9", "ftp://b/x", &[("Host", "a")]), "invalid_host");
    }
}
