//! Networks, as people write them.

use ipnet::IpNet;
use std::net::IpAddr;

/// Reads a network (`10.0.0.0/8`), or one address, which is a network of its own.
pub fn parse_network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let one = text.parse::<IpAddr>().map(IpNet::from);
    one.or_else(|_| text.parse()).map_err(|_| InvalidNetwork(text.to_owned()))
}

/// It is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network; write it as 10.0.0.0/8 or 192.0.2.7")]
pub struct InvalidNetwork(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_network_of_its_own() {
        for (text, network) in [("192.0.2.7", "192.0.2.7/32"), ("::1", "::1/128"), ("10.0.0.0/8", "10.0.0.0/8")] {
            assert_eq!(parse_network(text).map(|network| network.to_string()), Ok(network.to_owned()));
        }
        for text in ["", "300.1.1.1", "10.0.0.0/33", "10.0.0.0/", "host", " 10.0.0.1"] {
            assert_eq!(parse_network(text), Err(InvalidNetwork(text.to_owned())));
        }
    }
}
