//! Sharing connections out: all workers accept from the same socket, and whoever is awake first gets what comes. Who then has more than
//! another hands the connection over, so that no worker has a whole burst while the others have nothing to do.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// One more in so many connections is not worth handing over.
const SLACK: usize = 8;

/// One worker among the others.
#[derive(Debug)]
pub(crate) struct Spread {
    counts: Arc<[AtomicUsize]>,
    inboxes: Vec<UnboundedSender<Handed>>,
    own: usize,
}

/// What a worker is handed.
pub(crate) type Inbox = UnboundedReceiver<Handed>;

/// A connection that another worker accepted.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) stream: TcpStream,
    pub(crate) from: SocketAddr,
    pub(crate) seat: Seat,
}

/// A connection's place at a worker, which has it until this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    counts: Arc<[AtomicUsize]>,
    worker: usize,
}

impl Spread {
    /// So many workers, each with what it is handed.
    pub(crate) fn among(workers: usize) -> Vec<(Self, Inbox)> {
        let counts: Arc<[AtomicUsize]> = (0..workers).map(|_| AtomicUsize::new(0)).collect();
        let (senders, inboxes): (Vec<_>, Vec<_>) = (0..workers).map(|_| unbounded_channel()).unzip();
        let with_inbox = |(own, inbox)| (Self { counts: Arc::clone(&counts), inboxes: senders.clone(), own }, inbox);
        inboxes.into_iter().enumerate().map(with_inbox).collect()
    }

    /// A seat for a connection that this worker has accepted: its own, or one of the worker that has the fewest connections.
    pub(crate) fn seat(&self) -> Seat {
        let count = |worker: usize| self.counts.get(worker).map_or(usize::MAX, |count| count.load(Relaxed));
        let least = (0..self.counts.len()).min_by_key(|worker| count(*worker)).unwrap_or(self.own);
        let is_ahead = count(self.own) > count(least) + count(least) / SLACK;
        let worker = if is_ahead { least } else { self.own };
        if let Some(count) = self.counts.get(worker) {
            count.fetch_add(1, Relaxed);
        }
        Seat { counts: Arc::clone(&self.counts), worker }
    }

    /// Whether the seat is this worker's.
    pub(crate) fn is_own(&self, seat: &Seat) -> bool {
        seat.worker == self.own
    }

    /// Gives a connection to the worker whose seat it has. One that is stopping closes it.
    pub(crate) fn hand_over(&self, stream: tokio::net::TcpStream, from: SocketAddr, seat: Seat) -> io::Result<()> {
        let stream = stream.into_std()?;
        if let Some(inbox) = self.inboxes.get(seat.worker) {
            drop(inbox.send(Handed { stream, from, seat }));
        }
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(count) = self.counts.get(self.worker) {
            count.fetch_sub(1, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_accepts_everything_keeps_its_part() {
        let workers = Spread::among(3);
        let seats: Vec<Seat> = (0..90).map(|_| workers[0].0.seat()).collect();
        for worker in 0..3 {
            let count = seats.iter().filter(|seat| seat.worker == worker).count();
            assert!((28..=33).contains(&count), "worker {worker} has {count}");
        }
    }

    #[test]
    fn a_second_connection_goes_to_who_has_none_and_a_third_after_one_has_gone() {
        let workers = Spread::among(2);
        let first = workers[0].0.seat();
        assert!(workers[0].0.is_own(&first));
        let second = workers[0].0.seat();
        assert!(workers[1].0.is_own(&second));
        drop(first);
        assert!(workers[0].0.is_own(&workers[1].0.seat()));
    }

    #[test]
    fn of_many_a_few_more_are_kept() {
        let workers = Spread::among(2);
        workers[0].0.counts[0].store(9, Relaxed);
        workers[0].0.counts[1].store(8, Relaxed);
        let one_more = workers[0].0.seat();
        assert!(workers[0].0.is_own(&one_more));
        assert!(!workers[0].0.is_own(&workers[0].0.seat()));
    }

    #[test]
    fn who_is_alone_keeps_everything() {
        let workers = Spread::among(1);
        let seats: Vec<Seat> = (0..5).map(|_| workers[0].0.seat()).collect();
        assert!(seats.iter().all(|seat| workers[0].0.is_own(seat)));
    }
}
