//! How much anybody may ask of the door: sizes, counts and waits, in one place.

use std::time::Duration;

/// The door's bounds. Every wait a client or a tool can cause ends at one of these; every buffer they can fill does too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From a connection's first byte (or its acceptance) to the end of a request's head.
    pub header_timeout: Duration,
    /// The largest request head, in bytes. At least 8192.
    pub header_bytes: usize,
    /// The most headers in a request.
    pub max_headers: usize,
    /// How long a connection may idle between requests.
    pub keep_alive: Duration,
    /// The longest pause while a client sends a request's body.
    pub body_idle: Duration,
    /// How long waiting for a request's body may take in all, and one second more for each `body_rate` bytes of it that came.
    pub body_timeout: Duration,
    /// Bytes a second that a long body has to keep up; zero lets no body take longer than `body_timeout`.
    pub body_rate: usize,
    /// The longest pause while a client takes an answer.
    pub response_write_timeout: Duration,
    /// Reaching the tool.
    pub connect_timeout: Duration,
    /// The longest silence of the tool while an answer is due; zero is no limit. Streams may be silent for long.
    pub answer_idle: Duration,
    /// The largest head of a tool's answer, in bytes.
    pub answer_header_bytes: usize,
    /// How long an unused connection to the tool is kept. Shorter than the tool's own patience (uvicorn: 5 s).
    pub upstream_idle: Duration,
    /// Connections at once, for each worker. When there are so many, idle ones make way, and where none is idle further ones wait in
    /// the kernel's queue. A quarter of them may come from one network with nobody signed in.
    pub max_connections: usize,
    /// Silence after which a WebSocket client is pinged; it is closed after twice as long.
    pub socket_ping: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            header_bytes: 64 * 1024,
            max_headers: 100,
            keep_alive: Duration::from_secs(75),
            body_idle: Duration::from_secs(30),
            body_timeout: Duration::from_mins(1),
            body_rate: 1024,
            response_write_timeout: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(5),
            answer_idle: Duration::from_hours(1),
            answer_header_bytes: 64 * 1024,
            upstream_idle: Duration::from_secs(4),
            max_connections: 10_000,
            socket_ping: Duration::from_secs(30),
        }
    }
}
