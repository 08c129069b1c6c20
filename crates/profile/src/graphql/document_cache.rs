//! Remembering documents that were read before.
//!
//! A tool's user interface sends the same few dozen documents all day; reading one takes far longer than recognising it. What is
//! remembered depends on the text alone (never on who sent it), so this changes nothing but the time it takes.
//!
//! Documents are found by a keyed hash that nobody outside can aim at, and compared in full. They lie in shards, so that workers
//! do not wait for each other.

use ahash::{HashMap, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use super::prepared::Prepared;

/// How many parts there are, each with its own lock.
const SHARDS: usize = 8;
/// What one generation of one shard may weigh, in bytes ([`Prepared::weight`]); there are two.
const GENERATION: usize = 384 << 10;
/// A longer document is read anew each time.
const LONGEST: usize = 16 << 10;
/// What is kept for a document is some five to ten times its text. One that fans out into far more than that is read anew each time: it
/// would push out others for little.
const FAR_LARGER: usize = 20;
/// … beside what even the shortest takes.
const SHORTEST: usize = 4 << 10;

/// The documents read lately, by their text as it stood in the request and the operation named with it.
#[derive(Debug, Default)]
pub struct DocumentCache {
    hasher: RandomState,
    shards: [Mutex<Generations>; SHARDS],
}

/// By hash.
type Known = HashMap<u64, Vec<Entry>>;

#[derive(Debug)]
struct Entry {
    text: Box<str>,
    operation: Option<Box<str>>,
    prepared: Arc<Prepared>,
}

#[derive(Debug, Default)]
struct Generations {
    young: Known,
    old: Known,
    young_weight: usize,
}

/// What a document is found by.
#[derive(Debug, Clone, Copy)]
struct Wanted<'t> {
    hash: u64,
    text: &'t str,
    operation: Option<&'t str>,
}

impl Wanted<'_> {
    /// What keeping it costs, in bytes.
    fn weight(self, prepared: &Prepared) -> usize {
        self.text.len() + size_of::<Entry>() + 64 + prepared.weight()
    }
}

impl DocumentCache {
    /// What was remembered.
    pub fn recall(&self, text: &str, operation: Option<&str>) -> Option<Arc<Prepared>> {
        let wanted = self.wanted(text, operation);
        let mut generations = self.shard(wanted.hash)?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = wanted.find(&generations.young) {
            return Some(found);
        }
        let found = wanted.find(&generations.old)?;
        generations.keep(wanted, &found);
        Some(found)
    }

    /// Remembers, and forgets what was not asked for lately.
    pub fn keep(&self, text: &str, operation: Option<&str>, prepared: &Arc<Prepared>) {
        let wanted = self.wanted(text, operation);
        if text.len() <= LONGEST
            && wanted.weight(prepared) <= FAR_LARGER * text.len() + SHORTEST
            && let Some(shard) = self.shard(wanted.hash)
        {
            shard.lock().unwrap_or_else(PoisonError::into_inner).keep(wanted, prepared);
        }
    }

    fn wanted<'t>(&self, text: &'t str, operation: Option<&'t str>) -> Wanted<'t> {
        Wanted { hash: self.hasher.hash_one((text, operation)), text, operation }
    }

    fn shard(&self, hash: u64) -> Option<&Mutex<Generations>> {
        self.shards.get(usize::try_from(hash >> 32).unwrap_or(0) % SHARDS)
    }
}

impl Wanted<'_> {
    fn find(self, known: &Known) -> Option<Arc<Prepared>> {
        let is_it = |entry: &&Entry| *entry.text == *self.text && entry.operation.as_deref() == self.operation;
        known.get(&self.hash)?.iter().find(is_it).map(|entry| Arc::clone(&entry.prepared))
    }
}

impl Generations {
    fn keep(&mut self, wanted: Wanted<'_>, prepared: &Arc<Prepared>) {
        let Wanted { hash, text, operation } = wanted;
        let weight = wanted.weight(prepared);
        if self.young_weight + weight > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.young_weight = 0;
        }
        self.young_weight += weight;
        let entry = Entry { text: text.into(), operation: operation.map(Into::into), prepared: Arc::clone(prepared) };
        self.young.entry(hash).or_default().push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Profile, graphql::json::quoted};

    fn prepared(text: &str) -> Arc<Prepared> {
        let dagster = Profile::builtin("dagster").unwrap();
        Arc::new(Prepared::new(dagster.graphql().unwrap().rules(), text, None).unwrap())
    }

    #[test]
    fn a_document_is_recalled_with_its_own_operation_only() {
        let cache = DocumentCache::default();
        let known = prepared("query A{version}");
        cache.keep(&quoted("query A{version}"), Some("A"), &known);
        assert!(cache.recall(&quoted("query A{version}"), Some("A")).is_some_and(|found| Arc::ptr_eq(&found, &known)));
        assert!(cache.recall(&quoted("query A{version}"), None).is_none());
        assert!(cache.recall(&quoted("query A{version} "), Some("A")).is_none());
    }

    #[test]
    fn a_flood_of_documents_is_forgotten_and_what_is_used_stays() {
        let cache = DocumentCache::default();
        let known = prepared("{version}");
        cache.keep("used", None, &known);
        for n in 0..10_000 {
            cache.keep(&format!("{n} {}", "x".repeat(1000)), None, &known);
            assert!(n % 50 != 0 || cache.recall("used", None).is_some(), "{n}");
        }
        for shard in &cache.shards {
            let generations = shard.lock().unwrap();
            assert!(generations.young.len() + generations.old.len() < 2 * GENERATION / 1000);
            assert!(generations.young_weight <= GENERATION);
        }
    }

    #[test]
    fn what_the_pages_of_a_tool_send_is_kept() {
        let cache = DocumentCache::default();
        let operations: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/data/dagster_ui_operations.json")).unwrap();
        let bodies = operations
            .iter()
            .map(|own| serde_json::from_str::<serde_json::Value>(own["body"].as_str().unwrap()).unwrap());
        let texts: Vec<String> = bodies.map(|body| body["query"].as_str().unwrap().to_owned()).collect();
        for text in texts.iter().filter(|text| text.len() <= LONGEST) {
            cache.keep(text, None, &prepared(text));
            assert!(cache.recall(text, None).is_some(), "{} bytes: {text:.60}", text.len());
        }
        let kept = texts.iter().filter(|text| cache.recall(text, None).is_some()).count();
        assert!(kept >= 50, "only {kept} of 52 are still there");
    }

    #[test]
    fn a_document_that_fans_out_far_beyond_its_text_is_not_kept() {
        let cache = DocumentCache::default();
        // Something is beside the fragment each time, so that no two of its places are the same.
        let places: Vec<_> = (0..48).map(|n| format!("p{n}:x{{...F o{n}:canBulkTerminate}}")).collect();
        let flags: Vec<_> = (0..40).map(|n| format!("f{n}:canBulkTerminate ")).collect();
        let text = format!("{{{}}}fragment F on X{{{}}}", places.concat(), flags.concat());
        cache.keep(&text, None, &prepared(&text));
        assert!(cache.recall(&text, None).is_none());
    }

    #[test]
    fn a_long_document_is_not_kept() {
        let cache = DocumentCache::default();
        cache.keep(&"x".repeat(LONGEST + 1), None, &prepared("{version}"));
        assert!(cache.recall(&"x".repeat(LONGEST + 1), None).is_none());
    }
}
