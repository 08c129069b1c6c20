//! What tools have told, for as long as it holds.

use doorward_domain::{AppName, Resource};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Known;
use crate::site::Site;

/// What one worker remembers of all tools, in bytes.
const MOST: usize = 2 << 20;
/// For how long it remembers that something could not be had, in milliseconds.
const FAILED: u64 = 1000;

/// What tools have told of their things, by app.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: RefCell<HashMap<(AppName, Resource), Entry>>,
    weight: Cell<usize>,
}

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
        let entries = self.entries.borrow();
        let entry = entries.get(&(site.app.name.clone(), ask.clone()))?;
        let holds = now < entry.until && std::ptr::eq(entry.site.as_ptr(), Arc::as_ptr(site));
        holds.then(|| entry.known.clone())
    }

    /// Keeps what was told, for as long as it holds; that nothing was, only for a moment.
    pub(crate) fn keep(&self, site: &Arc<Site>, ask: Resource, known: Known, holds: Duration, now: u64) {
        let holds = u64::try_from(holds.as_millis()).unwrap_or(u64::MAX);
        let until = now.saturating_add(if known.is_ok() { holds } else { FAILED.min(holds) });
        let (key, entry) = ((site.app.name.clone(), ask), Entry { known, site: Arc::downgrade(site), until });
        let mut entries = self.entries.borrow_mut();
        let weight = weight(&key, &entry);
        if self.weight.get() + weight > MOST {
            entries.retain(|_, entry| now < entry.until);
            self.weight.set(entries.iter().map(|(key, entry)| self::weight(key, entry)).sum());
        }
        if self.weight.get() + weight > MOST {
            entries.clear();
            self.weight.set(0);
        }
        if weight > MOST {
            return;
        }
        let before = entries.get(&key).map_or(0, |entry| self::weight(&key, entry));
        self.weight.set((self.weight.get() + weight).saturating_sub(before));
        entries.insert(key, entry);
    }
}

/// How much room it takes, in bytes.
fn weight(key: &(AppName, Resource), entry: &Entry) -> usize {
    let told = entry.known.as_ref().map_or(0, |told| told.weight());
    size_of_val(key) + key.1.name().len() + size_of_val(entry) + told
}
