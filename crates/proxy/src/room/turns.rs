//! Turns at something that few can do at once: each holder has one at a time, or a few, and whoever has had one is behind everybody else who
//! waits.
//!
//! So however much one of them wants done, the others wait no longer than it takes to do one thing for each holder.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::shares::Shares;
use super::{Holder, NoRoom};

/// Turns at something.
#[derive(Debug)]
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    at_once: u32,
    shares: Shares,
}

/// One of them; over by dropping.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Of the holder's and of all.
    _permits: [OwnedSemaphorePermit; 2],
}

impl Turns {
    /// So many at once. Of one holder no more than `most_waiting` wait.
    pub(crate) fn new(at_once: u32, most_waiting: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(at_once as usize)), at_once, shares: Shares::new(1, most_waiting) }
    }

    /// So many at once, and of one holder so many. Nobody waits for one.
    pub(crate) fn of_each(at_once: u32, of_each: usize) -> Self {
        Self { shares: Shares::new(of_each, 0), ..Self::new(at_once, 0) }
    }

    /// One that is free now.
    pub(crate) fn try_take(&self, holder: Holder) -> Result<Turn, NoRoom> {
        let acquire = |free: &Arc<Semaphore>| Arc::clone(free).try_acquire_owned().map_err(|_| NoRoom);
        let own = acquire(&self.shares.of(holder).free)?;
        Ok(Turn { _permits: [own, acquire(&self.all)?] })
    }

    /// Waits until nobody has one.
    pub(crate) async fn are_over(&self) {
        // Only an error when it is closed, which nobody does.
        let _all = self.all.acquire_many(self.at_once).await;
    }

    /// Waits for a turn.
    pub(crate) async fn take(&self, holder: Holder) -> Result<Turn, NoRoom> {
        let share = self.shares.of(holder);
        let waiting = share.queue()?;
        // In the queue of all stands only one of each holder's, so they take turns there.
        let own = Arc::clone(&share.free).acquire_owned().await.map_err(|_| NoRoom)?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.map_err(|_| NoRoom)?;
        drop(waiting);
        Ok(Turn { _permits: [own, of_all] })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Mutex;
    use tokio::task::yield_now;

    use super::*;

    fn from(number: u8) -> Holder {
        Holder::Network(IpAddr::from([192, 0, 2, number]))
    }

    #[tokio::test]
    async fn whoever_wants_much_done_is_behind_everybody_else_after_each_turn() {
        let turns = Arc::new(Turns::new(1, 64));
        let first = turns.take(from(1)).await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut all = Vec::new();
        for number in [1; 40].into_iter().chain([2, 2, 3]) {
            let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
            all.push(tokio::spawn(async move {
                let _turn = turns.take(from(number)).await.unwrap();
                order.lock().unwrap().push(number);
                yield_now().await;
            }));
            yield_now().await;
        }
        drop(first);
        for one in all {
            one.await.unwrap();
        }
        let order = order.lock().unwrap();
        assert_eq!(order.len(), 43);
        let last_of_others = order.iter().rposition(|number| *number != 1).unwrap();
        assert!(last_of_others <= 5, "{order:?}");
    }

    #[tokio::test]
    async fn of_few_each_nobody_has_all_and_they_are_over_when_the_last_is() {
        let turns = Turns::of_each(8, 2);
        let mine: Vec<_> = (0..2).map(|_| turns.try_take(from(1)).unwrap()).collect();
        assert_eq!(turns.try_take(from(1)).err(), Some(NoRoom));
        let others: Vec<_> =
            (2..5).flat_map(|number| [turns.try_take(from(number)), turns.try_take(from(number))]).collect();
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(turns.try_take(from(5)).err(), Some(NoRoom), "all are taken");
        drop(mine);
        turns.try_take(from(1)).unwrap();
        let over = turns.are_over();
        tokio::pin!(over);
        assert!(futures_util::poll!(&mut over).is_pending());
        drop(others);
        over.await;
    }

    #[tokio::test]
    async fn one_holder_fills_only_their_own_queue_and_whoever_gives_up_leaves_it() {
        let turns = Arc::new(Turns::new(1, 4));
        let first = turns.take(from(1)).await.unwrap();
        let wait = |number| {
            let turns = Arc::clone(&turns);
            tokio::spawn(async move { turns.take(from(number)).await.map(drop) })
        };
        let waiting: Vec<_> = (0..4).map(|_| wait(1)).collect();
        yield_now().await;
        assert!(matches!(turns.take(from(1)).await, Err(NoRoom)), "told at once");
        let other = wait(2);
        for one in waiting {
            one.abort();
            assert!(one.await.unwrap_err().is_cancelled());
        }
        let again = wait(1);
        drop(first);
        assert_eq!(other.await.unwrap(), Ok(()));
        assert_eq!(again.await.unwrap(), Ok(()));
    }
}
