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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests_support::app;
    use doorward_domain::Unresolved;
    use doorward_profile::{Profile, Told};

    fn site() -> Arc<Site> {
        let upstream = "http://127.0.0.1:1".parse().unwrap();
        Arc::new(Site { app: app("dagster"), hosts: Vec::new(), path: String::new(), upstream })
    }

    /// What Dagster tells of a run.
    fn told(run: &Resource) -> Arc<Told> {
        let origin = r#"{"repositoryLocationName":"l","repositoryName":"r"}"#;
        let names = format!(r#""runId":"{}","jobName":"j","repositoryOrigin":{origin}"#, run.name());
        let answer = format!(r#"{{"data":{{"q0":{{{names},"assetSelection":null,"assetCheckSelection":null}}}}}}"#);
        let profile = Profile::builtin("dagster").unwrap();
        let answers = profile.answers(std::slice::from_ref(run), answer.as_bytes()).unwrap();
        answers.into_iter().next().flatten().expect("a run")
    }

    fn run(n: usize) -> Resource {
        Resource::new("run", &format!("{n:08x}-0000-4000-8000-000000000000"))
    }

    #[test]
    fn what_was_told_is_forgotten_when_its_time_is_over() {
        let (memory, site) = (Memory::default(), site());
        for (n, holds) in [(1, Duration::from_secs(10)), (2, Duration::from_mins(10))] {
            let (run, millis) = (run(n), u64::try_from(holds.as_millis()).unwrap());
            memory.keep(&site, run.clone(), Ok(told(&run)), holds, 5_000);
            assert!(memory.recall(&site, &run, 5_000 + millis - 1).is_some_and(|known| known.is_ok()));
            assert!(memory.recall(&site, &run, 5_000 + millis).is_none(), "{holds:?} are over");
        }
    }

    #[test]
    fn that_nothing_was_told_holds_for_a_second_at_most() {
        let (memory, site) = (Memory::default(), site());
        memory.keep(&site, run(1), Err(Unresolved::NoAnswer), Duration::from_mins(10), 0);
        assert_eq!(memory.recall(&site, &run(1), 999), Some(Err(Unresolved::NoAnswer)));
        assert_eq!(memory.recall(&site, &run(1), 1000), None);
    }

    #[test]
    fn another_tool_of_the_same_name_has_told_nothing() {
        let (memory, before, now) = (Memory::default(), site(), site());
        memory.keep(&before, run(1), Err(Unresolved::NotFound), Duration::from_secs(1), 0);
        assert!(memory.recall(&before, &run(1), 0).is_some());
        assert!(memory.recall(&now, &run(1), 0).is_none());
    }

    #[test]
    fn however_much_is_told_what_is_remembered_stays_within_its_bound() {
        let (memory, site, known) = (Memory::default(), site(), Known::Ok(told(&run(0))));
        let really =
            |memory: &Memory| memory.entries.borrow().iter().map(|(key, entry)| weight(key, entry)).sum::<usize>();
        let mut most = 0;
        for n in 0..30_000 {
            memory.keep(&site, run(n), known.clone(), Duration::from_mins(10), 0);
            most = most.max(memory.weight.get());
            assert!(memory.weight.get() <= MOST, "{n}");
            assert!(memory.recall(&site, &run(n), 0).is_some(), "the newest is there");
        }
        assert!(most > MOST - 4096, "it was full: {most}");
        assert_eq!(memory.weight.get(), really(&memory), "and is counted right");
    }

    #[test]
    fn what_is_over_makes_room_before_what_still_holds() {
        let (memory, site, known) = (Memory::default(), site(), Known::Ok(told(&run(0))));
        memory.keep(&site, run(0), known.clone(), Duration::from_mins(10), 0);
        for n in 1..30_000 {
            let now = u64::try_from(n).unwrap();
            memory.keep(&site, run(n), known.clone(), Duration::from_millis(10), now);
        }
        assert!(memory.recall(&site, &run(0), 30_000).is_some());
    }

    #[test]
    fn what_is_told_again_is_counted_once() {
        let (memory, site, known) = (Memory::default(), site(), Known::Ok(told(&run(1))));
        memory.keep(&site, run(1), known.clone(), Duration::from_secs(10), 0);
        let once = memory.weight.get();
        memory.keep(&site, run(1), known, Duration::from_secs(10), 0);
        assert_eq!(memory.weight.get(), once);
    }
}
