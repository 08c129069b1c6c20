//! Remembering documents that were read before.
//!
//! A tool's user interface sends the same few dozen documents all day; reading one takes far longer than recognising it. What is
//! remembered depends on the text alone (never on who sent it), so this changes nothing but the time it takes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::prepared::Prepared;

/// Bytes of document text in one generation; there are two. What is kept for a document is some ten times its text.
const GENERATION: usize = 256 << 10;
/// A longer document is read anew each time.
const LONGEST: usize = 16 << 10;

/// The documents read lately, by their text as it stood in the request and the operation named with it.
#[derive(Debug, Default)]
pub struct Memo {
    generations: Mutex<Generations>,
}

type Known = HashMap<Box<str>, Vec<(Option<Box<str>>, Arc<Prepared>)>>;

#[derive(Debug, Default)]
struct Generations {
    young: Known,
    old: Known,
    young_bytes: usize,
}

impl Memo {
    /// What was remembered.
    pub fn recall(&self, text: &str, operation: Option<&str>) -> Option<Arc<Prepared>> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = find(&generations.young, text, operation) {
            return Some(found);
        }
        let found = find(&generations.old, text, operation)?;
        generations.keep(text, operation, &found);
        Some(found)
    }

    /// Remembers, and forgets what was not asked for lately.
    pub fn keep(&self, text: &str, operation: Option<&str>, prepared: &Arc<Prepared>) {
        if text.len() <= LONGEST {
            self.generations.lock().unwrap_or_else(PoisonError::into_inner).keep(text, operation, prepared);
        }
    }
}

fn find(known: &Known, text: &str, operation: Option<&str>) -> Option<Arc<Prepared>> {
    let entries = known.get(text)?;
    entries.iter().find(|(name, _)| name.as_deref() == operation).map(|(_, prepared)| Arc::clone(prepared))
}

impl Generations {
    fn keep(&mut self, text: &str, operation: Option<&str>, prepared: &Arc<Prepared>) {
        if self.young_bytes + text.len() > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += text.len() + 64;
        self.young.entry(text.into()).or_default().push((operation.map(Into::into), Arc::clone(prepared)));
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
        let memo = Memo::default();
        let known = prepared("query A{version}");
        memo.keep(&quoted("query A{version}"), Some("A"), &known);
        assert!(memo.recall(&quoted("query A{version}"), Some("A")).is_some_and(|found| Arc::ptr_eq(&found, &known)));
        assert!(memo.recall(&quoted("query A{version}"), None).is_none());
        assert!(memo.recall(&quoted("query A{version} "), Some("A")).is_none());
    }

    #[test]
    fn a_flood_of_documents_is_forgotten_and_what_is_used_stays() {
        let memo = Memo::default();
        let known = prepared("{version}");
        memo.keep("used", None, &known);
        for n in 0..10_000 {
            memo.keep(&format!("{n} {}", "x".repeat(1000)), None, &known);
            assert!(n % 50 != 0 || memo.recall("used", None).is_some(), "{n}");
        }
        let generations = memo.generations.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() < 600);
        assert!(generations.young_bytes <= GENERATION + 1100);
    }

    #[test]
    fn a_long_document_is_not_kept() {
        let memo = Memo::default();
        memo.keep(&"x".repeat(LONGEST + 1), None, &prepared("{version}"));
        assert!(memo.recall(&"x".repeat(LONGEST + 1), None).is_none());
    }
}
