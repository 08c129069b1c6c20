//! Ports for servers that tests start.

use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

/// Below those that the kernel gives to connections (32768 on, `ip_local_port_range` in ip(7)): one of them may take any other port between
/// our looking and the server's listening.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How many others a process that looks for a port may come upon.
static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port nobody listens on, and that no other test is given as long as this process lives.
pub fn free_port() -> u16 {
    let count = PORTS.end - PORTS.start;
    // Processes that start one after another begin far from each other.
    let first = u16::try_from(std::process::id().wrapping_mul(97) % u32::from(count)).expect("a small number");
    (0..count)
        .map(|_| PORTS.start + (first + NEXT.fetch_add(1, Relaxed) % count) % count)
        .find(|port| is_reserved(*port) && TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok())
        .expect("a free port")
}

/// Takes the port's name, which the kernel gives back when this process ends (unix(7), abstract sockets).
fn is_reserved(port: u16) -> bool {
    let name = SocketAddr::from_abstract_name(format!("doorward-test-port-{port}")).expect("a short name");
    UnixListener::bind_addr(&name).map(|listener| Box::leak(Box::new(listener))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_port_is_given_twice() {
        let ports: Vec<u16> = (0..500).map(|_| free_port()).collect();
        assert_eq!(ports.iter().collect::<HashSet<_>>().len(), ports.len());
        assert!(!ports.iter().any(|port| is_reserved(*port)), "another process could have it");
    }
}
