//! Finding the patterns that reach a thing, however many there are.
//!
//! Patterns that name one thing are found by its name. Of the others, those with the same beginning before the first wildcard stand
//! together, and are found by that beginning of the name: one look-up for each length that beginnings have, which are few.

use std::collections::{BTreeMap, HashMap};

use crate::{Pattern, Resource, Target, Timestamp, held::Held, pattern::Matcher};

/// What is held on things, by patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatternMap<T> {
    exact: HashMap<Box<str>, Held<T>>,
    wild: HashMap<Box<str>, Vec<(Matcher, Held<T>)>>,
    /// Of the beginnings in `wild`.
    lengths: Vec<usize>,
    /// All that is held on things of a kind.
    kinds: BTreeMap<Box<str>, Held<T>>,
    any: Held<T>,
}

impl<T> Default for PatternMap<T> {
    fn default() -> Self {
        Self {
            exact: HashMap::new(),
            wild: HashMap::new(),
            lengths: Vec::new(),
            kinds: BTreeMap::new(),
            any: Held::default(),
        }
    }
}

impl<T: Copy + Ord> PatternMap<T> {
    /// Adds what is held on what the pattern reaches.
    pub(crate) fn add(&mut self, pattern: &Pattern, held: T, until: Option<Timestamp>) {
        self.any.add(held, until);
        self.kinds.entry(pattern.kind().into()).or_default().add(held, until);
        if pattern.is_exact() {
            self.exact.entry(pattern.as_str().into()).or_default().add(held, until);
            return;
        }
        let beginning = pattern.beginning();
        if !self.lengths.contains(&beginning.len()) {
            self.lengths.push(beginning.len());
        }
        let alike = self.wild.entry(beginning.into()).or_default();
        if let Some((_, all)) = alike.iter_mut().find(|(own, _)| own.pattern() == pattern) {
            all.add(held, until);
        } else {
            let mut all = Held::default();
            all.add(held, until);
            alike.push((Matcher::new(pattern), all));
        }
    }

    /// How many patterns there are.
    pub(crate) fn len(&self) -> usize {
        self.exact.len() + self.wild.values().map(Vec::len).sum::<usize>()
    }

    /// The strongest that is held on this thing, by any of its names.
    pub(crate) fn on(&self, thing: &Target, now: Timestamp) -> Option<T> {
        thing.names().iter().filter_map(|name| self.of(name, now)).max()
    }

    /// The strongest that might be held on this thing by names that are not told.
    pub(crate) fn might_be_on(&self, thing: &Target, now: Timestamp) -> Option<T> {
        self.kinds.iter().filter(|(kind, _)| thing.may_be_called(kind)).filter_map(|(_, held)| held.at(now)).max()
    }

    /// The strongest that is held on anything.
    pub(crate) fn on_anything(&self, now: Timestamp) -> Option<T> {
        self.any.at(now)
    }

    /// Every pattern with what is held by it, in no order.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&str, &Held<T>)> {
        let exact = self.exact.iter().map(|(pattern, held)| (&**pattern, held));
        let wild = self.wild.values().flatten().map(|(own, held)| (own.pattern().as_str(), held));
        exact.chain(wild)
    }

    /// The strongest that is held on what is called so, by patterns that reach others too.
    pub(crate) fn by_wildcards(&self, name: &Resource, now: Timestamp) -> Option<T> {
        let begins = self.lengths.iter().filter_map(|length| self.wild.get(name.as_str().get(..*length)?));
        begins.flatten().filter(|(own, _)| own.matches(name)).filter_map(|(_, held)| held.at(now)).max()
    }

    fn of(&self, name: &Resource, now: Timestamp) -> Option<T> {
        let exact = self.exact.get(name.as_str()).and_then(|held| held.at(now));
        self.by_wildcards(name, now).max(exact)
    }
}
