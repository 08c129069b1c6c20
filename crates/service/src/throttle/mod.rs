//! Slows guessing without letting a stranger lock anybody out.
//!
//! Three counts of failures, all in memory and bounded:
//! - of an account from one network: a few tries are free, then each costs twice the wait of the one before;
//! - of one network, whatever the account: generous, since an office shares an address;
//! - of an account from everywhere: when many networks guess at one account, each gets one free try instead of a few.
//!
//! What was typed as a name is counted, and so is the account it means, if it means one: a username and an address are both guessed at
//! once. Only the wait of what was typed is told. One that only the account has is not, since it would tell that two names are one
//! person's: such a try looks wrong ([`Begun::Unsaid`]). A wrong try that only a good sign-in from there spared the network's wait is told that wait, as
//! everybody else there is ([`Attempt::instead`]): else names that sign in there could be told from others.
//!
//! Nobody is refused because of what *others* did to the account: a right password from a network that was not guessing gets in. A network
//! from which the account has signed in before is not slowed by what its neighbours guess at other accounts. Names that
//! exist and names that don't are counted alike, and a try is counted when it begins, so that a hundred at once are not free.
//!
//! A network is an IPv4 address or an IPv6 /64 (what one subscriber gets).

mod budget;
mod tallies;

use doorward_domain::Timestamp;
use parking_lot::Mutex;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

pub(crate) use budget::Budget;
#[cfg(test)]
pub(crate) use tallies::CAPACITY;
pub(crate) use tallies::make_room;
use tallies::{Key, Network, Pair, Tallies, Tally, current, put};

/// Free tries of an account from a network.
const FREE: u32 = 5;
/// As long as that many have failed from everywhere, for each network.
const FREE_UNDER_ATTACK: u32 = 1;
const ATTACK: u32 = 50;
/// Free tries of a network.
const FREE_FOR_NETWORK: u32 = 60;
/// The first wait; doubles with every further failure.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const FIRST_WAIT_UNDER_ATTACK: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_mins(15);
const LONGEST_WAIT_FOR_NETWORK: Duration = Duration::from_mins(1);
/// Tries under way at once, of an account from a network.
const AT_ONCE: u32 = 20;
/// Tries under way at once, of a network whatever the account: about what one address may keep a processor busy with.
const AT_ONCE_OF_NETWORK: u32 = 12;
/// How long a good sign-in speaks for its network.
const KNOWN_FOR: Duration = Duration::from_hours(720);

/// Whom a try is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claimed<'n> {
    typed: Option<&'n str>,
    account: Option<&'n str>,
}

impl<'n> Claimed<'n> {
    /// Somebody who types a name, and the account that it means.
    pub(crate) const fn by(typed: &'n str, account: Option<&'n str>) -> Self {
        Self { typed: Some(typed), account }
    }

    /// Somebody whose account is no secret to them.
    pub(crate) const fn own(account: &'n str) -> Self {
        Self { typed: None, account: Some(account) }
    }

    /// What is counted; the wait of the first may be told.
    fn keys(self) -> impl Iterator<Item = Key> {
        let typed = self.typed.map(Key::typed);
        typed.into_iter().chain(self.account.map(Key::account))
    }
}

/// Counts failures and says who has to wait.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<Tallies>);

/// How a try begins.
#[must_use]
pub(crate) enum Begun<'a> {
    /// The password is looked at.
    Try(Attempt<'a>),
    /// It is not, and how long to wait is told. With a decoy, others who are told the same have had theirs looked at: it is to take as long.
    Wait(Duration, Option<Attempt<'a>>),
    /// It is not, and must seem to have been wrong.
    Unsaid(Duration, Attempt<'a>),
}

/// A try under way. Dropped without a word (its client is gone), it counts as a failure.
pub(crate) struct Attempt<'a> {
    throttle: &'a Throttle,
    keys: Vec<Key>,
    account: Option<Key>,
    network: Network,
    began: Timestamp,
    is_known: bool,
    instead: Option<Duration>,
    is_decoy: bool,
    settled: bool,
}

impl Throttle {
    /// Begins a try, or says how long to wait.
    pub(crate) fn begin(&self, who: Claimed<'_>, ip: IpAddr, now: Timestamp) -> Begun<'_> {
        let network = network(ip);
        let account = who.account.map(Key::account);
        let mut tallies = self.0.lock();
        let is_known = account.as_ref().is_some_and(|account| tallies.knows(account, network, now));
        let of_network = current(tallies.networks.get(&network), now);
        let mut network_wait = of_network.wait(now);
        let is_crowded = of_network.under_way >= AT_ONCE_OF_NETWORK;
        if is_crowded {
            network_wait = network_wait.max(FIRST_WAIT);
        }
        let waits: Vec<Duration> = who.keys().map(|key| tallies.wait_of(&(key, network), is_known, now)).collect();
        let mut begin = |keys: Vec<Key>, is_decoy, instead| {
            tallies.begin(&keys, network, now);
            let account = account.clone();
            Attempt { throttle: self, keys, account, network, began: now, is_known, instead, is_decoy, settled: false }
        };
        let longest = waits.iter().max().copied().unwrap_or_default();
        if !network_wait.is_zero() && (!is_known || !longest.is_zero()) {
            // All are told the same there, whatever else they would have to wait for.
            return Begun::Wait(network_wait, (!is_crowded).then(|| begin(Vec::new(), true, None)));
        }
        if let Some(told) = waits.first().filter(|told| !told.is_zero()) {
            return Begun::Wait(*told, None);
        }
        if !longest.is_zero() {
            return Begun::Unsaid(longest, begin(who.keys().take(1).collect(), false, None));
        }
        let instead = Some(network_wait).filter(|wait| !wait.is_zero());
        Begun::Try(begin(who.keys().collect(), false, instead))
    }
}

impl Attempt<'_> {
    /// Whether the account has signed in from there before.
    pub(crate) const fn is_known(&self) -> bool {
        self.is_known
    }

    /// What is told when it fails, as everybody else from there is: that they have to wait.
    pub(crate) const fn instead(&self) -> Option<Duration> {
        self.instead
    }

    /// The password was right: what this network did wrong with the account is forgotten.
    pub(crate) fn succeeded(mut self) {
        self.settled = true;
        let mut tallies = self.throttle.0.lock();
        for key in &self.keys {
            tallies.pairs.remove(&(key.clone(), self.network));
        }
        tallies.one_less_of(self.network);
        if let Some(account) = self.account.clone() {
            make_room(&mut tallies.known, |at| *at);
            tallies.known.insert((account, self.network), self.began.as_millis());
        }
    }

    /// Nothing was found out about the password (too busy, store failed): counts as nothing.
    pub(crate) fn came_to_nothing(mut self) {
        self.forget();
    }

    /// The password was wrong; how long the next try has to wait.
    pub(crate) fn failed(mut self, now: Timestamp) -> Duration {
        self.settled = true;
        self.count_failure(now)
    }

    fn forget(&mut self) {
        self.settled = true;
        let mut tallies = self.throttle.0.lock();
        for key in &self.keys {
            if let Some(tally) = tallies.pairs.get_mut(&(key.clone(), self.network)) {
                tally.under_way = tally.under_way.saturating_sub(1);
            }
        }
        tallies.one_less_of(self.network);
    }

    fn count_failure(&self, now: Timestamp) -> Duration {
        let mut tallies = self.throttle.0.lock();
        if self.instead.is_some() {
            // The others who are told to wait do not make the wait longer either.
            tallies.one_less_of(self.network);
        } else {
            let of_network = current(tallies.networks.get(&self.network), now).and_one_failure(now);
            let mut of_network = of_network.blocked(FREE_FOR_NETWORK, FIRST_WAIT, LONGEST_WAIT_FOR_NETWORK, now);
            of_network.under_way = of_network.under_way.saturating_sub(1);
            put(&mut tallies.networks, self.network, of_network);
        }
        let waits = self.keys.iter().map(|key| tallies.count_failure((key.clone(), self.network), now));
        waits.max().unwrap_or_default()
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        if self.is_decoy {
            self.forget();
        } else {
            self.count_failure(self.began);
        }
    }
}

impl Tallies {
    fn knows(&self, account: &Key, network: Network, now: Timestamp) -> bool {
        let at = self.known.get(&(account.clone(), network));
        at.is_some_and(|at| now.since(Timestamp::from_millis(*at)) < KNOWN_FOR)
    }

    fn wait_of(&self, pair: &Pair, is_known: bool, now: Timestamp) -> Duration {
        let under_attack = current(self.accounts.get(&pair.0), now).failures >= ATTACK;
        let tally = current(self.pairs.get(pair), now);
        let free = if under_attack && !is_known { FREE_UNDER_ATTACK } else { FREE };
        let at_once = if tally.failures >= free { 1 } else { AT_ONCE };
        let wait = tally.wait(now);
        if tally.under_way >= at_once { wait.max(FIRST_WAIT) } else { wait }
    }

    fn begin(&mut self, keys: &[Key], network: Network, now: Timestamp) {
        let one_more = |tally: Tally| Tally { under_way: tally.under_way + 1, last: now.as_millis(), ..tally };
        for key in keys {
            let pair = (key.clone(), network);
            let tally = one_more(current(self.pairs.get(&pair), now));
            put(&mut self.pairs, pair, tally);
        }
        let tally = one_more(current(self.networks.get(&network), now));
        put(&mut self.networks, network, tally);
    }

    fn count_failure(&mut self, pair: Pair, now: Timestamp) -> Duration {
        let of_account = current(self.accounts.get(&pair.0), now).and_one_failure(now);
        let under_attack = of_account.failures >= ATTACK;
        put(&mut self.accounts, pair.0.clone(), of_account);
        let (free, first) =
            if under_attack { (FREE_UNDER_ATTACK, FIRST_WAIT_UNDER_ATTACK) } else { (FREE, FIRST_WAIT) };
        let tally = current(self.pairs.get(&pair), now).and_one_failure(now);
        let mut tally = tally.blocked(free, first, LONGEST_WAIT, now);
        tally.under_way = tally.under_way.saturating_sub(1);
        put(&mut self.pairs, pair, tally);
        tally.wait(now)
    }
}

/// What counts as one client: an IPv4 address, or an IPv6 /64 (what one subscriber gets).
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests;
