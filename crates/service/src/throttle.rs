//! Slows guessing without letting a stranger lock anybody out.
//!
//! Three counts of failures, all in memory and bounded:
//! - of an account from one network: a few tries are free, then each costs twice the wait of the one before;
//! - of one network, whatever the account: generous, since an office shares an address;
//! - of an account from everywhere: when many networks guess at one account, each gets one free try instead of a few.
//!
//! Nobody is refused because of what *others* did to the account: a right password from a network that was not guessing gets in. A network
//! from which the account has signed in before is not slowed by what its neighbours guess at other accounts. Names that
//! exist and names that don't are counted alike, and a try is counted when it begins, so that a hundred at once are not free.
//!
//! A network is an IPv4 address or an IPv6 /64 (what one subscriber gets).

use doorward_domain::Timestamp;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

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
/// After this long without a failure, all is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);
/// How long a good sign-in speaks for its network.
const KNOWN_FOR: Duration = Duration::from_hours(720);
/// Entries in each map.
pub(crate) const CAPACITY: usize = 20_000;

type Network = IpAddr;
type Account = Arc<str>;

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    failures: u32,
    under_way: u32,
    last: i64,
    blocked_until: i64,
}

#[derive(Default)]
struct Tallies {
    pairs: HashMap<(Account, Network), Tally>,
    networks: HashMap<Network, Tally>,
    accounts: HashMap<Account, Tally>,
    known: HashMap<(Account, Network), i64>,
}

impl Tallies {
    /// A try from there is over, and was no failure.
    fn one_less_of(&mut self, network: Network) {
        if let Some(tally) = self.networks.get_mut(&network) {
            tally.under_way = tally.under_way.saturating_sub(1);
            if tally.under_way == 0 && tally.failures == 0 {
                self.networks.remove(&network);
            }
        }
    }
}

/// Counts failures and says who has to wait.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<Tallies>);

/// A try under way. Dropped without a word (its client is gone), it counts as a failure.
pub(crate) struct Attempt<'a> {
    throttle: &'a Throttle,
    pair: (Account, Network),
    began: Timestamp,
    settled: bool,
}

impl Throttle {
    /// Begins a try, or says how long to wait.
    pub(crate) fn begin(&self, account: &str, ip: IpAddr, now: Timestamp) -> Result<Attempt<'_>, Duration> {
        let pair: (Account, Network) = (account.into(), network(ip));
        let mut tallies = self.0.lock();
        let is_known = tallies.known.get(&pair).is_some_and(|at| now.since(Timestamp::from_millis(*at)) < KNOWN_FOR);
        let under_attack = current(tallies.accounts.get(&pair.0), now).failures >= ATTACK;
        let of_pair = current(tallies.pairs.get(&pair), now);
        let of_network = current(tallies.networks.get(&pair.1), now);
        let mut wait = of_pair.wait(now);
        if !is_known {
            wait = wait.max(of_network.wait(now));
        }
        let free = if under_attack && !is_known { FREE_UNDER_ATTACK } else { FREE };
        let at_once = if of_pair.failures >= free { 1 } else { AT_ONCE };
        if of_pair.under_way >= at_once || (!is_known && of_network.under_way >= AT_ONCE_OF_NETWORK) {
            wait = wait.max(FIRST_WAIT);
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        let under_way = Tally { under_way: of_pair.under_way + 1, last: now.as_millis(), ..of_pair };
        put(&mut tallies.pairs, pair.clone(), under_way);
        let under_way = Tally { under_way: of_network.under_way + 1, last: now.as_millis(), ..of_network };
        put(&mut tallies.networks, pair.1, under_way);
        drop(tallies);
        Ok(Attempt { throttle: self, pair, began: now, settled: false })
    }
}

impl Attempt<'_> {
    /// The password was right: what this network did wrong with the account is forgotten.
    pub(crate) fn succeeded(mut self) {
        self.settled = true;
        let mut tallies = self.throttle.0.lock();
        tallies.pairs.remove(&self.pair);
        tallies.one_less_of(self.pair.1);
        make_room(&mut tallies.known, |at| *at);
        tallies.known.insert(self.pair.clone(), self.began.as_millis());
    }

    /// Nothing was found out about the password (too busy, store failed): counts as nothing.
    pub(crate) fn came_to_nothing(mut self) {
        self.settled = true;
        let mut tallies = self.throttle.0.lock();
        if let Some(tally) = tallies.pairs.get_mut(&self.pair) {
            tally.under_way = tally.under_way.saturating_sub(1);
        }
        tallies.one_less_of(self.pair.1);
    }

    /// The password was wrong; how long the next try has to wait.
    pub(crate) fn failed(mut self, now: Timestamp) -> Duration {
        self.settled = true;
        self.count_failure(now)
    }

    fn count_failure(&self, now: Timestamp) -> Duration {
        let mut tallies = self.throttle.0.lock();
        let (account, network) = &self.pair;

        let of_account = current(tallies.accounts.get(account), now).and_one_failure(now);
        let under_attack = of_account.failures >= ATTACK;
        put(&mut tallies.accounts, Arc::clone(account), of_account);

        let of_network = current(tallies.networks.get(network), now).and_one_failure(now);
        let mut of_network = of_network.blocked(FREE_FOR_NETWORK, FIRST_WAIT, LONGEST_WAIT_FOR_NETWORK, now);
        of_network.under_way = of_network.under_way.saturating_sub(1);
        put(&mut tallies.networks, *network, of_network);

        let (free, first) =
            if under_attack { (FREE_UNDER_ATTACK, FIRST_WAIT_UNDER_ATTACK) } else { (FREE, FIRST_WAIT) };
        let mut of_pair =
            current(tallies.pairs.get(&self.pair), now).and_one_failure(now).blocked(free, first, LONGEST_WAIT, now);
        of_pair.under_way = of_pair.under_way.saturating_sub(1);
        put(&mut tallies.pairs, self.pair.clone(), of_pair);
        of_pair.wait(now)
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.count_failure(self.began);
        }
    }
}

impl Tally {
    fn wait(&self, now: Timestamp) -> Duration {
        Timestamp::from_millis(self.blocked_until).since(now)
    }

    fn and_one_failure(self, now: Timestamp) -> Self {
        Self { failures: self.failures.saturating_add(1), last: now.as_millis(), ..self }
    }

    /// Blocked for `first`, doubled for each failure beyond the free ones.
    fn blocked(self, free: u32, first: Duration, longest: Duration, now: Timestamp) -> Self {
        let Some(beyond) = self.failures.checked_sub(free) else { return self };
        let wait = first.saturating_mul(2_u32.saturating_pow(beyond.min(20))).min(longest);
        Self { blocked_until: now.plus(wait).as_millis(), ..self }
    }
}

/// What still counts of a tally.
fn current(tally: Option<&Tally>, now: Timestamp) -> Tally {
    tally.filter(|t| now.since(Timestamp::from_millis(t.last)) < FORGOTTEN_AFTER).copied().unwrap_or_default()
}

fn put<K: Eq + Hash + Clone>(map: &mut HashMap<K, Tally>, key: K, tally: Tally) {
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

/// What counts as one client: an IPv4 address, or an IPv6 /64 (what one subscriber gets).
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn fail(throttle: &Throttle, account: &str, from: &str, now: Timestamp) -> Result<Duration, Duration> {
        throttle.begin(account, ip(from), now).map(|a_try| a_try.failed(now))
    }

    fn gets_a_try(throttle: &Throttle, account: &str, from: &str, now: Timestamp) -> bool {
        throttle.begin(account, ip(from), now).map(Attempt::came_to_nothing).is_ok()
    }

    #[test]
    fn a_few_tries_are_free_then_each_costs_twice_the_wait() {
        let throttle = Throttle::default();
        let mut now = T0;
        for _ in 0..FREE - 1 {
            assert_eq!(fail(&throttle, "ada", "10.0.0.1", now), Ok(Duration::ZERO));
        }
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            let wait = fail(&throttle, "ada", "10.0.0.1", now).unwrap();
            assert_eq!(wait, Duration::from_secs(expected));
            assert_eq!(fail(&throttle, "ada", "10.0.0.1", now), Err(wait));
            now = now.plus(wait);
        }
        assert!(gets_a_try(&throttle, "ada", "10.0.0.1", now));
    }

    #[test]
    fn a_stranger_cannot_lock_a_user_out() {
        let throttle = Throttle::default();
        for n in 0..1000 {
            let _ = fail(&throttle, "ada", &format!("10.0.{}.{}", n / 250, n % 250), T0);
        }
        assert!(gets_a_try(&throttle, "ada", "192.0.2.1", T0), "an address that was not guessing");
        assert_eq!(
            fail(&throttle, "ada", "192.0.2.1", T0),
            Ok(Duration::from_secs(30)),
            "but under attack one mistake costs"
        );
        assert!(!gets_a_try(&throttle, "ada", "192.0.2.1", T0));
        assert!(gets_a_try(&throttle, "bob", "192.0.2.1", T0));
    }

    #[test]
    fn a_guessing_neighbour_cannot_lock_an_office_out() {
        let throttle = Throttle::default();
        throttle.begin("ada", ip("198.51.100.7"), T0).unwrap().succeeded();
        for n in 0..500 {
            let _ = fail(&throttle, &format!("user{n}"), "198.51.100.7", T0);
        }
        assert!(!gets_a_try(&throttle, "new", "198.51.100.7", T0), "the guesser waits, whatever name he takes");
        assert!(gets_a_try(&throttle, "ada", "198.51.100.7", T0), "who signed in from here before does not");
        assert!(gets_a_try(&throttle, "new", "198.51.100.8", T0));
        assert!(gets_a_try(&throttle, "new", "198.51.100.7", T0.plus(LONGEST_WAIT_FOR_NETWORK)), "and nobody for long");
    }

    #[test]
    fn a_right_password_wipes_the_slate() {
        let throttle = Throttle::default();
        for _ in 0..FREE - 1 {
            fail(&throttle, "ada", "10.0.0.1", T0).unwrap();
        }
        throttle.begin("ada", ip("10.0.0.1"), T0).unwrap().succeeded();
        assert_eq!(fail(&throttle, "ada", "10.0.0.1", T0), Ok(Duration::ZERO));
    }

    #[test]
    fn tries_at_once_are_counted_when_they_begin() {
        let throttle = Throttle::default();
        let under_way: Vec<_> = (0..100).filter_map(|_| throttle.begin("ada", ip("10.0.0.1"), T0).ok()).collect();
        assert_eq!(under_way.len(), AT_ONCE_OF_NETWORK as usize);
        drop(under_way);
        assert!(!gets_a_try(&throttle, "ada", "10.0.0.1", T0), "given up is failed");
        let later = T0.plus(LONGEST_WAIT);
        let _one = throttle.begin("ada", ip("10.0.0.1"), later).map_err(|_| ()).unwrap();
        assert!(!gets_a_try(&throttle, "ada", "10.0.0.1", later), "after failures one at a time");
    }

    #[test]
    fn one_address_has_a_dozen_tries_under_way_whatever_names_it_takes() {
        let throttle = Throttle::default();
        throttle.begin("ada", ip("10.0.0.1"), T0).unwrap().succeeded();
        let mut under_way: Vec<_> =
            (0..400).filter_map(|n| throttle.begin(&format!("user{n}"), ip("10.0.0.1"), T0).ok()).collect();
        assert_eq!(under_way.len(), AT_ONCE_OF_NETWORK as usize);
        assert!(
            throttle.begin("ada", ip("10.0.0.1"), T0).is_ok_and(|a_try| {
                a_try.came_to_nothing();
                true
            }),
            "who is known here"
        );
        assert!(gets_a_try(&throttle, "new", "10.0.0.2", T0), "from elsewhere");
        under_way.pop().unwrap().came_to_nothing();
        let another = throttle.begin("late", ip("10.0.0.1"), T0).map_err(|_| ()).unwrap();
        another.succeeded();
        assert!(throttle.begin("later", ip("10.0.0.1"), T0).is_ok(), "each that is over makes room");
    }

    #[test]
    fn all_addresses_of_one_subscriber_are_one() {
        let throttle = Throttle::default();
        for n in 0..FREE {
            fail(&throttle, "ada", &format!("2001:db8:1:2::{n:x}"), T0).unwrap();
        }
        assert!(!gets_a_try(&throttle, "ada", "2001:db8:1:2:ffff::1", T0));
        assert!(gets_a_try(&throttle, "ada", "2001:db8:1:3::1", T0));
        for _ in 0..FREE {
            fail(&throttle, "bob", "::ffff:10.0.0.1", T0).unwrap();
        }
        assert!(!gets_a_try(&throttle, "bob", "10.0.0.1", T0), "a mapped address is the same address");
    }

    #[test]
    fn memory_is_bounded_and_keeps_the_latest() {
        let throttle = Throttle::default();
        for n in 0..3 * CAPACITY {
            let from = std::net::Ipv4Addr::from_bits(u32::try_from(n).unwrap());
            throttle.begin(&format!("u{n}"), from.into(), T0.plus(Duration::from_millis(n as u64))).unwrap().failed(T0);
            throttle.begin(&format!("u{n}"), from.into(), T0).unwrap().succeeded();
        }
        let tallies = throttle.0.lock();
        for size in [tallies.pairs.len(), tallies.networks.len(), tallies.accounts.len(), tallies.known.len()] {
            assert!(size <= CAPACITY, "{size}");
        }
        assert!(tallies.accounts.contains_key(format!("u{}", 3 * CAPACITY - 1).as_str()));
    }

    #[test]
    fn an_hour_without_failures_is_a_fresh_start() {
        let throttle = Throttle::default();
        for _ in 0..FREE {
            fail(&throttle, "ada", "10.0.0.1", T0).unwrap();
        }
        assert_eq!(fail(&throttle, "ada", "10.0.0.1", T0.plus(FORGOTTEN_AFTER)), Ok(Duration::ZERO));
    }
}
