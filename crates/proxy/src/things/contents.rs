//! What tools have told of which thing is in which: for everybody together and all workers, so that they are asked once in a while, however
//! many ask.

use arc_swap::{ArcSwap, ArcSwapOption};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::body::Containers;
use crate::site::Site;

/// What is known of each app, as it is configured now: by another tool, or read by other rules, it may be something else.
#[derive(Debug, Default)]
pub(crate) struct ContentsMemory(ArcSwap<Vec<(Weak<Site>, Arc<Slot>)>>);

/// What is known of one app.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    entry: ArcSwapOption<Entry>,
    asking: Arc<Mutex<()>>,
}

/// What a tool told, or that it did not.
#[derive(Debug)]
pub(crate) struct Entry {
    contents: Option<Arc<Containers>>,
    until: Instant,
}

/// What there is to know without asking.
#[derive(Debug)]
pub(crate) enum Look {
    /// What was told not long ago, if anything was.
    Holds(Option<Arc<Containers>>),
    /// That nothing was told, some time ago.
    Failed,
    /// Nothing, or what may be otherwise by now.
    Old,
}

impl ContentsMemory {
    /// What is known of an app.
    pub(crate) fn of(&self, site: &Arc<Site>) -> Arc<Slot> {
        let known = |slots: &[(Weak<Site>, Arc<Slot>)]| {
            let slot = slots.iter().find(|(own, _)| std::ptr::eq(own.as_ptr(), Arc::as_ptr(site)));
            slot.map(|(_, slot)| Arc::clone(slot))
        };
        if let Some(slot) = known(&self.0.load()) {
            return slot;
        }
        let new = Arc::new(Slot::default());
        self.0.rcu(|slots| {
            if known(slots).is_some() {
                return Vec::clone(slots);
            }
            // What is configured no more is known no more.
            let others = slots.iter().filter(|(own, _)| own.strong_count() > 0).cloned();
            others.chain([(Arc::downgrade(site), Arc::clone(&new))]).collect()
        });
        known(&self.0.load()).unwrap_or(new)
    }
}

impl Slot {
    /// What is known now.
    pub(crate) fn look(&self) -> Look {
        match &*self.entry.load() {
            Some(entry) if Instant::now() < entry.until => Look::Holds(entry.contents.clone()),
            Some(entry) if entry.contents.is_none() => Look::Failed,
            _ => Look::Old,
        }
    }

    /// What was told last, however long ago.
    pub(crate) fn last(&self) -> Option<Arc<Containers>> {
        self.entry.load().as_ref().and_then(|entry| entry.contents.clone())
    }

    /// Waits until nobody asks: then it is one's own turn to ask, or to see what was told meanwhile.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.asking).lock_owned().await
    }

    /// The turn to ask, unless somebody asks.
    pub(crate) fn turn_at_once(&self) -> Option<OwnedMutexGuard<()>> {
        Arc::clone(&self.asking).try_lock_owned().ok()
    }

    /// Keeps what was told, or that nothing was, for so long. Gives back what was known before.
    pub(crate) fn keep(&self, contents: Option<Arc<Containers>>, holds: Duration) -> Option<Arc<Entry>> {
        self.entry.swap(Some(Arc::new(Entry { contents, until: Instant::now() + holds })))
    }
}
