//! Whether the database can be relied on: asked of it once a second at most, however many probes ask.

mod repeated;

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::ports::{StoreError, StoreHealth};
use repeated::Repeated;

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(1);

/// A database that takes longer is of no use; shorter than what probes wait.
const PATIENCE: Duration = Duration::from_secs(2);

const CHECKPOINT_EVERY: Duration = Duration::from_mins(1);

/// Knows whether the database answers and keeps what is written.
pub struct Readiness {
    health: Arc<dyn StoreHealth>,
    last: Mutex<Option<(Instant, bool)>>,
    failures: Repeated,
}

impl Readiness {
    pub(crate) fn new(health: Arc<dyn StoreHealth>) -> Self {
        Self { health, last: Mutex::new(None), failures: Repeated::default() }
    }

    /// Whether the database answers and keeps what is written. Whoever asks meanwhile waits for the same answer. A good one is good only
    /// until a write fails.
    pub async fn of_database(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = *last
            && at.elapsed() < FRESH
            && !(answer && self.health.is_doubted())
        {
            return answer;
        }
        let answer = tokio::time::timeout(PATIENCE, self.health.check()).await;
        let answer = answer.unwrap_or_else(|_| Err(StoreError::Unavailable("no answer in time".into())));
        tell(&answer, last.is_none_or(|(_, was_ready)| was_ready));
        *last = Some((Instant::now(), answer.is_ok()));
        answer.is_ok()
    }

    /// A request failed because the database did: for how many that is to be told now; `None` when the log says so already.
    pub fn failures_to_tell(&self, why: &str) -> Option<u64> {
        self.failures.tells(why)
    }
}

/// Every minute: the database's own file is never left far behind.
pub(crate) async fn checkpoints(health: Arc<dyn StoreHealth>) {
    loop {
        tokio::time::sleep(CHECKPOINT_EVERY).await;
        // What keeps it from being done shows in the writes themselves.
        health.checkpoint().await.ok();
    }
}

/// One line when it breaks, one when it works again.
fn tell(answer: &Result<(), StoreError>, was_ready: bool) {
    match answer {
        Err(why) if was_ready => {
            tracing::error!(%why, cause = std::error::Error::source(why), "the database cannot be relied on: not ready until it takes writes");
        }
        Ok(()) if !was_ready => tracing::info!("the database takes writes again"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::background::Background;
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    #[derive(Default)]
    struct Asked {
        times: AtomicU32,
        checkpoints: AtomicU32,
        is_broken: AtomicBool,
        hangs: AtomicBool,
        is_doubted: AtomicBool,
    }

    #[async_trait]
    impl StoreHealth for Asked {
        async fn checkpoint(&self) -> Result<(), StoreError> {
            self.checkpoints.fetch_add(1, Ordering::SeqCst);
            if self.is_broken.load(Ordering::SeqCst) { Err(StoreError::Unavailable("full".into())) } else { Ok(()) }
        }

        fn is_doubted(&self) -> bool {
            self.is_doubted.load(Ordering::SeqCst)
        }

        async fn check(&self) -> Result<(), StoreError> {
            self.times.fetch_add(1, Ordering::SeqCst);
            if self.hangs.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            if self.is_broken.load(Ordering::SeqCst) { Err(StoreError::Unavailable("full".into())) } else { Ok(()) }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_the_database_is_asked_once_a_second() {
        let store = Arc::<Asked>::default();
        let readiness = Readiness::new(Arc::clone(&store) as Arc<dyn StoreHealth>);
        for _ in 0..100 {
            assert!(readiness.of_database().await);
        }
        store.is_broken.store(true, Ordering::SeqCst);
        assert!(readiness.of_database().await, "the answer is still fresh");
        tokio::time::advance(FRESH).await;
        assert!(!readiness.of_database().await);
        store.is_broken.store(false, Ordering::SeqCst);
        tokio::time::advance(FRESH).await;
        assert!(readiness.of_database().await);
        assert_eq!(store.times.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_fails_ends_a_good_answer_at_once_and_is_asked_about_once_a_second() {
        let store = Arc::<Asked>::default();
        let readiness = Readiness::new(Arc::clone(&store) as Arc<dyn StoreHealth>);
        assert!(readiness.of_database().await);
        store.is_broken.store(true, Ordering::SeqCst);
        store.is_doubted.store(true, Ordering::SeqCst);
        for _ in 0..100 {
            assert!(!readiness.of_database().await);
        }
        assert_eq!(store.times.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn each_minute_there_is_a_checkpoint_also_after_one_that_failed_until_the_stop() {
        let store = Arc::<Asked>::default();
        let background = Background::default();
        background.spawn(checkpoints(Arc::clone(&store) as Arc<dyn StoreHealth>));
        let after = async |span: Duration| {
            tokio::time::sleep(span).await;
            store.checkpoints.load(Ordering::SeqCst)
        };
        assert_eq!(after(Duration::from_secs(59)).await, 0);
        assert_eq!(after(Duration::from_secs(2)).await, 1);
        store.is_broken.store(true, Ordering::SeqCst);
        assert_eq!(after(Duration::from_mins(1)).await, 2);
        store.is_broken.store(false, Ordering::SeqCst);
        assert_eq!(after(Duration::from_mins(10)).await, 12);
        background.end().await;
        assert_eq!(after(Duration::from_mins(10)).await, 12);
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_hangs_is_not_ready() {
        let store = Arc::<Asked>::default();
        store.hangs.store(true, Ordering::SeqCst);
        let readiness = Readiness::new(Arc::clone(&store) as Arc<dyn StoreHealth>);
        assert!(!readiness.of_database().await);
    }
}
