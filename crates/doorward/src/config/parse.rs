//! Reading the words of a value: durations, sizes, addresses, networks. Each failure is a sentence that says how to write it instead.

use doorward_domain::parse_network;
pub use doorward_domain::span::duration;
use doorward_http::desk_paths;
use ipnet::IpNet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use url::Url;

pub(super) fn size(text: &str, least: u64) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)) {
        Some(bytes) if factor > 0 && bytes >= least => Ok(bytes),
        _ => Err(format!("`{text}` is not a size; write it as 65536, 64kB or 4MiB")),
    }
}

/// Reads an address to listen on: `127.0.0.1:3000`, `[::]:3000`, `localhost:3000`, `:3000` (this machine only).
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let local = |port: &str| port.parse().ok().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    match host {
        "" | "localhost" => local(port),
        "*" => port.parse().ok().map(|port| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))),
        _ => None,
    }
    .ok_or_else(|| {
        format!("`{text}` is not an address to listen on; write it as 127.0.0.1:3000, 0.0.0.0:3000 or [::]:3000")
    })
}

pub(super) fn public_url(text: &str) -> Result<Url, String> {
    let hint = "write it as https://tools.example.com";
    let url = Url::parse(text).map_err(|e| format!("`{text}` is not a URL ({e}); {hint}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("`{text}` must begin with https:// or http://; {hint}"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(format!("the public URL has a host and perhaps a port, and nothing else; {hint}"));
    }
    Ok(url)
}

/// Kept as written: `http://host` passes paths on as they are, `http://host/` replaces the app's own path by `/`.
pub(super) fn upstream(text: &str) -> Result<String, String> {
    let hint = "write it as http://127.0.0.1:3001";
    let url = Url::parse(text).map_err(|e| format!("`{text}` is not a URL ({e}); {hint}"))?;
    match url.scheme() {
        "http" if url.host().is_some() => {}
        "https" => {
            return Err("https to the tool is not supported by this version; use http on a private address".into());
        }
        _ => return Err(format!("`{text}` must begin with http://; {hint}")),
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("the address of a tool has a host, a port and perhaps a path, and nothing else; {hint}"));
    }
    Ok(text.to_owned())
}

pub(super) fn network(text: &str) -> Result<IpNet, String> {
    match parse_network(text) {
        Ok(net) if net.prefix_len() == 0 => Err(format!(
            "`{text}` is every address there is: anybody could claim to be anybody; name your proxies' networks"
        )),
        Ok(net) => Ok(net.trunc()),
        Err(invalid) => Err(invalid.to_string()),
    }
}

pub(super) fn host(text: &str) -> Result<String, String> {
    let legal = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let labels = text.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    if legal && labels && text.len() <= 253 {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("`{text}` is not a host name; write it as dagster.example.com, without port or path"))
    }
}

/// Reads a path prefix: begins with `/`, does not end with it, and needs no decoding.
pub fn path_prefix(text: &str) -> Result<String, String> {
    let trimmed = text.trim_end_matches('/');
    let legal = trimmed.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b));
    let segments = trimmed.split('/').skip(1).all(|s| !s.is_empty() && s != "." && s != "..");
    if !trimmed.starts_with('/') || !legal || !segments {
        let lacks_root = !trimmed.is_empty() && !trimmed.starts_with('/');
        let advice = if lacks_root { path_prefix(&format!("/{trimmed}")).ok() } else { None };
        let advice = advice.as_deref().unwrap_or("/dagster");
        return Err(format!("`{text}` is not a path prefix; write it as {advice}"));
    }
    if desk_paths::is_desk(trimmed) {
        return Err(format!("paths under {} are Doorward's own", desk_paths::DESK));
    }
    Ok(trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trusting_every_address_is_refused() {
        for every in ["0.0.0.0/0", "::/0", "10.1.2.3/0"] {
            assert!(network(every).expect_err(every).contains("anybody could claim"), "{every}");
        }
        assert_eq!(network("10.1.2.3/8").map(|n| n.to_string()), Ok("10.0.0.0/8".into()));
        assert_eq!(network("192.0.2.7").map(|n| n.to_string()), Ok("192.0.2.7/32".into()));
    }

    #[test]
    fn nothing_is_a_size_only_where_it_may_be() {
        assert_eq!(size("0", 0), Ok(0));
        assert_eq!((size("4MiB", 1), size("64 kB", 1)), (Ok(4 << 20), Ok(64_000)));
        for wrong in ["0", "0kB", "", "-1", "1.5MB", "4 apples", "99999999999999999999", "99999999999GiB"] {
            assert!(size(wrong, 1).expect_err(wrong).contains("is not a size"), "{wrong}");
        }
    }

    #[test]
    fn a_bare_port_listens_on_this_machine_only() {
        for text in ["3000", ":3000", "localhost:3000"] {
            assert_eq!(listen(text), Ok(SocketAddr::from(([127, 0, 0, 1], 3000))), "{text}");
        }
        assert!(listen("example.com:3000").is_err());
        assert!(listen("127.0.0.1").is_err());
    }

    #[test]
    fn path_prefixes_need_no_decoding_and_leave_the_desk_alone() {
        assert_eq!(path_prefix("files"), Err("`files` is not a path prefix; write it as /files".into()));
        assert_eq!(path_prefix("/dg/"), Ok("/dg".into()));
        for wrong in ["dg", "/", "", "//dg", "/a/../b", "/%64g", "/_doorward", "/_doorward/x", "/a b"] {
            assert!(path_prefix(wrong).is_err(), "{wrong}");
        }
    }
}
