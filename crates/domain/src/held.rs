//! Something held: for good, or until then.

use crate::Timestamp;

/// The strongest of what is held for good, and all that lapses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held<T> {
    lasting: Option<T>,
    lapsing: Vec<(Timestamp, T)>,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { lasting: None, lapsing: Vec::new() }
    }
}

impl<T: Copy + Ord> Held<T> {
    /// The strongest at `now`.
    pub(crate) fn at(&self, now: Timestamp) -> Option<T> {
        if self.lapsing.is_empty() {
            return self.lasting;
        }
        self.lapsing.iter().filter(|(end, _)| now < *end).map(|(_, held)| *held).max().max(self.lasting)
    }

    /// Adds what is held until then; `None` is for good.
    pub(crate) fn add(&mut self, held: T, until: Option<Timestamp>) {
        match until {
            Some(end) => self.lapsing.push((end, held)),
            None => self.lasting = self.lasting.max(Some(held)),
        }
    }
}
