//! Questions of one kind that come at about the same time, answered by one reading.
//!
//! One reading is under way at a time, and what is asked meanwhile waits together for the next. So a flood of questions costs few statements, and
//! nobody who asks alone waits for others. An answer is never older than its question: a reading answers only what was asked before it began.
//!
//! Must not know: nouns, SQL.

use async_trait::async_trait;
use doorward_service::ports::StoreError;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Questions that one reading answers at most.
pub(crate) const AT_ONCE: usize = 64;

/// How many at once are read in the same words, so that few statements are prepared and kept.
const SIZES: [usize; 4] = [1, 4, 16, AT_ONCE];

/// How questions are answered.
#[async_trait]
pub(crate) trait Reading: Send + Sync + 'static {
    type Question: Clone + Eq + Hash + Send + Sync;
    type Answer: Clone + Send;

    /// The answers to these, as of one moment that is not before the call; to what is not there, none.
    async fn read(&self, asked: &[Self::Question]) -> Result<HashMap<Self::Question, Self::Answer>, StoreError>;
}

/// What is asked of one [`Reading`].
pub(crate) struct Batches<R: Reading> {
    reading: R,
    queue: Mutex<Queue<R>>,
}

struct Asked<R: Reading> {
    question: R::Question,
    answer: oneshot::Sender<Result<Option<R::Answer>, StoreError>>,
}

struct Queue<R: Reading> {
    waiting: Vec<Asked<R>>,
    is_being_read: bool,
}

impl<R: Reading> Batches<R> {
    pub(crate) fn new(reading: R) -> Arc<Self> {
        Arc::new(Self { reading, queue: Mutex::new(Queue { waiting: Vec::new(), is_being_read: false }) })
    }

    /// Asks, with whoever else asks before the next reading begins. Whoever gives up waiting takes nothing from the others.
    pub(crate) async fn ask(self: &Arc<Self>, question: R::Question) -> Result<Option<R::Answer>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let is_first = {
            let mut queue = self.queue.lock();
            queue.waiting.push(Asked { question, answer });
            !std::mem::replace(&mut queue.is_being_read, true)
        };
        if is_first {
            tokio::spawn(answer_all(Turn { of: Arc::clone(self), is_over: false }));
        }
        answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the reading was given up".into())))
    }

    async fn answer(&self, batch: Vec<Asked<R>>) {
        let questions: Vec<_> = batch.iter().map(|asked| asked.question.clone()).collect();
        let answers = self.reading.read(&questions).await.map_err(Arc::new);
        for Asked { question, answer } in batch {
            // Whoever has given up is not told.
            let _ = answer.send(match &answers {
                Ok(answers) => Ok(answers.get(&question).cloned()),
                Err(why) => Err(shared(why)),
            });
        }
    }
}

async fn answer_all<R: Reading>(mut turn: Turn<R>) {
    while let Some(batch) = turn.next() {
        turn.of.answer(batch).await;
    }
}

/// The one reader's turn. Given up in the middle (its runtime is gone, or it panicked), those who wait hear of it, and the next to ask reads.
struct Turn<R: Reading> {
    of: Arc<Batches<R>>,
    is_over: bool,
}

impl<R: Reading> Turn<R> {
    /// Those who waited longest; none ends the turn.
    fn next(&mut self) -> Option<Vec<Asked<R>>> {
        let mut queue = self.of.queue.lock();
        let count = queue.waiting.len().min(AT_ONCE);
        if count == 0 {
            queue.is_being_read = false;
            self.is_over = true;
            return None;
        }
        Some(queue.waiting.drain(..count).collect())
    }
}

impl<R: Reading> Drop for Turn<R> {
    fn drop(&mut self) {
        if !self.is_over {
            let mut queue = self.of.queue.lock();
            queue.is_being_read = false;
            queue.waiting.clear();
        }
    }
}

/// One failure, told to all who asked.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Shared(Arc<StoreError>);

pub(crate) fn shared(why: &Arc<StoreError>) -> StoreError {
    StoreError::Unavailable(Box::new(Shared(Arc::clone(why))))
}

/// The same list with its last value repeated, as long as one of few [`SIZES`]: for a comparison with a list, in which that says nothing new.
pub(crate) fn padded<T: Clone>(mut values: Vec<T>) -> Vec<T> {
    let size = SIZES.into_iter().find(|size| *size >= values.len());
    if let (Some(size), Some(last)) = (size, values.last().cloned()) {
        values.resize(size, last);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;
    use tokio::sync::Semaphore;

    /// Something stored, read when it is let.
    struct Slow {
        stored: Arc<AtomicU32>,
        /// Permits to come back from a reading; what it says was read before.
        may_answer: Arc<Semaphore>,
        readings: Arc<Mutex<Vec<usize>>>,
    }

    const MISSING: u32 = 404;
    const BROKEN: u32 = 500;
    const PANICS: u32 = 666;

    #[async_trait]
    impl Reading for Slow {
        type Question = u32;
        type Answer = (u32, u32);

        async fn read(&self, asked: &[u32]) -> Result<HashMap<u32, (u32, u32)>, StoreError> {
            let stored = self.stored.load(Ordering::SeqCst);
            self.readings.lock().push(asked.len());
            self.may_answer.acquire().await.unwrap().forget();
            assert!(!asked.contains(&PANICS));
            if asked.contains(&BROKEN) {
                return Err(StoreError::Unavailable("broken".into()));
            }
            Ok(asked.iter().filter(|n| **n != MISSING).map(|n| (*n, (*n, stored))).collect())
        }
    }

    struct Trial {
        batches: Arc<Batches<Slow>>,
        stored: Arc<AtomicU32>,
        may_answer: Arc<Semaphore>,
        readings: Arc<Mutex<Vec<usize>>>,
    }

    type Asking = tokio::task::JoinHandle<Result<Option<(u32, u32)>, StoreError>>;

    impl Trial {
        fn new() -> Self {
            let (stored, may_answer, readings) = (Arc::default(), Arc::new(Semaphore::new(0)), Arc::default());
            let slow = Slow {
                stored: Arc::clone(&stored),
                may_answer: Arc::clone(&may_answer),
                readings: Arc::clone(&readings),
            };
            Self { batches: Batches::new(slow), stored, may_answer, readings }
        }

        /// Asks, and comes back when all that can go on has.
        async fn ask(&self, question: u32) -> Asking {
            let batches = Arc::clone(&self.batches);
            let asking = tokio::spawn(async move { batches.ask(question).await });
            settle().await;
            asking
        }
    }

    async fn settle() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_is_asked_while_one_reading_is_under_way_is_read_together_afterwards() {
        let trial = Trial::new();
        let mut asking = Vec::new();
        for n in [0, 1, 2, MISSING, 2] {
            asking.push(trial.ask(n).await);
        }
        trial.may_answer.add_permits(2);
        let mut answers = Vec::new();
        for one in asking {
            answers.push(one.await.unwrap().unwrap().map(|(n, _)| n));
        }
        assert_eq!(answers, [Some(0), Some(1), Some(2), None, Some(2)]);
        assert_eq!(*trial.readings.lock(), [1, 4]);
    }

    #[tokio::test]
    async fn a_change_that_overtakes_a_reading_is_seen_by_whoever_asks_after_it() {
        let trial = Trial::new();
        let before = trial.ask(1).await;
        trial.stored.store(7, Ordering::SeqCst);
        let (same, other) = (trial.ask(1).await, trial.ask(2).await);
        trial.may_answer.add_permits(2);
        assert_eq!(before.await.unwrap().unwrap(), Some((1, 0)), "asked before it");
        assert_eq!(same.await.unwrap().unwrap(), Some((1, 7)), "though the same was being read");
        assert_eq!(other.await.unwrap().unwrap(), Some((2, 7)));
    }

    #[tokio::test]
    async fn no_reading_answers_more_than_its_share() {
        let trial = Trial::new();
        let mut asking = Vec::new();
        for n in 0..150 {
            asking.push(trial.ask(n).await);
        }
        trial.may_answer.add_permits(100);
        for (n, one) in (0..).zip(asking) {
            assert_eq!(one.await.unwrap().unwrap(), Some((n, 0)));
        }
        assert_eq!(*trial.readings.lock(), [1, AT_ONCE, AT_ONCE, 21]);
    }

    #[tokio::test]
    async fn a_failure_is_told_to_all_it_concerns_and_to_nobody_after() {
        let trial = Trial::new();
        let mut asking = Vec::new();
        for n in [0, 1, BROKEN] {
            asking.push(trial.ask(n).await);
        }
        trial.may_answer.add_permits(3);
        let [fine, beside, broken] = asking.try_into().unwrap();
        assert!(fine.await.unwrap().is_ok());
        for failed in [beside, broken] {
            assert!(
                matches!(failed.await.unwrap(), Err(StoreError::Unavailable(why)) if why.to_string().contains("failed"))
            );
        }
        assert_eq!(trial.ask(1).await.await.unwrap().unwrap(), Some((1, 0)));
    }

    #[tokio::test]
    async fn a_reading_that_is_given_up_leaves_nobody_waiting() {
        let trial = Trial::new();
        let (panics, waits) = (trial.ask(PANICS).await, trial.ask(1).await);
        trial.may_answer.add_permits(2);
        assert!(panics.await.unwrap().is_err() && waits.await.unwrap().is_err());
        assert_eq!(trial.ask(1).await.await.unwrap().unwrap(), Some((1, 0)), "and the next to ask reads");
    }

    #[tokio::test]
    async fn whoever_gives_up_takes_nothing_from_the_others() {
        let trial = Trial::new();
        let (first, second) = (trial.ask(1).await, trial.ask(2).await);
        first.abort();
        settle().await;
        trial.may_answer.add_permits(2);
        let answer = tokio::time::timeout(Duration::from_secs(5), second).await.unwrap();
        assert_eq!(answer.unwrap().unwrap(), Some((2, 0)));
    }

    #[test]
    fn lists_have_few_lengths_and_the_same_values() {
        let lengths: Vec<usize> = [0, 1, 2, 4, 5, 16, 17, 64, 65].map(|n| padded(vec![7; n]).len()).into();
        assert_eq!(lengths, [0, 1, 4, 4, 16, 16, 64, 64, 65]);
        assert_eq!(padded(vec![1, 2, 3]), [1, 2, 3, 3]);
    }
}
