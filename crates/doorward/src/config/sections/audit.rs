//! `audit`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

use crate::config::setting::{Maybe, One, Word};
use crate::config::value_type::{File, Span};

/// Where else the audit log goes, and how long it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditSection {
    /// A file that gets every audit event as a line of JSON, beside the database. It may be rotated at any time.
    #[serde(with = "Maybe::<File>")]
    #[schemars(extend("example" = "/var/log/doorward/audit.jsonl"))]
    pub file: Option<PathBuf>,
    /// Whether standard output gets every audit event as a line of JSON too.
    #[schemars(extend("default" = "false", "example" = "true"))]
    pub stdout: bool,
    /// How long events are kept. Older ones are removed every hour, a few at a time; an entry of the log announces it, so that what is kept
    /// still proves itself. `null` keeps all for ever.
    #[serde(with = "Maybe::<Span<1000>>")]
    #[schemars(extend("default" = "400d", "example" = "730d"))]
    pub retention: Option<Duration>,
    /// Whether requests that only look are recorded one by one too. In this version they are counted only: `true` is refused.
    #[serde(with = "One::<NotYet>")]
    #[schemars(extend("default" = "false", "example" = "false"))]
    views: bool,
}

/// What may only be `false` so far.
struct NotYet;

impl Word for NotYet {
    type Value = bool;

    fn schema() -> Value {
        json!({"type": "boolean", "words": "`true` or `false`"})
    }

    fn parse(text: &str) -> Result<bool, String> {
        match text {
            "false" => Ok(false),
            "true" => Err("recording views one by one is not supported by this version; write false".into()),
            _ => Err(format!("`{text}` is neither true nor false")),
        }
    }
}
