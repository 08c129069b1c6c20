//! What the last writes came to, whatever the engine, and whether anybody here would hear of another.

use doorward_service::ports::StoreError;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// For how long a feed that could not be read keeps changes off: longer than until it is read again, if anybody reads it.
const UNHEARD: Duration = Duration::from_secs(2);

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is on disk.
    Kept,
    /// It is not.
    Failed,
}

/// What is known of the writes of this process.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    /// How often a write has failed.
    failures: AtomicU64,
    /// When a rehearsal last showed that there is room, and how often a write had failed before.
    rehearsed: Mutex<Option<(Instant, u64)>>,
    /// When something was last written or failed to be, and which.
    last: Mutex<Option<(Instant, Written)>>,
    /// A COMMIT was not answered, or nobody waited for the answer: what is written again may be there already.
    has_unknown_outcome: AtomicBool,
    /// When the change feed could not be read, if that was how the last reading of it ended.
    unheard: Mutex<Option<Instant>>,
}

impl Condition {
    /// What became of the last write, and how long ago that was.
    pub(crate) fn last(&self) -> Option<(Duration, Written)> {
        self.last.lock().map(|(at, written)| (at.elapsed(), written))
    }

    /// Fails while the change feed cannot be read: nobody here would hear of a change, and the database may not be what it was.
    pub(crate) fn hears(&self) -> Result<(), StoreError> {
        match *self.unheard.lock() {
            Some(at) if at.elapsed() < UNHEARD => Err(StoreError::Unavailable("the change feed cannot be read".into())),
            _ => Ok(()),
        }
    }

    /// The feed was read, or not.
    pub(crate) fn note_feed(&self, is_read: bool) {
        *self.unheard.lock() = (!is_read).then(Instant::now);
    }

    /// What a COMMIT came to is not known until this is [settled](UnknownOutcome::settle).
    pub(crate) fn outcome(&self) -> UnknownOutcome<'_> {
        UnknownOutcome { condition: self, is_settled: false }
    }

    /// Whether what is written may be there already, because it was not told of it the first time.
    pub(crate) fn has_unknown_outcome(&self) -> bool {
        self.has_unknown_outcome.load(Ordering::Acquire)
    }

    /// How often a write has failed: for [`Self::rehearsed`].
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Acquire)
    }

    /// There is room; what failed before this count was read would not fail now.
    pub(crate) fn rehearsed(&self, failures: u64) {
        *self.rehearsed.lock() = Some((Instant::now(), failures));
    }

    /// How long ago that was.
    pub(crate) fn since_rehearsed(&self) -> Option<Duration> {
        self.rehearsed.lock().map(|(at, _)| at.elapsed())
    }

    /// Whether a write has failed that nothing as large has succeeded after: a smaller one proves nothing.
    pub(crate) fn is_doubted(&self) -> bool {
        self.rehearsed.lock().map_or(0, |(_, failures)| failures) < self.failures()
    }

    /// A change was refused because of the files: what proved before that the database can be written to proves it no more.
    pub(crate) fn doubts(&self) {
        self.failures.fetch_add(1, Ordering::AcqRel);
    }

    /// A write is on disk.
    pub(crate) fn has_kept(&self) {
        self.note(Written::Kept);
    }

    /// A write is not.
    pub(crate) fn has_failed(&self) {
        self.doubts();
        self.note(Written::Failed);
    }

    fn note(&self, written: Written) {
        *self.last.lock() = Some((Instant::now(), written));
    }
}

/// Of a COMMIT that is under way. Dropped as it is, nobody knows what came of it.
#[must_use = "dropped, it says that nobody knows"]
pub(crate) struct UnknownOutcome<'c> {
    condition: &'c Condition,
    is_settled: bool,
}

impl UnknownOutcome<'_> {
    /// It is known, whatever it is.
    pub(crate) fn settle(mut self) {
        self.is_settled = true;
    }
}

impl Drop for UnknownOutcome<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.condition.has_unknown_outcome.store(true, Ordering::Release);
        }
    }
}
