//! Counts, each in a bounded map.

use doorward_domain::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// After this long without a failure, all is forgotten.
pub(super) const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);
/// Entries in each map.
pub(crate) const CAPACITY: usize = 20_000;

pub(super) type Network = IpAddr;
pub(super) type Pair = (Key, Network);

/// What tries are counted by: a name as it was typed, or the account it means. The same text may be both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    is_account: bool,
    name: Arc<str>,
}

impl Key {
    pub(super) fn typed(name: &str) -> Self {
        Self { is_account: false, name: name.into() }
    }

    pub(super) fn account(name: &str) -> Self {
        Self { is_account: true, name: name.into() }
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) failures: u32,
    pub(super) under_way: u32,
    pub(super) last: i64,
    pub(super) blocked_until: i64,
}

#[derive(Default)]
pub(super) struct Tallies {
    pub(super) pairs: HashMap<Pair, Tally>,
    pub(super) networks: HashMap<Network, Tally>,
    pub(super) accounts: HashMap<Key, Tally>,
    pub(super) known: HashMap<Pair, i64>,
}

impl Tallies {
    /// A try from there is over, and was no failure.
    pub(super) fn one_less_of(&mut self, network: Network) {
        if let Some(tally) = self.networks.get_mut(&network) {
            tally.under_way = tally.under_way.saturating_sub(1);
            if tally.under_way == 0 && tally.failures == 0 {
                self.networks.remove(&network);
            }
        }
    }
}

impl Tally {
    pub(super) fn wait(&self, now: Timestamp) -> Duration {
        Timestamp::from_millis(self.blocked_until).since(now)
    }

    pub(super) fn and_one_failure(self, now: Timestamp) -> Self {
        Self { failures: self.failures.saturating_add(1), last: now.as_millis(), ..self }
    }

    /// Blocked for `first`, doubled for each failure beyond the free ones.
    pub(super) fn blocked(self, free: u32, first: Duration, longest: Duration, now: Timestamp) -> Self {
        let Some(beyond) = self.failures.checked_sub(free) else { return self };
        let wait = first.saturating_mul(2_u32.saturating_pow(beyond.min(20))).min(longest);
        Self { blocked_until: now.plus(wait).as_millis(), ..self }
    }
}

/// What still counts of a tally.
pub(super) fn current(tally: Option<&Tally>, now: Timestamp) -> Tally {
    tally.filter(|t| now.since(Timestamp::from_millis(t.last)) < FORGOTTEN_AFTER).copied().unwrap_or_default()
}

pub(super) fn put<K: Eq + Hash + Clone>(map: &mut HashMap<K, Tally>, key: K, tally: Tally) {
    if !map.contains_key(&key) {
        make_room(map, |t| t.last);
    }
    map.insert(key, tally);
}

/// When full, forgets the older half: as cheap as it is rare.
pub(crate) fn make_room<K: Eq + Hash, V>(map: &mut HashMap<K, V>, last: impl Fn(&V) -> i64) {
    if map.len() < CAPACITY {
        return;
    }
    let mut times: Vec<i64> = map.values().map(&last).collect();
    let (_, middle, _) = times.select_nth_unstable(CAPACITY / 2);
    let middle = *middle;
    let mut kept = 0;
    map.retain(|_, v| {
        // Many of one moment: the count decides.
        let keep = kept < CAPACITY / 2 && last(v) >= middle;
        kept += usize::from(keep);
        keep
    });
}
