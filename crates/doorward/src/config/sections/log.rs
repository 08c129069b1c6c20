//! `log`

use schemars::JsonSchema;
use serde::Deserialize;

/// What Doorward tells its operator, on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    /// Lines for people, or a JSON object a line for machines.
    #[schemars(extend("default" = "text", "example" = "json"))]
    pub format: LogFormat,
    /// The least important lines that are still written.
    #[schemars(extend("default" = "info", "example" = "debug", "live" = true))]
    pub level: LogLevel,
}

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// How important a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}
