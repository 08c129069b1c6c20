//! A few threads at most, at low priority, for work that takes tens of milliseconds and 19 MiB each.
//!
//! Every piece of work gets a thread of its own (starting one costs a thousandth of a hash), so that stack and arena are given back
//! when it is done, and its low priority stays its own.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Semaphore, oneshot};

/// How many may wait for each one that runs: a few seconds' worth.
const WAITING_PER_SLOT: usize = 200;

/// Too much work is waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at once")]
pub(crate) struct Busy;

/// Bounded threads with a bounded queue.
pub(crate) struct Pool {
    slots: Arc<Semaphore>,
    queue: AtomicUsize,
    longest_queue: usize,
}

impl Pool {
    /// Half the cores, at least one.
    pub(crate) fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::new((cores / 2).max(1), WAITING_PER_SLOT)
    }

    fn new(slots: usize, waiting_per_slot: usize) -> Self {
        let longest_queue = slots.saturating_mul(waiting_per_slot);
        Self { slots: Arc::new(Semaphore::new(slots)), queue: AtomicUsize::new(0), longest_queue }
    }

    /// Runs the work when its turn comes. Who gives up waiting frees the place in the queue; work that has begun is finished.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let slot = {
            let _place = self.queue_up()?;
            Arc::clone(&self.slots).acquire_owned().await.map_err(|_| Busy)?
        };
        let (send, receive) = oneshot::channel();
        let started = std::thread::Builder::new().name("password".into()).stack_size(256 * 1024).spawn(move || {
            #[cfg(target_os = "linux")]
            let _ = rustix::process::nice(10);
            let _ = send.send(work());
            drop(slot);
        });
        started.map_err(|why| {
            tracing::error!(%why, "no thread for checking a password");
            Busy
        })?;
        receive.await.map_err(|_| Busy)
    }

    fn queue_up(&self) -> Result<Place<'_>, Busy> {
        let place = Place(&self.queue);
        if self.queue.fetch_add(1, Ordering::AcqRel) >= self.longest_queue { Err(Busy) } else { Ok(place) }
    }
}

/// A place in the queue, left when dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_full_queue_is_busy_at_once_and_recovers() {
        let pool = Arc::new(Pool::new(1, 1));
        let (open, gate) = mpsc::channel::<()>();
        let running = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(move || gate.recv().is_ok()).await }
        });
        while pool.slots.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(|| 2).await }
        });
        while pool.queue.load(Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(|| 3).await, Err(Busy));
        open.send(()).unwrap();
        assert_eq!((running.await.unwrap(), waiting.await.unwrap()), (Ok(true), Ok(2)));
        assert_eq!(pool.run(|| 4).await, Ok(4));
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_the_queue() {
        let pool = Pool::new(1, 1);
        let _slot = Arc::clone(&pool.slots).acquire_owned().await.unwrap();
        {
            let waiting = std::pin::pin!(pool.run(|| 1));
            assert!(futures_poll(waiting).is_none());
            assert_eq!(pool.queue.load(Ordering::Acquire), 1);
        }
        assert_eq!(pool.queue.load(Ordering::Acquire), 0);
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(out) => Some(out),
            std::task::Poll::Pending => None,
        }
    }
}
