//! What one client or tool may hold: time, memory, connections.

use doorward_proxy::Limits;

use crate::config::{Key, Kind, Values};

/// The keys of `limits`.
pub const KEYS: &[Key] = &[
    Key {
        path: "limits.header_timeout",
        kind: Kind::Duration(100),
        default: "10s",
        doc: "From a connection's first byte to the end of a request's head. Slower clients are closed.",
        example: "5s",
        live: true,
    },
    Key {
        path: "limits.header_bytes",
        kind: Kind::Size,
        default: "64KiB",
        doc: "The largest head of a request, for connections that come from then on.",
        example: "32KiB",
        live: true,
    },
    Key {
        path: "limits.max_headers",
        kind: Kind::Number(16, 10_000),
        default: "100",
        doc: "The most headers in a request, for connections that come from then on.",
        example: "200",
        live: true,
    },
    Key {
        path: "limits.keep_alive",
        kind: Kind::Duration(1000),
        default: "75s",
        doc: "How long a connection may idle between requests.",
        example: "30s",
        live: true,
    },
    Key {
        path: "limits.body_idle",
        kind: Kind::Duration(100),
        default: "30s",
        doc: "The longest pause while a client sends a request's body. After that it is 408.",
        example: "1m",
        live: true,
    },
    Key {
        path: "limits.body_timeout",
        kind: Kind::Duration(100),
        default: "1m",
        doc: "How long waiting for a request's body may take in all; a second more for each `body_rate` bytes of it that came. After that it is 408.",
        example: "2m",
        live: true,
    },
    Key {
        path: "limits.body_rate",
        kind: Kind::Size,
        default: "1KiB",
        doc: "Bytes a second that a long body has to keep up; `0` lets no body take longer than `body_timeout`.",
        example: "16KiB",
        live: true,
    },
    Key {
        path: "limits.response_write_timeout",
        kind: Kind::Duration(100),
        default: "60s",
        doc: "The longest pause while a client takes an answer.",
        example: "2m",
        live: true,
    },
    Key {
        path: "limits.connect_timeout",
        kind: Kind::Duration(100),
        default: "5s",
        doc: "How long reaching the tool may take.",
        example: "2s",
        live: true,
    },
    Key {
        path: "limits.answer_idle",
        kind: Kind::Duration(0),
        default: "1h",
        doc: "The longest silence of the tool while an answer is due; `0s` is no limit.",
        example: "10m",
        live: true,
    },
    Key {
        path: "limits.answer_header_bytes",
        kind: Kind::Size,
        default: "64KiB",
        doc: "The largest head of a tool's answer.",
        example: "128KiB",
        live: true,
    },
    Key {
        path: "limits.upstream_idle",
        kind: Kind::Duration(0),
        default: "4s",
        doc: "How long an unused connection to the tool is kept. Keep it shorter than the tool's own patience (Dagster: 5 s).",
        example: "2s",
        live: true,
    },
    Key {
        path: "limits.max_connections",
        kind: Kind::Number(1, 1_000_000),
        default: "10000",
        doc: "Connections at once for each processor, as far as the limit of file descriptors allows; beyond, idle ones make way, and where none is idle more wait.",
        example: "1000",
        live: true,
    },
    Key {
        path: "limits.socket_ping",
        kind: Kind::Duration(1000),
        default: "30s",
        doc: "Silence after which a WebSocket client is pinged; it is closed after twice as long.",
        example: "20s",
        live: true,
    },
];

/// Reads the section.
pub fn read(values: &Values) -> Limits {
    let span = |name: &str| values.duration(&format!("limits.{name}"));
    let count = |name: &str| values.size(&format!("limits.{name}"));
    Limits {
        header_timeout: span("header_timeout"),
        header_bytes: count("header_bytes"),
        max_headers: count("max_headers"),
        keep_alive: span("keep_alive"),
        body_idle: span("body_idle"),
        body_timeout: span("body_timeout"),
        body_rate: count("body_rate"),
        response_write_timeout: span("response_write_timeout"),
        connect_timeout: span("connect_timeout"),
        answer_idle: span("answer_idle"),
        answer_header_bytes: count("answer_header_bytes"),
        upstream_idle: span("upstream_idle"),
        max_connections: count("max_connections"),
        socket_ping: span("socket_ping"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layers, Problems};

    #[test]
    fn the_defaults_of_the_table_are_the_doors_own() {
        let mut problems = Problems::default();
        assert_eq!(read(&Values::settle(Layers::default(), &mut problems)), Limits::default());
    }
}
