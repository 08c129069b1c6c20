//! Which root fields an answer is to hold, and which of them came: what `@skip` or `@include` kept from being done is not answered.

use std::collections::HashSet;

use crate::graphql::json::scan::unquoted;

/// The keys that are still to come.
#[derive(Debug, Default)]
pub(super) struct Awaited {
    keys: HashSet<Box<str>>,
    /// Whether there is an object they could be in.
    pub(super) has_data: bool,
}

impl Awaited {
    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k str>) -> Self {
        Self { keys: keys.map(Box::from).collect(), has_data: false }
    }

    /// A member of the data came, by its key as it is written.
    pub(super) fn came(&mut self, key: &[u8]) {
        if !self.keys.is_empty()
            && let Ok(key) = std::str::from_utf8(key)
        {
            self.keys.remove(&*unquoted(key));
        }
    }

    pub(super) fn misses(&self, key: &str) -> bool {
        self.has_data && self.keys.contains(key)
    }
}
