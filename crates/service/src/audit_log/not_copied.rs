//! The audit log cannot be copied to its file or to standard output: told with the place and why, again while it lasts, and when it is over.

use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

use crate::ports::StoreError;

/// How often it is told while it lasts.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// Why it cannot.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotCopied {
    #[error("it cannot be read: {0}")]
    Read(#[from] StoreError),
    #[error("{} cannot be written: {why}", path.display())]
    File { path: PathBuf, why: io::Error },
    #[error("standard output cannot be written: {0}")]
    Stdout(io::Error),
    #[error("{0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Since when, and when it was last told.
#[derive(Debug, Default)]
pub(super) struct Lasting(Option<(Instant, Instant)>);

impl Lasting {
    /// It could not be copied; it is tried again.
    pub(super) fn tell(&mut self, why: &NotCopied) {
        let now = Instant::now();
        let (since, told) = *self.0.get_or_insert((now, now));
        if since == now || now - told >= TELL_EVERY {
            self.0 = Some((since, now));
            tracing::error!(%why, "the audit log is not copied, only kept in the database; it is tried again");
        }
    }

    /// All is copied.
    pub(super) fn is_over(&mut self) {
        if let Some((since, _)) = self.0.take() {
            tracing::warn!(seconds = since.elapsed().as_secs(), "the audit log is copied again, nothing is left out");
        }
    }
}
