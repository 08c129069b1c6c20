//! Turns at what takes long: reading a large request and judging all that it does. One at a time, not on the threads on which people sign in; and one of each
//! person's after another, so that whoever asks much waits for themselves.

use doorward_domain::Subject;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Actor;
use crate::ports::StoreError;

/// Who works, and who waits.
#[derive(Debug)]
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    /// Of whoever works or waits; those who do not come in as the operator share one.
    own: Mutex<HashMap<Option<Subject>, Weak<Semaphore>>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(1)), own: Mutex::default() }
    }
}

/// One of them; over by dropping.
pub(super) struct Turn {
    /// Of their own and of all.
    _permits: [OwnedSemaphorePermit; 2],
    /// As long as this is there, others of theirs find it.
    _own: Arc<Semaphore>,
}

impl Turns {
    /// Waits for a turn and does it on another thread.
    pub(super) async fn done<T: Send + 'static>(
        &self,
        actor: &Actor,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = self.take(subject(actor)).await?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(unavailable)
    }

    async fn take(&self, subject: Option<Subject>) -> Result<Turn, StoreError> {
        let own = self.own_of(subject);
        // Among all stands only one of each person's, so they take turns there.
        let first = Arc::clone(&own).acquire_owned().await.map_err(unavailable)?;
        let then = Arc::clone(&self.all).acquire_owned().await.map_err(unavailable)?;
        Ok(Turn { _permits: [first, then], _own: own })
    }

    fn own_of(&self, subject: Option<Subject>) -> Arc<Semaphore> {
        let mut own = self.own.lock();
        if let Some(own) = own.get(&subject).and_then(Weak::upgrade) {
            return own;
        }
        own.retain(|_, other| other.strong_count() > 0);
        let made = Arc::new(Semaphore::new(1));
        own.insert(subject, Arc::downgrade(&made));
        made
    }
}

fn subject(actor: &Actor) -> Option<Subject> {
    match actor {
        Actor::User { who, .. } => Some(who.subject),
        Actor::Local(_) | Actor::System => None,
    }
}

fn unavailable(why: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_domain::{Timestamp, UserId};
    use tokio::task::yield_now;

    #[tokio::test]
    async fn whoever_asks_much_is_behind_everybody_else_after_each_turn() {
        let turns = Arc::new(Turns::default());
        let who = |n| Some(Subject::User(UserId::generate(Timestamp::from_millis(0), [n; 10])));
        let first = turns.take(who(1)).await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut all = Vec::new();
        for number in [1; 20].into_iter().chain([2, 2, 3]) {
            let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
            all.push(tokio::spawn(async move {
                let _turn = turns.take(who(number)).await.unwrap();
                order.lock().push(number);
                yield_now().await;
            }));
            yield_now().await;
        }
        drop(first);
        for one in all {
            one.await.unwrap();
        }
        let order = order.lock().clone();
        assert_eq!(order.len(), 23);
        assert!(order.iter().rposition(|number| *number != 1).unwrap() <= 5, "{order:?}");
        drop(turns.take(who(9)).await.unwrap());
        assert_eq!(turns.own.lock().len(), 1, "nobody else waits");
    }
}
