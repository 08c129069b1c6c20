//! The name of a host, in the one form in which it is compared.

use std::fmt;

/// A host without its port, in lower case and without a final dot: cookies do not tell ports apart (RFC 6265 section 8.5), and neither
/// does who is served there. Not checked to be a name that exists, or could.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostName(Box<str>);

impl HostName {
    /// Of a host with or without a port (RFC 3986 section 3.2.2 and 3.2.3).
    pub fn of(authority: &str) -> Self {
        let bare = bare(authority);
        Self(bare.to_ascii_lowercase().into())
    }

    /// Whether this authority names the host.
    pub fn is(&self, authority: &str) -> bool {
        bare(authority).eq_ignore_ascii_case(&self.0)
    }

    /// The name; an IPv6 address without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in a URL.
    pub fn in_url(&self) -> String {
        if self.0.contains(':') { format!("[{}]", self.0) } else { self.0.to_string() }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The host of an authority, without port, brackets and final dot; its letters as they are.
pub fn bare(authority: &str) -> &str {
    let bare = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((ipv6, _)) => ipv6,
        None if authority.matches(':').count() == 1 => authority.split_once(':').map_or(authority, |(name, _)| name),
        None => authority,
    };
    bare.strip_suffix('.').unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_name_however_it_is_written() {
        for text in ["auth.test", "AUTH.test", "auth.test.", "auth.test:8443", "Auth.Test.:80"] {
            assert_eq!(HostName::of(text).as_str(), "auth.test", "{text}");
            assert!(HostName::of("auth.test").is(text), "{text}");
        }
        for text in ["auth.test.evil", "evil.auth.test", "auth", "auth.test..", "", "auth.test:80:80", "auth_test"] {
            assert!(!HostName::of("auth.test").is(text), "{text}");
        }
        assert_eq!(HostName::of("[::1]:3000").as_str(), "::1");
        assert_eq!(HostName::of("[::1]").in_url(), "[::1]");
    }
}
