//! Work beside requests, on the database: it is ended and waited for before that closes, so that a stop makes nothing fail.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks that go on until they are ended, or until this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Background {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    /// Begins some work on the current runtime. At the end it is left where it waits: what it writes is one transaction, or none of it.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }

    /// Ends all of it; when this returns, nothing of it asks the database any more.
    pub(crate) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn what_was_begun_is_gone_when_the_end_returns() {
        let background = Background::default();
        let held = Arc::new(());
        for _ in 0..3 {
            let its = Arc::clone(&held);
            background.spawn(async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    let _ = Arc::strong_count(&its);
                }
            });
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(Arc::strong_count(&held), 4, "it goes on by itself");
        background.end().await;
        assert_eq!(Arc::strong_count(&held), 1);
        let its = Arc::clone(&held);
        background.spawn(async move {
            std::future::pending::<()>().await;
            drop(its);
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(Arc::strong_count(&held), 1, "nothing begins after it");
    }
}
