//! Something held: for good, or until then.

use crate::Timestamp;

/// The strongest of what is held for good, and all that lapses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held<T> {
    lasting: Option<T>,
    lapsing: Vec<(Timestamp, T)>,
}

/// When something held ends; what never does comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    At(Timestamp),
    Never,
}

impl End {
    /// `None` is never.
    pub(crate) fn moment(self) -> Option<Timestamp> {
        match self {
            Self::At(moment) => Some(moment),
            Self::Never => None,
        }
    }
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

    /// When the last ends of what is held at `now` and would do; `None` when nothing does.
    pub(crate) fn end(&self, now: Timestamp, would_do: impl Fn(T) -> bool) -> Option<End> {
        if self.lasting.is_some_and(&would_do) {
            return Some(End::Never);
        }
        let lapsing = self.lapsing.iter().filter(|(end, held)| now < *end && would_do(*held));
        lapsing.map(|(end, _)| End::At(*end)).max()
    }

    /// Adds what is held until then; `None` is for good.
    pub(crate) fn add(&mut self, held: T, until: Option<Timestamp>) {
        match until {
            Some(end) => self.lapsing.push((end, held)),
            None => self.lasting = self.lasting.max(Some(held)),
        }
    }
}
