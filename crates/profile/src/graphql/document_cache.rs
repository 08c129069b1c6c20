//! Remembering documents that were read before.
//!
//! A tool's user interface sends the same few dozen documents all day; reading one takes far longer than recognising it. What is
//! remembered depends on the text alone (never on who sent it), so this changes nothing but the time it takes.
//!
//! Documents are compared in full.

use std::sync::Arc;

use super::lately::Lately;
use super::prepared::Prepared;

/// What one generation of one shard may weigh, in bytes ([`Prepared::weight`]); there are two of each.
const GENERATION: usize = 384 << 10;
/// A longer document is read anew each time.
const LONGEST: usize = 16 << 10;
/// What is kept for a document is some five to ten times its text. One that fans out into far more than that is read anew each time: it
/// would push out others for little.
const FAR_LARGER: usize = 20;
/// … beside what even the shortest takes.
const SHORTEST: usize = 4 << 10;

/// The documents read lately, by their text as it stood in the request and the operation named with it.
#[derive(Debug)]
pub struct DocumentCache(Lately<Arc<Known>>);

#[derive(Debug)]
struct Known {
    text: Box<str>,
    operation: Option<Box<str>>,
    prepared: Arc<Prepared>,
}

impl Default for DocumentCache {
    fn default() -> Self {
        Self(Lately::new(GENERATION))
    }
}

impl DocumentCache {
    /// What was remembered.
    pub fn recall(&self, text: &str, operation: Option<&str>) -> Option<Arc<Prepared>> {
        let is_it = |known: &Arc<Known>| *known.text == *text && known.operation.as_deref() == operation;
        let found = self.0.find(self.0.hash((text, operation)), is_it)?;
        Some(Arc::clone(&found.prepared))
    }

    /// Remembers, and forgets what was not asked for lately.
    pub fn keep(&self, text: &str, operation: Option<&str>, prepared: &Arc<Prepared>) {
        let weight = text.len() + size_of::<Known>() + 64 + prepared.weight();
        if text.len() <= LONGEST && weight <= FAR_LARGER * text.len() + SHORTEST {
            let prepared = Arc::clone(prepared);
            let known = Known { text: text.into(), operation: operation.map(Into::into), prepared };
            self.0.keep(self.0.hash((text, operation)), Arc::new(known), weight);
        }
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
        for (count, young_weight) in cache.0.kept() {
            assert!(count < 2 * GENERATION / 1000 && young_weight <= GENERATION);
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
