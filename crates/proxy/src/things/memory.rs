//! What tools have told, for as long as it holds.

use doorward_domain::{AppName, Resource};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Known;
use crate::site::Site;

/// Things that one worker remembers.
const MOST: usize = 4096;
/// For how long it remembers that something could not be had, in milliseconds.
const FAILED: u64 = 1000;

/// What tools have told of their things, by app.
#[derive(Debug, Default)]
pub(crate) struct Memory(RefCell<HashMap<(AppName, Resource), Entry>>);

#[derive(Debug)]
struct Entry {
    known: Known,
    /// Where it was told: by another tool, or read by other rules, it may be another thing.
    site: Weak<Site>,
    /// On the worker's clock.
    until: u64,
}

impl Memory {
    /// What is known of it.
    pub(crate) fn recall(&self, site: &Arc<Site>, ask: &Resource, now: u64) -> Option<Known> {
        let entries = self.0.borrow();
        let entry = entries.get(&(site.app.name.clone(), ask.clone()))?;
        let holds = now < entry.until && std::ptr::eq(entry.site.as_ptr(), Arc::as_ptr(site));
        holds.then(|| entry.known.clone())
    }

    /// Keeps what was told, for as long as it holds; that nothing was, only for a moment.
    pub(crate) fn keep(&self, site: &Arc<Site>, ask: Resource, known: Known, holds: Duration, now: u64) {
        let holds = u64::try_from(holds.as_millis()).unwrap_or(u64::MAX);
        let until = now.saturating_add(if known.is_ok() { holds } else { FAILED.min(holds) });
        let mut entries = self.0.borrow_mut();
        if entries.len() >= MOST {
            entries.retain(|_, entry| now < entry.until);
        }
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert((site.app.name.clone(), ask), Entry { known, site: Arc::downgrade(site), until });
    }
}
