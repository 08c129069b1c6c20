//! Unused connections to one tool, kept by one worker.

use std::cell::RefCell;
use std::time::Duration;

use super::{Connection, UpstreamAddress};

/// The most unused connections kept.
const MOST: usize = 256;

/// Unused connections to one tool, newest last.
#[derive(Debug)]
pub(crate) struct Pool {
    address: UpstreamAddress,
    idle: RefCell<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(address: UpstreamAddress) -> Self {
        Self { address, idle: RefCell::default() }
    }

    pub(crate) fn address(&self) -> &UpstreamAddress {
        &self.address
    }

    /// A connection that is open as far as can be told, and was not unused for longer than that.
    pub(crate) fn take(&self, now: u64, patience: Duration) -> Option<Connection> {
        let patience = millis(patience);
        let mut idle = self.idle.borrow_mut();
        while let Some(connection) = idle.pop() {
            if now.saturating_sub(connection.idle_since) > patience {
                // Those below are older still.
                idle.clear();
                return None;
            }
            if connection.is_quiet() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection on which nothing is outstanding.
    pub(crate) fn put(&self, mut connection: Connection, now: u64) {
        connection.reused = true;
        connection.idle_since = now;
        let mut idle = self.idle.borrow_mut();
        if idle.len() < MOST {
            idle.push(connection);
        }
    }

    /// Closes those unused for too long; called once a tick.
    pub(crate) fn sweep(&self, now: u64, patience: Duration) {
        let patience = millis(patience);
        let mut idle = self.idle.borrow_mut();
        let stale = idle.iter().take_while(|connection| now.saturating_sub(connection.idle_since) > patience).count();
        idle.drain(..stale);
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.idle.borrow().is_empty()
    }
}

fn millis(patience: Duration) -> u64 {
    u64::try_from(patience.as_millis()).unwrap_or(u64::MAX)
}
