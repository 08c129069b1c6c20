//! A few threads at most, at low priority, for work that takes tens of milliseconds and 19 MiB each.
//!
//! Whoever waits is served in turns by the network they come from, so that one address with hundreds of passwords keeps another
//! waiting for one of its own only. Every piece of work gets a thread of its own (starting one costs a thousandth of a hash), so that
//! stack and arena are given back when it is done, and its low priority stays its own.

use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;

/// How many may wait for each one that runs: a few seconds' worth.
const WAITING_PER_SLOT: usize = 200;

/// Too much work is waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at once")]
pub(crate) struct Busy;

/// Whose work it is: a client's network, or nobody's in particular.
type Network = Option<IpAddr>;

/// Bounded threads with a bounded queue.
pub(crate) struct Pool {
    slots: Arc<Slots>,
    queue: AtomicUsize,
    longest_queue: usize,
}

/// Who may run, and who waits for that.
#[derive(Default)]
struct Slots(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    free: usize,
    lines: HashMap<Network, VecDeque<oneshot::Sender<Slot>>>,
    /// Networks with a line, whose turn is first in front.
    turns: VecDeque<Network>,
}

/// The right to run one piece of work; passed on when dropped.
struct Slot(Option<Arc<Slots>>);

impl Pool {
    /// Half the cores, at least one.
    pub(crate) fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::new((cores / 2).max(1), WAITING_PER_SLOT)
    }

    fn new(slots: usize, waiting_per_slot: usize) -> Self {
        let longest_queue = slots.saturating_mul(waiting_per_slot);
        let waiting = Waiting { free: slots, ..Waiting::default() };
        Self { slots: Arc::new(Slots(Mutex::new(waiting))), queue: AtomicUsize::new(0), longest_queue }
    }

    /// Runs the work when its network's turn comes. Who gives up waiting frees the place in the queue; work that has begun is
    /// finished.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        network: Network,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let slot = {
            let _place = self.queue_up()?;
            match self.slots.take(network) {
                Ok(slot) => slot,
                Err(turn) => turn.await.map_err(|_| Busy)?,
            }
        };
        let (send, receive) = oneshot::channel();
        let span = tracing::Span::current();
        let started = std::thread::Builder::new().name("password".into()).stack_size(256 * 1024).spawn(move || {
            #[cfg(target_os = "linux")]
            let _ = rustix::process::nice(10);
            let _ = send.send(span.in_scope(work));
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

impl Slots {
    /// A slot, or what brings one when the network's turn has come.
    fn take(self: &Arc<Self>, network: Network) -> Result<Slot, oneshot::Receiver<Slot>> {
        let mut waiting = self.0.lock();
        if waiting.free > 0 {
            waiting.free -= 1;
            return Ok(Slot(Some(Arc::clone(self))));
        }
        let (bring, turn) = oneshot::channel();
        let Waiting { lines, turns, .. } = &mut *waiting;
        let line = lines.entry(network).or_default();
        if line.is_empty() {
            turns.push_back(network);
        }
        line.push_back(bring);
        Err(turn)
    }
}

impl Waiting {
    /// Who is next: the first of the network whose turn it is, which then goes to the end.
    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        let network = self.turns.pop_front()?;
        let line = self.lines.get_mut(&network)?;
        let next = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&network);
        } else {
            self.turns.push_back(network);
        }
        next
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(slots) = self.0.take() else { return };
        loop {
            let next = {
                let mut waiting = slots.0.lock();
                let next = waiting.next();
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
            async move { pool.run(None, move || gate.recv().is_ok()).await }
        });
        while pool.slots.0.lock().free > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.run(None, || 2).await }
        });
        while pool.queue.load(Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pool.run(None, || 3).await, Err(Busy));
        open.send(()).unwrap();
        assert_eq!((running.await.unwrap(), waiting.await.unwrap()), (Ok(true), Ok(2)));
        assert_eq!(pool.run(None, || 4).await, Ok(4));
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_the_queue() {
        let pool = Pool::new(1, 1);
        let _slot = pool.slots.take(None).map_err(drop).unwrap();
        {
            let waiting = std::pin::pin!(pool.run(None, || 1));
            assert!(futures_poll(waiting).is_none());
            assert_eq!(pool.queue.load(Ordering::Acquire), 1);
        }
        assert_eq!(pool.queue.load(Ordering::Acquire), 0);
    }

    #[tokio::test]
    async fn networks_take_turns_however_many_one_of_them_has_waiting() {
        let pool = Arc::new(Pool::new(1, 1000));
        let busy = pool.slots.take(None).map_err(drop).unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let network = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
        let mut waiting = Vec::new();
        for (name, last) in (0..400).map(|_| ("guesser", 1)).chain([("ada", 2), ("bob", 3), ("ada again", 2)]) {
            let (pool, order) = (Arc::clone(&pool), Arc::clone(&order));
            let before = pool.queue.load(Ordering::Acquire);
            let counted = Arc::clone(&pool);
            waiting.push(tokio::spawn(async move { pool.run(network(last), move || order.lock().push(name)).await }));
            while counted.queue.load(Ordering::Acquire) == before {
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
        assert_eq!(pool.slots.0.lock().lines.len(), 0);
    }

    #[tokio::test]
    async fn a_turn_of_somebody_who_gave_up_goes_to_the_next() {
        let pool = Pool::new(1, 10);
        let busy = pool.slots.take(None).map_err(drop).unwrap();
        let gone = pool.slots.take(None).map(drop).unwrap_err();
        let next = pool.slots.take(None).map(drop).unwrap_err();
        drop(gone);
        drop(busy);
        drop(next.await.unwrap());
        assert_eq!(pool.slots.0.lock().free, 1);
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(out) => Some(out),
            std::task::Poll::Pending => None,
        }
    }
}
