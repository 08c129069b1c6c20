//! The settled facts about a connection: worked out once by the door (trusted-proxy rules), never guessed again.

use std::net::IpAddr;

/// Where a request came from and how it arrived. The door attaches it to every request it hands to the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The client's address, after believing only trusted proxies.
    pub ip: IpAddr,
    /// Whether the browser's own connection is https (to us, or to a trusted proxy that says so).
    pub secure: bool,
    /// Host and port as the browser addressed us (`tools.example.com:8443`), validated as an RFC 3986 authority without user info.
    pub host: String,
}
