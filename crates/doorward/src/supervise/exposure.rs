//! Whether a private port can be reached from outside this machine, which would be a way around Doorward.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// The addresses of this machine, other than loopback, on which somebody answers at `port`.
pub fn reachable_elsewhere(port: u16) -> Vec<IpAddr> {
    let answers =
        |ip: &IpAddr| TcpStream::connect_timeout(&SocketAddr::from((*ip, port)), Duration::from_millis(300)).is_ok();
    local_addresses().into_iter().filter(answers).collect()
}

/// The addresses of this machine's networks, without loopback and link-local ones.
fn local_addresses() -> Vec<IpAddr> {
    let v4 = std::fs::read_to_string("/proc/net/fib_trie").map(|text| v4_addresses(&text)).unwrap_or_default();
    let v6 = std::fs::read_to_string("/proc/net/if_inet6").map(|text| v6_addresses(&text)).unwrap_or_default();
    let mut all: Vec<IpAddr> = v4.into_iter().map(IpAddr::from).chain(v6.into_iter().map(IpAddr::from)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// In the kernel's routing trie the machine's own addresses are the leaves followed by `/32 host LOCAL`.
fn v4_addresses(trie: &str) -> Vec<Ipv4Addr> {
    let mut leaf = None;
    let mut found = Vec::new();
    for line in trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse::<Ipv4Addr>().ok();
        } else if line.starts_with("/32 host LOCAL") {
            found.extend(leaf.filter(|ip| !ip.is_loopback() && !ip.is_link_local()));
        }
    }
    found
}

/// Each line begins with the address as 32 hexadecimal digits.
fn v6_addresses(table: &str) -> Vec<Ipv6Addr> {
    table
        .lines()
        .filter_map(|line| u128::from_str_radix(line.split_whitespace().next()?, 16).ok())
        .map(Ipv6Addr::from)
        .filter(|ip| !ip.is_loopback() && !ip.is_unicast_link_local())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_read_from_the_kernels_tables() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.0.2.7\n        /32 host LOCAL\n     |-- 192.0.2.255\n        /32 link BROADCAST\n";
        assert_eq!(v4_addresses(trie), [Ipv4Addr::new(192, 0, 2, 7)]);
        let table = "00000000000000000000000000000001 01 80 10 80       lo\nfe800000000000000000000000000001 02 40 20 80 eth0\n20010db8000000000000000000000007 02 40 00 80 eth0\n";
        assert_eq!(v6_addresses(table), ["2001:db8::7".parse::<Ipv6Addr>().expect("an address")]);
    }

    #[test]
    fn a_port_on_loopback_is_not_reachable_elsewhere() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        assert_eq!(reachable_elsewhere(listener.local_addr().expect("an address").port()), Vec::<IpAddr>::new());
    }
}
