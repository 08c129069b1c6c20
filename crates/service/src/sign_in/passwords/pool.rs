//! A few threads at most, at low priority, for work that takes tens of milliseconds and 19 MiB each.
//!
//! Who waits for one, and whose turn it is, is the [`super::queue`]'s to say. Every piece of work gets a thread of its own (starting one costs
//! a thousandth of a hash), so that stack and arena are given back when it is done, and its low priority stays its own.

use parking_lot::Mutex;
use std::num::NonZero;
use std::sync::Arc;
use tokio::sync::oneshot;

use super::queue::{Origin, Queue, Ticket};

/// How many may wait for each one that runs: a few seconds' worth.
const WAITING_PER_SLOT: usize = 200;

/// Too much work is waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at once")]
pub(crate) struct Busy;

/// Bounded threads with a bounded queue.
pub(crate) struct Pool {
    slots: Arc<Slots>,
}

/// Who may run, and who waits for that.
struct Slots(Mutex<Waiting>);

struct Waiting {
    free: usize,
    queue: Queue<oneshot::Sender<Slot>>,
}

/// The right to run one piece of work; passed on when dropped.
struct Slot(Option<Arc<Slots>>);

/// A place in the queue, given up when dropped.
struct Place {
    slots: Arc<Slots>,
    ticket: Ticket,
    turn: oneshot::Receiver<Slot>,
}

impl Pool {
    /// Half the cores, at least one.
    pub(crate) fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::new((cores / 2).max(1), WAITING_PER_SLOT)
    }

    fn new(slots: usize, waiting_per_slot: usize) -> Self {
        let queue = Queue::new(slots.saturating_mul(waiting_per_slot));
        Self { slots: Arc::new(Slots(Mutex::new(Waiting { free: slots, queue }))) }
    }

    /// Runs the work when its turn comes. Who gives up waiting frees the place in the queue; work that has begun is finished.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        origin: Origin,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let slot = match self.slots.take(origin)? {
            Ok(slot) => slot,
            // Who has to make way is told so by the end of the channel.
            Err(mut place) => (&mut place.turn).await.map_err(|_| Busy)?,
        };
        let (send, receive) = oneshot::channel();
        let span = tracing::Span::current();
        let started = std::thread::Builder::new().name("password".into()).stack_size(256 * 1024).spawn(move || {
            #[cfg(target_os = "linux")]
            rustix::process::nice(10).ok();
            send.send(span.in_scope(work)).ok();
            drop(slot);
        });
        started.map_err(|why| {
            tracing::error!(%why, "no thread for checking a password");
            Busy
        })?;
        receive.await.map_err(|_| Busy)
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.slots.0.lock().queue.len()
    }
}

impl Slots {
    /// A slot, or a place in the queue.
    fn take(self: &Arc<Self>, origin: Origin) -> Result<Result<Slot, Place>, Busy> {
        let mut waiting = self.0.lock();
        if waiting.free > 0 {
            waiting.free -= 1;
            return Ok(Ok(Slot(Some(Arc::clone(self)))));
        }
        let (bring, turn) = oneshot::channel();
        let ticket = waiting.queue.join(origin, bring).ok_or(Busy)?;
        Ok(Err(Place { slots: Arc::clone(self), ticket, turn }))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(slots) = self.0.take() else { return };
        loop {
            let next = {
                let mut waiting = slots.0.lock();
                let next = waiting.queue.next();
                waiting.free += usize::from(next.is_none());
                next
            };
            let Some(next) = next else { return };
            match next.send(Self(Some(Arc::clone(&slots)))) {
                Ok(()) => return,
                // They gave up waiting: to the one after.
                Err(mut slot) => slot.0 = None,
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.slots.0.lock().queue.leave(self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;
    use std::sync::mpsc;

    const OURS: fn() -> Origin = || Origin::known(None);

    #[tokio::test]
    async fn a_full_queue_is_busy_at_once_and_recovers() {
        let pool = Arc::new(Pool::new(1, 1));
        let (open, gate) = mpsc::channel::<()>();
        let running = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(OURS(), move || gate.recv().is_ok()).await }
        });
        while pool.slots.0.lock().free > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(OURS(), || 2).await }
        });
        while pool.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(OURS(), || 3).await, Err(Busy));
        open.send(()).unwrap();
        assert_eq!((running.await.unwrap(), waiting.await.unwrap()), (Ok(true), Ok(2)));
        assert_eq!(pool.run(OURS(), || 4).await, Ok(4));
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_the_queue() {
        let pool = Pool::new(1, 1);
        let _slot = pool.slots.take(OURS()).unwrap().map_err(drop).unwrap();
        {
            let waiting = std::pin::pin!(pool.run(OURS(), || 1));
            assert!(futures_poll(waiting).is_none());
            assert_eq!(pool.waiting(), 1);
        }
        assert_eq!(pool.waiting(), 0);
    }

    #[tokio::test]
    async fn networks_take_turns_however_many_one_of_them_has_waiting() {
        let pool = Arc::new(Pool::new(1, 1000));
        let busy = pool.slots.take(OURS()).unwrap().map_err(drop).unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let network = |last: u8| Origin::stranger(IpAddr::from([192, 0, 2, last]));
        let mut waiting = Vec::new();
        for (name, last) in (0..400).map(|_| ("guesser", 1)).chain([("ada", 2), ("bob", 3), ("ada again", 2)]) {
            let (pool, order) = (Arc::clone(&pool), Arc::clone(&order));
            let before = pool.waiting();
            let counted = Arc::clone(&pool);
            waiting.push(tokio::spawn(async move { pool.run(network(last), move || order.lock().push(name)).await }));
            while counted.waiting() == before {
                tokio::task::yield_now().await;
            }
        }
        drop(busy);
        for one in waiting {
            one.await.unwrap().unwrap();
        }
        assert_eq!(order.lock()[..6], ["guesser", "ada", "bob", "guesser", "ada again", "guesser"]);
        while pool.slots.0.lock().free == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.waiting(), 0);
    }

    #[tokio::test]
    async fn whoever_has_to_make_way_is_told_that_it_is_busy() {
        let pool = Arc::new(Pool::new(1, 2));
        let busy = pool.slots.take(OURS()).unwrap().map_err(drop).unwrap();
        let network = |last: u8| Origin::stranger(IpAddr::from([192, 0, 2, last]));
        let (one, two) = (pool.run(network(1), || 1), pool.run(network(1), || 2));
        let (mut one, mut two) = (std::pin::pin!(one), std::pin::pin!(two));
        assert!(futures_poll(one.as_mut()).is_none() && futures_poll(two.as_mut()).is_none());
        let other = pool.run(network(2), || 3);
        let mut other = std::pin::pin!(other);
        assert!(futures_poll(other.as_mut()).is_none());
        assert_eq!(two.await, Err(Busy));
        drop(busy);
        assert_eq!((one.await, other.await), (Ok(1), Ok(3)));
    }

    #[tokio::test]
    async fn a_turn_of_somebody_who_gave_up_goes_to_the_next() {
        let pool = Pool::new(1, 10);
        let busy = pool.slots.take(OURS()).unwrap().map_err(drop).unwrap();
        let gone = pool.slots.take(OURS()).unwrap().map(drop).unwrap_err();
        let mut next = pool.slots.take(OURS()).unwrap().map(drop).unwrap_err();
        drop(gone);
        drop(busy);
        drop((&mut next.turn).await.unwrap());
        assert_eq!(pool.slots.0.lock().free, 1);
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(out) => Some(out),
            std::task::Poll::Pending => None,
        }
    }
}
