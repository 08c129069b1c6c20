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
