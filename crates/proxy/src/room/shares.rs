//! What each holder may have of something that all of them want, and how often one stands in the queue for it.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

use super::{Holder, NoRoom};

/// The shares of all holders.
#[derive(Debug)]
pub(super) struct Shares {
    /// What one holder may have.
    whole: usize,
    /// How often one may wait.
    most_waiting: usize,
    all: Mutex<HashMap<Holder, Arc<Share>>>,
}

/// What one holder may have.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) free: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// Somebody in the queue; leaves it by dropping.
pub(super) struct Waiting<'s>(&'s Share);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shares {
    /// Of so much each.
    pub(super) fn new(whole: usize, most_waiting: usize) -> Self {
        Self { whole, most_waiting, all: Mutex::default() }
    }

    /// The share of somebody; shares that nobody uses are forgotten.
    pub(super) fn of(&self, holder: Holder) -> Arc<Share> {
        let mut shares = self.all.lock();
        let (whole, most_waiting) = (self.whole, self.most_waiting);
        shares.retain(|own, share| {
            *own == holder || Arc::strong_count(share) > 1 || share.free.available_permits() < whole
        });
        let fresh = || Share { free: Arc::new(Semaphore::new(whole)), waiting: AtomicUsize::new(0), most_waiting };
        Arc::clone(shares.entry(holder).or_insert_with(|| Arc::new(fresh())))
    }

    /// How many are known.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.all.lock().len()
    }
}

impl Share {
    /// Takes a place in the queue, if it is not too long.
    pub(super) fn queue(&self) -> Result<Waiting<'_>, NoRoom> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(self);
        if before < self.most_waiting { Ok(waiting) } else { Err(NoRoom) }
    }
}
