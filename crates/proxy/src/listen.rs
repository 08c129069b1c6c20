//! Listening: one socket for each address, which all workers accept from.
//!
//! Each worker has its own descriptor of the same socket. Sockets of their own on one address (`SO_REUSEPORT`) would be shared out by the
//! kernel, but with every other program of the same user that asks for the same: a wrapped tool could bind the door's own address
//! beside it and be sent people's passwords.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;

/// The queue of connections not yet accepted.
const BACKLOG: i32 = 1024;

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", explain(.cause))]
pub struct ListenError {
    /// Where.
    pub address: SocketAddr,
    /// Why.
    #[source]
    pub cause: io::Error,
}

fn explain(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::AddrInUse => "another program listens there already".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not (ports below 1024 need a privilege)".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => cause.to_string(),
    }
}

/// The sockets of a door that is not open yet: who connects waits.
#[derive(Debug)]
pub struct Listening {
    /// With the real port where 0 was asked for.
    pub(crate) addresses: Vec<SocketAddr>,
    /// Those of each worker.
    pub(crate) of_workers: Vec<Vec<TcpListener>>,
}

impl Listening {
    /// Binds the addresses for so many worker threads; `None` is one for each processor this process may use.
    pub fn at(addresses: &[SocketAddr], workers: Option<NonZeroUsize>) -> Result<Self, ListenError> {
        let count = workers.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let mut listening = Self { addresses: Vec::new(), of_workers: (0..count).map(|_| Vec::new()).collect() };
        for &address in addresses {
            let fail = |cause| ListenError { address, cause };
            let listeners = listeners(address, count).map_err(fail)?;
            if let Some(first) = listeners.first() {
                listening.addresses.push(first.local_addr().map_err(fail)?);
            }
            for (own, listener) in listening.of_workers.iter_mut().zip(listeners) {
                own.push(listener);
            }
        }
        Ok(listening)
    }
}

/// `count` descriptors of one socket on this address. Port 0 is some free port.
fn listeners(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    let first = bind(address)?;
    let mut all = (1..count).map(|_| first.try_clone()).collect::<io::Result<Vec<_>>>()?;
    all.push(first);
    Ok(all)
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
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
        assert_eq!(ports.len(), 3);
        assert!(ports.iter().all(|port| *port == ports[0] && *port != 0), "{ports:?}");
    }

    #[test]
    fn a_port_that_is_in_use_is_refused() {
        let first = listeners("127.0.0.1:0".parse().unwrap(), 1).unwrap();
        let again = listeners(first[0].local_addr().unwrap(), 1).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn nobody_gets_a_share_of_the_connections_by_binding_the_same_address() {
        let door = listeners("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        let address = door[0].local_addr().unwrap();
        for (reuse_address, bound) in [(false, address), (true, address), (true, ([0, 0, 0, 0], address.port()).into())]
        {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
            socket.set_reuse_port(true).unwrap();
            socket.set_reuse_address(reuse_address).unwrap();
            let beside = socket.bind(&bound.into()).and_then(|()| socket.listen(1));
            assert_eq!(beside.unwrap_err().kind(), io::ErrorKind::AddrInUse, "{reuse_address} {bound}");
        }
    }
}
