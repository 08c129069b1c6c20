//! From where Doorward is reached, and whom it believes about that.

use ipnet::IpNet;
use std::net::SocketAddr;

use super::Findings;
use crate::config::Config;

/// Whether passwords cross the network in clear.
pub fn look_at_address(config: &Config, served: &[SocketAddr], findings: &mut Findings) {
    let door = &config.sections;
    let is_reached_from_here_only = match served {
        [] => door.listen.ip().is_loopback(),
        served => served.iter().all(|listen| listen.ip().is_loopback()),
    };
    let whose = if served.is_empty() { "by this configuration, " } else { "" };
    match &door.public_url {
        Some(url) if url.scheme() == "https" && door.trusted_proxies.is_empty() => findings.add(
            "note",
            "public_url",
            format!("{url} is https, which a proxy in front must speak; name its network in `trusted_proxies`, or its X-Forwarded-Proto is not believed"),
        ),
        Some(url) => findings.add("good", "public_url", url.as_str()),
        None if is_reached_from_here_only => {
            findings.add("good", "reach", format!("{whose}Doorward listens on this machine only"));
        }
        None => findings.add(
            "note",
            "reach",
            format!("{whose}Doorward listens on the network without TLS: passwords cross it in clear unless a proxy in front speaks https; then set `public_url`"),
        ),
    }
}

/// Wider than any network that one party has: the largest private ones are `10.0.0.0/8` and `fc00::/7`.
pub fn look_at_proxies(config: &Config, findings: &mut Findings) {
    let wide = |net: &IpNet| net.prefix_len() < if net.addr().is_ipv4() { 8 } else { 7 };
    for net in IpNet::aggregate(&config.sections.trusted_proxies).iter().filter(|net| wide(net)) {
        let text = format!(
            "{net} is a large part of the Internet, and whoever is in it can claim any address; name your proxies' networks"
        );
        findings.add("wrong", "trusted_proxies", text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Request, load};

    #[test]
    fn a_doorward_that_runs_says_by_where_it_listens_how_it_is_reached() {
        let config = load(&Request::default()).unwrap_or_else(|problems| panic!("{problems}")).config;
        let found = |served: &[&str]| {
            let served: Vec<SocketAddr> = served.iter().map(|listen| listen.parse().unwrap()).collect();
            let mut findings = Findings(Vec::new());
            look_at_address(&config, &served, &mut findings);
            let found = findings.0.pop().unwrap();
            (found.verdict, found.detail.split(" TLS").next().unwrap_or_default().to_owned())
        };
        let here = |by: &str| ("good", format!("{by}Doorward listens on this machine only"));
        let network = ("note", "Doorward listens on the network without".to_owned());
        assert_eq!(found(&[]), here("by this configuration, "));
        assert_eq!(found(&["127.0.0.1:3000", "[::1]:3000"]), here(""));
        assert_eq!(found(&["0.0.0.0:3000"]), network);
        assert_eq!(found(&["127.0.0.1:3000", "192.0.2.7:3000"]), network);
    }

    #[test]
    fn networks_of_proxies_that_are_no_ones_are_wrong_also_in_pieces() {
        let found = |networks: &str| {
            let variables = vec![("DOORWARD_TRUSTED_PROXIES".to_owned(), networks.to_owned())];
            let config = load(&Request { variables, ..Request::default() })
                .unwrap_or_else(|problems| panic!("{problems}"))
                .config;
            let mut findings = Findings(Vec::new());
            look_at_proxies(&config, &mut findings);
            findings
                .0
                .iter()
                .map(|finding| finding.detail.split(' ').next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(found("[10.0.0.0/8, 'fc00::/7', 192.0.2.1]"), "");
        assert_eq!(found("[12.0.0.0/8, 13.0.0.0/8, 128.0.0.0/1, '2000::/3']"), "12.0.0.0/7 128.0.0.0/1 2000::/3");
    }
}
