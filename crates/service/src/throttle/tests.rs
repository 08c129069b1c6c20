use super::tallies::FORGOTTEN_AFTER;
use super::*;

const T0: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn told(begun: Begun<'_>) -> Result<Attempt<'_>, Duration> {
    match begun {
        Begun::Try(a_try) => Ok(a_try),
        Begun::Wait(wait, _) | Begun::Unsaid(wait, _) => Err(wait),
    }
}

fn begin<'a>(throttle: &'a Throttle, account: &str, from: &str, now: Timestamp) -> Result<Attempt<'a>, Duration> {
    told(throttle.begin(Claimed::own(account), ip(from), now))
}

fn fail(throttle: &Throttle, account: &str, from: &str, now: Timestamp) -> Result<Duration, Duration> {
    begin(throttle, account, from, now).map(|a_try| a_try.failed(now))
}

fn gets_a_try(throttle: &Throttle, account: &str, from: &str, now: Timestamp) -> bool {
    begin(throttle, account, from, now).map(Attempt::came_to_nothing).is_ok()
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
    begin(&throttle, "ada", "198.51.100.7", T0).unwrap().succeeded();
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
    begin(&throttle, "ada", "10.0.0.1", T0).unwrap().succeeded();
    assert_eq!(fail(&throttle, "ada", "10.0.0.1", T0), Ok(Duration::ZERO));
}

#[test]
fn tries_at_once_are_counted_when_they_begin() {
    let throttle = Throttle::default();
    let under_way: Vec<_> = (0..100).filter_map(|_| begin(&throttle, "ada", "10.0.0.1", T0).ok()).collect();
    assert_eq!(under_way.len(), AT_ONCE_OF_NETWORK as usize);
    drop(under_way);
    assert!(!gets_a_try(&throttle, "ada", "10.0.0.1", T0), "given up is failed");
    let later = T0.plus(LONGEST_WAIT);
    let _one = begin(&throttle, "ada", "10.0.0.1", later).map_err(|_| ()).unwrap();
    assert!(!gets_a_try(&throttle, "ada", "10.0.0.1", later), "after failures one at a time");
}

#[test]
fn one_address_has_a_dozen_tries_under_way_whatever_names_it_takes() {
    let throttle = Throttle::default();
    begin(&throttle, "ada", "10.0.0.1", T0).unwrap().succeeded();
    let mut under_way: Vec<_> =
        (0..400).filter_map(|n| begin(&throttle, &format!("user{n}"), "10.0.0.1", T0).ok()).collect();
    assert_eq!(under_way.len(), AT_ONCE_OF_NETWORK as usize);
    assert!(
        begin(&throttle, "ada", "10.0.0.1", T0).is_ok_and(|a_try| {
            a_try.came_to_nothing();
            true
        }),
        "who is known here"
    );
    assert!(gets_a_try(&throttle, "new", "10.0.0.2", T0), "from elsewhere");
    under_way.pop().unwrap().came_to_nothing();
    let another = begin(&throttle, "late", "10.0.0.1", T0).map_err(|_| ()).unwrap();
    another.succeeded();
    assert!(begin(&throttle, "later", "10.0.0.1", T0).is_ok(), "each that is over makes room");
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
        let (name, later) = (format!("u{n}"), T0.plus(Duration::from_millis(n as u64)));
        told(throttle.begin(Claimed::by(&name, Some(&name)), from.into(), later)).unwrap().failed(T0);
        told(throttle.begin(Claimed::own(&name), from.into(), T0)).unwrap().succeeded();
    }
    let tallies = throttle.0.lock();
    for size in [tallies.pairs.len(), tallies.networks.len(), tallies.accounts.len(), tallies.known.len()] {
        assert!(size <= CAPACITY, "{size}");
    }
    assert!(tallies.accounts.contains_key(&Key::account(&format!("u{}", 3 * CAPACITY - 1))));
}

#[test]
fn an_hour_without_failures_is_a_fresh_start() {
    let throttle = Throttle::default();
    for _ in 0..FREE {
        fail(&throttle, "ada", "10.0.0.1", T0).unwrap();
    }
    assert_eq!(fail(&throttle, "ada", "10.0.0.1", T0.plus(FORGOTTEN_AFTER)), Ok(Duration::ZERO));
}

/// How a try with what was typed is answered, when the password is wrong.
fn answered(throttle: &Throttle, typed: &str, account: Option<&str>, now: Timestamp) -> Result<(), Duration> {
    match throttle.begin(Claimed::by(typed, account), ip("192.0.2.1"), now) {
        Begun::Try(a_try) => {
            let instead = a_try.instead();
            a_try.failed(now);
            instead.map_or(Ok(()), Err)
        }
        Begun::Wait(wait, decoy) => {
            decoy.into_iter().for_each(Attempt::came_to_nothing);
            Err(wait)
        }
        Begun::Unsaid(_, a_try) => {
            a_try.failed(now);
            Ok(())
        }
    }
}

#[test]
fn that_two_names_are_one_persons_is_not_told_by_waiting() {
    let (one, nobody) = (Throttle::default(), Throttle::default());
    let mut now = T0;
    for n in 0..60 {
        let typed = if n % 7 < 5 { "ada@example.com" } else { "ada" };
        let (with, without) = (answered(&one, typed, Some("ada"), now), answered(&nobody, typed, None, now));
        assert_eq!(with, without, "{n} {typed}");
        now = now.plus(Duration::from_millis(300));
    }
}

#[test]
fn guesses_by_another_name_of_the_account_are_not_looked_at() {
    let throttle = Throttle::default();
    for _ in 0..FREE {
        assert_eq!(answered(&throttle, "ada@example.com", Some("ada"), T0), Ok(()));
    }
    let other = throttle.begin(Claimed::by("ada", Some("ada")), ip("192.0.2.1"), T0);
    assert!(matches!(other, Begun::Unsaid(..)));
    drop(other);
    assert!(
        matches!(throttle.begin(Claimed::by("ada", Some("ada")), ip("192.0.2.2"), T0), Begun::Try(_)),
        "from there only"
    );
}

#[test]
fn a_network_that_waits_is_told_the_same_of_all_names() {
    let throttle = Throttle::default();
    told(throttle.begin(Claimed::by("ada", Some("ada")), ip("192.0.2.1"), T0)).unwrap().succeeded();
    for n in 0..FREE_FOR_NETWORK {
        assert_eq!(answered(&throttle, &format!("user{n}"), None, T0), Ok(()));
    }
    let wait = answered(&throttle, "nobody", None, T0).unwrap_err();
    for n in 0..3 * FREE {
        for (typed, account) in [("ada", Some("ada")), ("bob", Some("bob")), ("nobody", None)] {
            assert_eq!(answered(&throttle, typed, account, T0), Err(wait), "{n} {typed}");
        }
    }
    // Of those, only the one that has signed in from there was looked at.
    let later = T0.plus(LONGEST_WAIT);
    told(throttle.begin(Claimed::by("ada", Some("ada")), ip("192.0.2.1"), later)).unwrap().came_to_nothing();
    let decoys: Vec<_> = (0..100).map(|_| throttle.begin(Claimed::by("bob", None), ip("192.0.2.1"), T0)).collect();
    let hashed = decoys.iter().filter(|begun| matches!(begun, Begun::Wait(_, Some(_)))).count();
    assert_eq!(hashed, AT_ONCE_OF_NETWORK as usize, "a hash for each, but not without end");
}
