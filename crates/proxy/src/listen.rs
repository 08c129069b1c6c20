//! Listening: every worker has its own socket on the same address, and the kernel shares connections out among them.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};

/// The queue of connections not yet accepted.
const BACKLOG: i32 = 1024;

/// `count` listeners on one address. Port 0 is some free port, the same for all.
pub(crate) fn listeners(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    // Sharing a port with another Doorward by accident would be worse than failing, so the port must be nobody's first.
    drop(bind(address, false)?);
    let first = bind(address, true)?;
    let address = first.local_addr()?;
    let mut all = vec![first];
    while all.len() < count {
        all.push(bind(address, true)?);
    }
    Ok(all)
}

fn bind(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    if address.is_ipv6() {
        // `::` is every address, IPv4 too.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_listeners_have_the_same_port() {
        let listeners = listeners("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        let ports: Vec<_> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        assert!(ports.iter().all(|port| *port == ports[0] && *port != 0), "{ports:?}");
    }

    #[test]
    fn a_port_that_is_in_use_is_refused_even_if_its_owner_would_share() {
        let first = listeners("127.0.0.1:0".parse().unwrap(), 1).unwrap();
        let again = listeners(first[0].local_addr().unwrap(), 1).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AddrInUse);
    }
}
