//! One question to the store at a time for each credential, however many requests wait for the answer.

use doorward_domain::TokenHash;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

use super::registry::Cached;
use crate::ports::StoreError;

/// What the store said, to be shared.
#[derive(Clone)]
pub(super) enum Answer {
    Known(Cached),
    Nobody,
    TooMany(Duration),
    Failed(Arc<StoreError>),
}

type Cell = Arc<OnceCell<Answer>>;

/// A credential, and the network on whose account it is asked about: what one has used up is not told to another.
pub(super) type Question = (TokenHash, Option<IpAddr>);

/// The questions under way.
#[derive(Default)]
pub(super) struct SingleFlight(Mutex<HashMap<Question, Cell>>);

/// A place among those who wait; giving up the last one forgets the question.
struct Seat<'a> {
    single_flight: &'a SingleFlight,
    key: Question,
    cell: Cell,
}

impl SingleFlight {
    /// Asks, or waits for whoever is asking already. When the asker gives up (its client is gone), the next one asks again.
    pub(super) async fn join(&self, key: Question, ask: impl Future<Output = Answer>) -> Answer {
        let cell = Arc::clone(self.0.lock().entry(key).or_default());
        let seat = Seat { single_flight: self, key, cell };
        seat.cell.get_or_init(|| ask).await.clone()
    }

    #[cfg(test)]
    pub(super) fn under_way(&self) -> usize {
        self.0.lock().len()
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut single_flight = self.single_flight.0.lock();
        // The map's and ours: nobody else waits.
        if Arc::strong_count(&self.cell) == 2 {
            single_flight.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn many_waiters_ask_once_and_leave_nothing_behind() {
        let (single_flight, asked, go) =
            (Arc::new(SingleFlight::default()), Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let waiters: Vec<_> = (0..50)
            .map(|_| {
                let (single_flight, asked, go) = (Arc::clone(&single_flight), Arc::clone(&asked), Arc::clone(&go));
                tokio::spawn(async move {
                    single_flight
                        .join((TokenHash::of(b"x"), None), async {
                            asked.fetch_add(1, Ordering::SeqCst);
                            go.notified().await;
                            Answer::Nobody
                        })
                        .await
                })
            })
            .collect();
        tokio::task::yield_now().await;
        go.notify_one();
        for waiter in waiters {
            assert!(matches!(waiter.await.unwrap(), Answer::Nobody));
        }
        assert_eq!((asked.load(Ordering::SeqCst), single_flight.under_way()), (1, 0));
    }

    #[tokio::test]
    async fn when_the_asker_gives_up_the_next_one_asks() {
        let single_flight = Arc::new(SingleFlight::default());
        let first = tokio::spawn({
            let single_flight = Arc::clone(&single_flight);
            async move { single_flight.join((TokenHash::of(b"x"), None), async { std::future::pending().await }).await }
        });
        tokio::task::yield_now().await;
        let second = tokio::spawn({
            let single_flight = Arc::clone(&single_flight);
            async move { single_flight.join((TokenHash::of(b"x"), None), async { Answer::Nobody }).await }
        });
        tokio::task::yield_now().await;
        first.abort();
        assert!(matches!(second.await.unwrap(), Answer::Nobody));
        let _ = first.await;
        assert_eq!(single_flight.under_way(), 0);
    }
}
