//! `sessions`

use doorward_domain::SessionLimits;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

use crate::config::setting::One;
use crate::config::value_type::Span;

/// How long people stay signed in.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "SessionLimits", deny_unknown_fields)]
pub struct SessionsSection {
    /// From signing in until one has to sign in again, whatever happens.
    #[serde(with = "One::<Span<1000>>")]
    #[schemars(extend("default" = "24h", "example" = "12h"))]
    lifetime: Duration,
    /// Without any request, until one has to sign in again. Longer than `lifetime`, it never counts. A page of the tool that is left open and
    /// asks for news by itself, as Dagster's do, goes on using the session, however short this is.
    #[serde(with = "One::<Span<1000>>")]
    #[schemars(extend("default" = "8h", "example" = "1h"))]
    idle: Duration,
    /// Whether a request puts the idle end off. When `false`, `idle` counts from signing in.
    #[schemars(extend("default" = "true", "example" = "false"))]
    renew: bool,
    /// How long whoever ticks "Keep me signed in" stays so, in place of `lifetime` and `idle`. `0s` takes the box away.
    #[serde(with = "One::<Span<0>>")]
    #[schemars(extend("default" = "30d", "example" = "7d"))]
    remember: Duration,
}
