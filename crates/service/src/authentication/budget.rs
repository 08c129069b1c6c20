//! How often a client network may make us ask the store about credentials that turn out to open nothing.
//!
//! Whoever sends random tokens would otherwise ask the database with each of them. Only that counts: what memory answers does not, nor what
//! opened nothing a moment ago ([`super::negative_cache`]), and what turns out to open something is given back. So an office behind one address is
//! not slowed by its own people, however many.
//!
//! Somebody with a good token that is not in memory, behind the same address as a flood, must not be told to wait for ever: who comes
//! back with the same token after being told to wait has a budget beside the one that the flood has used up. A flood of tokens that are
//! new each time never touches it.

use doorward_domain::{Timestamp, TokenHash};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::throttle::{make_room, network};

/// For anybody: this many at once, then one for each interval.
const AT_ONCE: u32 = 120;
const INTERVAL: Duration = Duration::from_millis(100);
/// For those who come back.
const AT_ONCE_AGAIN: u32 = 20;
const INTERVAL_AGAIN: Duration = Duration::from_millis(250);
/// Who was told to wait and comes back after this long has come back.
const LEAST_WAIT: Duration = Duration::from_millis(500);
/// What is told: whole seconds, so that it is never too short.
const TOLD_WAIT: Duration = Duration::from_secs(1);
/// Tokens that were told to wait are remembered twice as many at most.
const WAITING: usize = 16_384;

/// What every client network has left.
#[derive(Default)]
pub(super) struct Budget {
    networks: Mutex<HashMap<IpAddr, Account>>,
    waiting: Mutex<Waiting>,
}

/// Permission to ask the store once. It is spent unless it is given back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slip {
    network: IpAddr,
    is_again: bool,
}

/// When a network's questions so far will have been paid for, in milliseconds (the "theoretical arrival time" of ITU-T I.371's GCRA).
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    first: i64,
    again: i64,
}

/// Tokens that were told to wait, and when: the younger and the older half.
#[derive(Default)]
struct Waiting {
    young: HashMap<TokenHash, i64>,
    old: HashMap<TokenHash, i64>,
}

impl Budget {
    /// Takes from the budget of the client's network, or says how long to wait.
    pub(super) fn take(&self, ip: IpAddr, token: &TokenHash, now: Timestamp) -> Result<Slip, Duration> {
        let network = network(ip);
        let mut networks = self.networks.lock();
        if !networks.contains_key(&network) {
            make_room(&mut networks, |account| account.first);
        }
        let account = networks.entry(network).or_default();
        if spend(&mut account.first, AT_ONCE, INTERVAL, now) {
            return Ok(Slip { network, is_again: false });
        }
        let mut waiting = self.waiting.lock();
        if waiting.has_waited(token, now) && spend(&mut account.again, AT_ONCE_AGAIN, INTERVAL_AGAIN, now) {
            // Once: if it opens nothing, it has to wait like a new one.
            waiting.forget(token);
            return Ok(Slip { network, is_again: true });
        }
        Err(TOLD_WAIT)
    }

    /// Nothing was wrong with the token, or nothing was found out about it.
    pub(super) fn give_back(&self, slip: Slip) {
        if let Some(account) = self.networks.lock().get_mut(&slip.network) {
            let (paid, interval) =
                if slip.is_again { (&mut account.again, INTERVAL_AGAIN) } else { (&mut account.first, INTERVAL) };
            *paid = Timestamp::from_millis(*paid).minus(interval).as_millis();
        }
    }

    /// Forgets networks that have all of their budget again.
    pub(super) fn sweep(&self, now: Timestamp) {
        self.networks.lock().retain(|_, account| account.first.max(account.again) > now.as_millis());
    }
}

fn spend(paid: &mut i64, at_once: u32, interval: Duration, now: Timestamp) -> bool {
    // A clock that was set back far must not shut anybody out.
    let most = now.plus(interval * at_once);
    let from = Timestamp::from_millis(*paid).clamp(now, most);
    let next = from.plus(interval);
    let is_left = next <= most;
    *paid = if is_left { next } else { from }.as_millis();
    is_left
}

impl Waiting {
    fn forget(&mut self, token: &TokenHash) {
        self.young.remove(token);
        self.old.remove(token);
    }

    /// Whether this token was told to wait, and did; from now on it was.
    fn has_waited(&mut self, token: &TokenHash, now: Timestamp) -> bool {
        if let Some(since) = self.young.get(token).or_else(|| self.old.get(token)) {
            return now.since(Timestamp::from_millis(*since)) >= LEAST_WAIT;
        }
        if self.young.len() >= WAITING {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(*token, now.as_millis());
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn token(n: u64) -> TokenHash {
        TokenHash::of(&n.to_be_bytes())
    }

    /// How many of so many tokens, never seen before, get through.
    fn flood(budget: &Budget, from: &str, count: u64, now: Timestamp) -> usize {
        let first = u64::try_from(now.as_millis()).unwrap() << 20;
        (0..count).filter(|n| budget.take(ip(from), &token(first + n), now).is_ok()).count()
    }

    #[test]
    fn a_flood_is_bounded_and_the_budget_comes_back_with_time() {
        let budget = Budget::default();
        assert_eq!(flood(&budget, "192.0.2.1", 10_000, T0), 120);
        assert_eq!(flood(&budget, "192.0.2.1", 10_000, T0.plus(Duration::from_secs(1))), 10);
        assert_eq!(
            flood(&budget, "192.0.2.1", 10_000, T0.plus(Duration::from_hours(1))),
            120,
            "and never more than that at once"
        );
    }

    #[test]
    fn other_networks_are_not_touched_and_one_subscriber_is_one_network() {
        let budget = Budget::default();
        flood(&budget, "2001:db8::1", 1000, T0);
        assert_eq!(flood(&budget, "2001:db8::2", 10, T0), 0);
        assert_eq!(flood(&budget, "2001:db8:0:1::1", 10, T0), 10);
        assert_eq!(flood(&budget, "::ffff:192.0.2.1", 1000, T0), 120);
        assert_eq!(flood(&budget, "192.0.2.1", 10, T0), 0);
    }

    #[test]
    fn what_opens_something_costs_nothing() {
        let budget = Budget::default();
        for n in 0..10_000 {
            let slip = budget.take(ip("192.0.2.1"), &token(n), T0).unwrap();
            budget.give_back(slip);
        }
        assert_eq!(flood(&budget, "192.0.2.1", 1000, T0), 120, "nor does it buy anything");
    }

    #[test]
    fn who_comes_back_after_waiting_gets_through_while_the_flood_goes_on() {
        let budget = Budget::default();
        let mut now = T0;
        flood(&budget, "192.0.2.1", 1000, now);
        let wait = budget.take(ip("192.0.2.1"), &token(7), now).unwrap_err();
        assert!(budget.take(ip("192.0.2.1"), &token(7), now).is_err(), "at once is not after waiting");
        for _ in 0..10 {
            now = now.plus(wait / 10);
            flood(&budget, "192.0.2.1", 1000, now);
        }
        let slip = budget.take(ip("192.0.2.1"), &token(7), now).unwrap();
        budget.give_back(slip);
    }

    #[test]
    fn a_flood_that_comes_back_is_bounded_too() {
        let budget = Budget::default();
        let asked = |now| (0..5000).filter(|n| budget.take(ip("192.0.2.1"), &token(*n), now).is_ok()).count();
        assert_eq!(asked(T0), 120);
        assert_eq!(asked(T0.plus(Duration::from_secs(1))), 10 + 20);
        assert_eq!(asked(T0.plus(Duration::from_secs(2))), 10 + 4);
    }

    #[test]
    fn a_token_that_came_back_in_vain_waits_again() {
        let budget = Budget::default();
        flood(&budget, "192.0.2.1", 1000, T0);
        let (soon, later) = (T0.plus(LEAST_WAIT), T0.plus(2 * LEAST_WAIT));
        // What the flood leaves of the budget for anybody is never left.
        let again = |now| {
            flood(&budget, "192.0.2.1", 1000, now);
            budget.take(ip("192.0.2.1"), &token(7), now).is_ok()
        };
        assert!(!again(T0));
        assert!(again(soon));
        assert!(!again(soon), "once");
        assert!(!again(soon.plus(LEAST_WAIT / 2)), "nor before it has waited again");
        assert!(again(later));
    }

    #[test]
    fn a_clock_that_was_set_back_shuts_nobody_out() {
        let budget = Budget::default();
        flood(&budget, "192.0.2.1", 1000, T0.plus(Duration::from_hours(1)));
        assert_eq!(flood(&budget, "192.0.2.1", 10, T0), 0);
        assert_eq!(flood(&budget, "192.0.2.1", 1000, T0.plus(Duration::from_secs(12))), 120);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let budget = Budget::default();
        for n in 0..30_000_u32 {
            let _ = budget.take(IpAddr::V4((n + 1).into()), &token(n.into()), T0.plus(Duration::from_millis(n.into())));
        }
        assert!(budget.networks.lock().len() <= crate::throttle::CAPACITY);
        flood(&budget, "192.0.2.1", 100_000, T0);
        let waiting = budget.waiting.lock();
        assert!(waiting.young.len() + waiting.old.len() <= 2 * WAITING);
        drop(waiting);
        budget.sweep(T0.plus(Duration::from_hours(1)));
        assert!(budget.networks.lock().is_empty());
    }
}
