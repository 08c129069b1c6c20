//! What is in which container of a tool, and which containers show for it to whom.
//!
//! To tell the latter all things of the tool are judged, so it is told once for each who asks, and kept: until something about their rights
//! or about what is where changes. Where there are many things that takes long, and is not done on a worker.
//!
//! Must not know: who may view what. Look next: `doorward_profile::graphql::filter::containers`, `doorward_service::gate::Bounds`.

use arc_swap::ArcSwap;
use doorward_domain::Subject;
use doorward_profile::{AnswerFilter, Contents, ShownContainers};
use doorward_service::gate::{Basis, Bounds};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Judging more things takes long.
const MANY: usize = 256;
/// For how many who ask it is kept, at most,
const MOST: usize = 512;
/// and in how much memory, in bytes.
const ROOM: usize = 4 << 20;
/// What each takes beside what shows to them, in bytes.
const ENTRY: usize = 256;

/// What is in which container of a tool, and who is shown which.
#[derive(Debug)]
pub(crate) struct Containers {
    contents: Contents,
    shown: ArcSwap<HashMap<Subject, Arc<Entry>>>,
}

/// Which containers somebody is shown.
#[derive(Debug)]
struct Entry {
    basis: Basis,
    shown: ShownContainers,
    /// Since the tool last told the same.
    is_used: AtomicBool,
}

impl Containers {
    /// Of what a tool has just told.
    pub(crate) fn new(contents: Contents) -> Self {
        Self { contents, shown: ArcSwap::default() }
    }

    /// Whether a tool tells the same again. Then it is kept who is shown what, of those who asked meanwhile.
    pub(crate) fn are(&self, contents: &Contents) -> bool {
        let are_same = self.contents == *contents;
        if are_same {
            self.shown.rcu(|shown| {
                let used = shown.iter().filter(|(_, entry)| entry.is_used.load(Relaxed));
                used.map(|(subject, entry)| (*subject, Arc::clone(entry))).collect::<HashMap<_, _>>()
            });
            self.shown.load().values().for_each(|entry| entry.is_used.store(false, Relaxed));
        }
        are_same
    }

    /// Whether it takes long to tell what shows to somebody.
    pub(super) fn take_long_for(&self, bounds: &Bounds) -> bool {
        self.contents.things() > MANY && self.known(bounds).is_none()
    }

    /// An answer without what they may not view.
    pub(super) fn filter(&self, filter: &AnswerFilter, answer: Vec<u8>, bounds: &Bounds) -> Vec<u8> {
        let entry = self.known(bounds).unwrap_or_else(|| self.judge(bounds));
        filter.filter_with(answer, bounds, (&self.contents, &entry.shown))
    }

    fn known(&self, bounds: &Bounds) -> Option<Arc<Entry>> {
        let shown = self.shown.load();
        let entry = shown.get(&bounds.subject()).filter(|entry| bounds.are_on(&entry.basis))?;
        if !entry.is_used.load(Relaxed) {
            entry.is_used.store(true, Relaxed);
        }
        Some(Arc::clone(entry))
    }

    fn judge(&self, bounds: &Bounds) -> Arc<Entry> {
        let shown = self.contents.shown_to(bounds);
        let most = most(ENTRY + shown.weight());
        let entry = Arc::new(Entry { basis: bounds.basis(), shown, is_used: AtomicBool::new(true) });
        self.shown.rcu(|shown| {
            let is_full = shown.len() >= most && !shown.contains_key(&bounds.subject());
            let mut shown = if is_full { HashMap::new() } else { HashMap::clone(shown) };
            shown.insert(bounds.subject(), Arc::clone(&entry));
            shown
        });
        entry
    }
}

/// For how many it is kept where each takes so much.
fn most(weight: usize) -> usize {
    (ROOM / weight).clamp(1, MOST)
}

#[cfg(test)]
mod tests;
