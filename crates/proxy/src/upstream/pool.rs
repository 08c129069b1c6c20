//! Unused connections to one tool, kept by one worker.

use std::cell::RefCell;
use std::time::Duration;

use super::{Link, UpstreamAddress};

/// The most unused connections kept.
const MOST: usize = 256;

/// Unused connections to one tool, newest last.
#[derive(Debug)]
pub(crate) struct Pool {
    address: UpstreamAddress,
    idle: RefCell<Vec<Link>>,
    patience: u64,
}

impl Pool {
    pub(crate) fn new(address: UpstreamAddress, patience: Duration) -> Self {
        Self { address, idle: RefCell::default(), patience: u64::try_from(patience.as_millis()).unwrap_or(u64::MAX) }
    }

    pub(crate) fn address(&self) -> &UpstreamAddress {
        &self.address
    }

    /// A connection that is open as far as can be told.
    pub(crate) fn take(&self, now: u64) -> Option<Link> {
        let mut idle = self.idle.borrow_mut();
        while let Some(link) = idle.pop() {
            if now.saturating_sub(link.idle_since) > self.patience {
                // Those below are older still.
                idle.clear();
                return None;
            }
            if link.is_quiet() {
                return Some(link);
            }
        }
        None
    }

    /// Keeps a connection on which nothing is outstanding.
    pub(crate) fn put(&self, mut link: Link, now: u64) {
        link.reused = true;
        link.idle_since = now;
        let mut idle = self.idle.borrow_mut();
        if idle.len() < MOST {
            idle.push(link);
        }
    }

    /// Closes those unused for too long; called once a tick.
    pub(crate) fn sweep(&self, now: u64) {
        let mut idle = self.idle.borrow_mut();
        let stale = idle.iter().take_while(|link| now.saturating_sub(link.idle_since) > self.patience).count();
        idle.drain(..stale);
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.idle.borrow().is_empty()
    }
}
