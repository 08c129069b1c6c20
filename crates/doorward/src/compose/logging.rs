//! What the operator reads: lines on standard error. `docs/logging.md` says which, and what they look like.

use std::io::IsTerminal as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Registry, fmt, reload};

use crate::config::{LogFormat, LogLevel, LogSection};

/// Changes the level of what is written while Doorward runs.
#[derive(Debug, Clone)]
pub struct Logging(reload::Handle<Targets, Registry>);

impl Logging {
    /// Begins to write. Once per process.
    pub fn start(section: &LogSection) -> Self {
        let (level, handle) = reload::Layer::new(targets(section));
        let registry = tracing_subscriber::registry().with(level);
        match section.format {
            LogFormat::Text => {
                registry
                    .with(fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(has_colours()))
                    .init();
            }
            LogFormat::Json => {
                registry
                    .with(fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(std::io::stderr))
                    .init();
            }
        }
        Self(handle)
    }

    /// From now on this level.
    pub fn set(&self, section: &LogSection) {
        // Fails only when nothing is written any more.
        let _ = self.0.reload(targets(section));
    }
}

/// Colours are for people at a terminal who did not turn them off (no-color.org: a value that is empty is none).
fn has_colours() -> bool {
    let is_off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !is_off
}

/// The level is for Doorward's own lines; libraries are heard from `warn` on, unless everything is asked for.
fn targets(section: &LogSection) -> Targets {
    let level = match section.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let others = if level == LevelFilter::TRACE { level } else { level.min(LevelFilter::WARN) };
    Targets::new().with_default(others).with_target("doorward", level)
}
