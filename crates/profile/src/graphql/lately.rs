//! What was read lately, found by a keyed hash that nobody outside can aim at. It lies in shards, so that workers do not wait for each other.

use ahash::{HashMap, RandomState};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// How many parts there are, each with its own lock.
const SHARDS: usize = 8;

/// What was kept, and forgotten when it was not asked for lately.
#[derive(Debug)]
pub(super) struct Lately<T> {
    hasher: RandomState,
    shards: [Mutex<Generations<T>>; SHARDS],
    /// What one generation of one shard may weigh, in bytes; there are two.
    generation: usize,
}

/// By hash.
type Known<T> = HashMap<u64, Vec<Entry<T>>>;

#[derive(Debug)]
struct Entry<T> {
    thing: T,
    weight: usize,
}

#[derive(Debug)]
struct Generations<T> {
    young: Known<T>,
    old: Known<T>,
    young_weight: usize,
}

impl<T> Default for Generations<T> {
    fn default() -> Self {
        Self { young: Known::default(), old: Known::default(), young_weight: 0 }
    }
}

impl<T: Clone> Lately<T> {
    pub(super) fn new(generation: usize) -> Self {
        Self { hasher: RandomState::default(), shards: Default::default(), generation }
    }

    /// By what it is to be found and kept.
    pub(super) fn hash(&self, of: impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// The one of this hash that is it.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(&T) -> bool) -> Option<T> {
        let mut generations = self.shard(hash)?.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |known: &Known<T>| {
            let entry = known.get(&hash)?.iter().find(|entry| is_it(&entry.thing))?;
            Some((entry.thing.clone(), entry.weight))
        };
        if let Some((found, _)) = of(&generations.young) {
            return Some(found);
        }
        let (found, weight) = of(&generations.old)?;
        generations.keep(hash, found.clone(), weight, self.generation);
        Some(found)
    }

    /// Keeps it, and forgets what was not asked for lately.
    pub(super) fn keep(&self, hash: u64, thing: T, weight: usize) {
        if let Some(shard) = self.shard(hash) {
            shard.lock().unwrap_or_else(PoisonError::into_inner).keep(hash, thing, weight, self.generation);
        }
    }

    fn shard(&self, hash: u64) -> Option<&Mutex<Generations<T>>> {
        self.shards.get(usize::try_from(hash >> 32).unwrap_or(0) % SHARDS)
    }

    /// Of each shard, how many are kept and what the young of them weigh.
    #[cfg(test)]
    pub(super) fn kept(&self) -> impl Iterator<Item = (usize, usize)> {
        self.shards.iter().map(|shard| {
            let generations = shard.lock().unwrap();
            (generations.young.len() + generations.old.len(), generations.young_weight)
        })
    }
}

impl<T> Generations<T> {
    fn keep(&mut self, hash: u64, thing: T, weight: usize, most: usize) {
        if self.young_weight + weight > most {
            self.old = std::mem::take(&mut self.young);
            self.young_weight = 0;
        }
        self.young_weight += weight;
        self.young.entry(hash).or_default().push(Entry { thing, weight });
    }
}
