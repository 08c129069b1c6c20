//! `limits`

use doorward_proxy::Limits;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

use crate::config::setting::One;
use crate::config::value_type::{Size, Span, Whole};

/// What one client or tool may hold: time, memory, connections.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Limits", deny_unknown_fields)]
pub struct LimitsSection {
    /// From a connection's first byte to the end of a request's head. Slower clients are closed.
    #[serde(with = "One::<Span<100>>")]
    #[schemars(extend("default" = "10s", "example" = "5s", "live" = true))]
    header_timeout: Duration,
    /// The largest head of a request, for connections that come from then on.
    #[serde(with = "One::<Size<1>>")]
    #[schemars(extend("default" = "64KiB", "example" = "32KiB", "live" = true))]
    header_bytes: usize,
    /// The most headers in a request, for connections that come from then on.
    #[serde(with = "One::<Whole<16, 10_000>>")]
    #[schemars(extend("default" = "100", "example" = "200", "live" = true))]
    max_headers: usize,
    /// How long a connection may idle between requests.
    #[serde(with = "One::<Span<1000>>")]
    #[schemars(extend("default" = "75s", "example" = "30s", "live" = true))]
    keep_alive: Duration,
    /// The longest pause while a client sends a request's body. After that it is 408.
    #[serde(with = "One::<Span<100>>")]
    #[schemars(extend("default" = "30s", "example" = "1m", "live" = true))]
    body_idle: Duration,
    /// How long waiting for a request's body may take in all; a second more for each `body_rate` bytes of it that came. After that it is
    /// 408.
    #[serde(with = "One::<Span<100>>")]
    #[schemars(extend("default" = "1m", "example" = "2m", "live" = true))]
    body_timeout: Duration,
    /// Bytes a second that a long body has to keep up; `0` lets no body take longer than `body_timeout`.
    #[serde(with = "One::<Size<0>>")]
    #[schemars(extend("default" = "1KiB", "example" = "16KiB", "live" = true))]
    body_rate: usize,
    /// The longest pause while a client takes an answer.
    #[serde(with = "One::<Span<100>>")]
    #[schemars(extend("default" = "60s", "example" = "2m", "live" = true))]
    response_write_timeout: Duration,
    /// How long reaching the tool may take.
    #[serde(with = "One::<Span<100>>")]
    #[schemars(extend("default" = "5s", "example" = "2s", "live" = true))]
    connect_timeout: Duration,
    /// The longest silence of the tool while an answer is due; `0s` is no limit.
    #[serde(with = "One::<Span<0>>")]
    #[schemars(extend("default" = "1h", "example" = "10m", "live" = true))]
    answer_idle: Duration,
    /// The largest head of a tool's answer.
    #[serde(with = "One::<Size<1>>")]
    #[schemars(extend("default" = "64KiB", "example" = "128KiB", "live" = true))]
    answer_header_bytes: usize,
    /// How long an unused connection to the tool is kept. Keep it shorter than the tool's own patience (Dagster: 5 s).
    #[serde(with = "One::<Span<0>>")]
    #[schemars(extend("default" = "4s", "example" = "2s", "live" = true))]
    upstream_idle: Duration,
    /// Connections at once for each processor, as far as the limit of file descriptors allows; beyond, idle ones make way, and where none
    /// is idle more wait.
    #[serde(with = "One::<Whole<1, 1_000_000>>")]
    #[schemars(extend("default" = "10000", "example" = "1000", "live" = true))]
    max_connections: usize,
    /// Silence after which a WebSocket client is pinged; it is closed after twice as long.
    #[serde(with = "One::<Span<1000>>")]
    #[schemars(extend("default" = "30s", "example" = "20s", "live" = true))]
    socket_ping: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Request, load};

    #[test]
    fn the_defaults_of_the_table_are_the_doors_own() {
        let loaded = load(&Request::default()).expect("sound");
        assert_eq!(loaded.config.sections.limits, Limits::default());
    }

    #[test]
    fn only_a_rate_of_bodies_may_be_nothing() {
        let read = |name: &str| {
            let variables = vec![(format!("DOORWARD_LIMITS__{name}"), "0".to_owned())];
            load(&Request { variables, ..Request::default() }).map(|loaded| loaded.config.sections.limits.body_rate)
        };
        assert_eq!(read("BODY_RATE"), Ok(0));
        for never in ["HEADER_BYTES", "ANSWER_HEADER_BYTES", "MAX_HEADERS", "MAX_CONNECTIONS"] {
            assert!(read(never).is_err(), "{never}");
        }
    }
}
