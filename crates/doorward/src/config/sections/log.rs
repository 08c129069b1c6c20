//! What Doorward tells its operator, on standard error.

use crate::config::{Key, Kind, Values};

/// The keys of `log`.
pub const KEYS: &[Key] = &[
    Key {
        path: "log.format",
        kind: Kind::Choice(&["text", "json"]),
        default: "text",
        doc: "Lines for people, or a JSON object a line for machines.",
        example: "json",
        live: false,
    },
    Key {
        path: "log.level",
        kind: Kind::Choice(&["error", "warn", "info", "debug", "trace"]),
        default: "info",
        doc: "The least important lines that are still written.",
        example: "debug",
        live: true,
    },
];

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What Doorward tells its operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSection {
    /// How lines look.
    pub format: LogFormat,
    /// The least important level.
    pub level: String,
}

impl LogSection {
    /// Reads the section.
    pub fn read(values: &Values) -> Self {
        let format =
            if values.text("log.format").as_deref() == Some("json") { LogFormat::Json } else { LogFormat::Text };
        Self { format, level: values.text("log.level").unwrap_or_else(|| "info".into()) }
    }
}
