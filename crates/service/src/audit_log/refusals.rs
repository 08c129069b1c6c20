//! Refusals that repeat: one event with a count instead of an event each.
//!
//! Whoever is refused can ask again a thousand times a second, and the log must not grow by that. The first refusal of one actor (of
//! one network, where nobody is signed in) in one app by one rule is written at once; what follows within a second of it is counted,
//! and the count is written as the event's conclusion when the second is over. Only refusals: what is let through is never counted
//! together.
//!
//! A count that was not written yet, at most a second of it, dies with the process.

use doorward_domain::audit::AuditConclusion;
use doorward_domain::{AppName, DecisionId, EventId, NewAuditEvent, Timestamp};
use parking_lot::Mutex;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::throttle::network;

/// How long refusals are counted together.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// Events of people that are open at once; what is beyond is counted as one.
const MOST: usize = 512;
/// As [`MOST`], of strangers: they cost nothing to whoever has many addresses.
const MOST_OF_STRANGERS: usize = 32;

/// Whose refusals are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Actor(String),
    Network(IpAddr),
    /// More people or networks than are told apart.
    Others,
    OtherStrangers,
}

/// Which refusals are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    who: Who,
    app: Option<AppName>,
    rule: String,
}

#[derive(Debug)]
struct Open {
    id: EventId,
    decision: Option<DecisionId>,
    since: Timestamp,
    last: Timestamp,
    times: u64,
    /// Of more actors or networks than the one in the event.
    several: bool,
}

/// What to do with a refusal.
pub(super) enum Noted {
    /// It is written; here is the conclusion of the one before, where there was one.
    First(Key, Option<AuditConclusion>),
    /// It was counted, and is found under this decision.
    Again(Option<DecisionId>),
}

/// The refusals of the last second.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<Key, Open>>);

impl Refusals {
    /// Notes a refusal by a rule.
    pub(super) fn note(&self, event: &NewAuditEvent, rule: &str) -> Noted {
        let mut open = self.0.lock();
        let key = key(&open, event, rule);
        if let Some(known) = open.get_mut(&key)
            && event.at.since(known.since) < WINDOW
            && event.at >= known.since
        {
            known.times = known.times.saturating_add(1);
            known.last = event.at;
            return Noted::Again(known.decision);
        }
        let several = matches!(key.who, Who::Others | Who::OtherStrangers);
        let fresh = Open { id: event.id, decision: event.decision_id, since: event.at, last: event.at, times: 1, several };
        let before = open.insert(key.clone(), fresh).as_ref().and_then(concluded);
        Noted::First(key, before)
    }

    /// The event that began this could not be written: nothing is counted on it.
    pub(super) fn forget(&self, key: &Key, id: EventId) {
        let mut open = self.0.lock();
        if open.get(key).is_some_and(|known| known.id == id) {
            open.remove(key);
        }
    }

    /// Whether there is anything to end.
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// Ends what began more than a second ago; the counts of what repeated.
    pub(super) fn ended(&self, now: Timestamp) -> Vec<AuditConclusion> {
        let is_over = |_: &Key, known: &mut Open| now.since(known.since) >= WINDOW || now < known.since;
        self.0.lock().extract_if(is_over).filter_map(|(_, known)| concluded(&known)).collect()
    }

    /// Ends everything.
    pub(super) fn all(&self) -> Vec<AuditConclusion> {
        self.0.lock().drain().filter_map(|(_, known)| concluded(&known)).collect()
    }
}

/// What a refusal is counted under, as long as there is room to tell its actor from others.
fn key(open: &HashMap<Key, Open>, event: &NewAuditEvent, rule: &str) -> Key {
    let ip = event.client_ip.parse().ok().map(network);
    let is_stranger = event.actor.is_empty();
    let who = match ip {
        Some(network) if is_stranger => Who::Network(network),
        _ => Who::Actor(event.actor.clone()),
    };
    let key = Key { who, app: event.app.clone(), rule: rule.to_owned() };
    if open.contains_key(&key) {
        return key;
    }
    let stranger = |key: &&Key| matches!(key.who, Who::Network(_));
    let strangers = if is_stranger { open.keys().filter(stranger).count() } else { 0 };
    match is_stranger {
        true if strangers >= MOST_OF_STRANGERS => Key { who: Who::OtherStrangers, app: None, rule: String::new() },
        false if open.len() >= MOST => Key { who: Who::Others, app: None, rule: String::new() },
        _ => key,
    }
}

fn concluded(known: &Open) -> Option<AuditConclusion> {
    if known.times < 2 {
        return None;
    }
    let mut details =
        Map::from_iter([("times".to_owned(), Value::from(known.times)), ("until".to_owned(), Value::from(known.last.to_string()))]);
    if known.several {
        details.insert("several_actors".to_owned(), true.into());
    }
    Some(AuditConclusion { id: known.id, at: known.last, outcome: doorward_domain::AuditOutcome::Denied, details })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::NOON;
    use doorward_domain::{AuditAction, AuditOutcome};

    fn refusal(n: u16, actor: &str, ip: &str, millis: u64) -> NewAuditEvent {
        let [a, b] = n.to_be_bytes();
        let at = NOON.plus(Duration::from_millis(millis));
        let random = [a, b, 0, 0, 0, 0, 0, 0, 0, 0];
        NewAuditEvent {
            id: EventId::generate(NOON, random),
            at,
            actor: actor.to_owned(),
            client_ip: ip.to_owned(),
            app: None,
            action: AuditAction::REQUEST,
            target: None,
            outcome: AuditOutcome::Denied,
            decision_id: Some(DecisionId::generate(NOON, random)),
            details: Map::new(),
        }
    }

    fn is_first(noted: &Noted) -> bool {
        matches!(noted, Noted::First(..))
    }

    #[test]
    fn what_repeats_within_a_second_is_one_event_with_a_count() {
        let refusals = Refusals::default();
        let first = refusal(0, "ada", "10.0.0.1", 0);
        assert!(is_first(&refusals.note(&first, "launch")));
        for n in 1..1000_u16 {
            let Noted::Again(decision) = refusals.note(&refusal(n, "ada", "10.0.0.1", u64::from(n) - 1), "launch") else {
                panic!("{n} is written");
            };
            assert_eq!(decision, first.decision_id, "what is told to the caller can be found");
        }
        assert!(refusals.ended(NOON.plus(Duration::from_millis(999))).is_empty());
        let ended = refusals.ended(NOON.plus(WINDOW));
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].id, ended[0].details["times"].clone()), (first.id, Value::from(1000)));
        assert!(refusals.is_empty());
    }

    #[test]
    fn what_happened_once_has_no_count() {
        let refusals = Refusals::default();
        refusals.note(&refusal(0, "ada", "10.0.0.1", 0), "launch");
        assert!(refusals.all().is_empty());
    }

    #[test]
    fn another_actor_another_rule_or_a_second_later_is_another_event() {
        let refusals = Refusals::default();
        assert!(is_first(&refusals.note(&refusal(0, "ada", "10.0.0.1", 0), "launch")));
        assert!(is_first(&refusals.note(&refusal(1, "bob", "10.0.0.1", 0), "launch")));
        assert!(is_first(&refusals.note(&refusal(2, "ada", "10.0.0.1", 0), "wipe")));
        assert!(!is_first(&refusals.note(&refusal(3, "ada", "10.0.0.2", 500), "launch")), "wherever ada comes from");
        let Noted::First(_, Some(before)) = refusals.note(&refusal(4, "ada", "10.0.0.1", 1000), "launch") else {
            panic!("a second later it is another event, and the count of the one before is told");
        };
        assert_eq!(before.details["times"], 2);
    }

    #[test]
    fn strangers_are_told_apart_by_network_up_to_a_bound() {
        let refusals = Refusals::default();
        assert!(is_first(&refusals.note(&refusal(0, "", "2001:db8::1", 0), "path")));
        assert!(!is_first(&refusals.note(&refusal(1, "", "2001:db8::2", 0), "path")), "one subscriber");
        let written = (0..5000_u16).filter(|n| {
            let ip = format!("10.{}.{}.1", n / 250, n % 250);
            is_first(&refusals.note(&refusal(*n, "", &ip, 0), "path"))
        });
        assert!(written.count() <= MOST_OF_STRANGERS);
        assert!(is_first(&refusals.note(&refusal(0, "ada", "10.0.0.1", 0), "path")), "people are not lost among them");
        let most = refusals.all().iter().map(|told| told.details["times"].as_u64().unwrap()).max();
        assert!(most > Some(4900), "all are counted: {most:?}");
    }

    #[test]
    fn a_clock_set_back_ends_what_was_open() {
        let refusals = Refusals::default();
        refusals.note(&refusal(0, "ada", "10.0.0.1", 5000), "launch");
        assert!(is_first(&refusals.note(&refusal(1, "ada", "10.0.0.1", 0), "launch")));
        refusals.note(&refusal(2, "ada", "10.0.0.1", 10), "launch");
        assert_eq!(refusals.ended(NOON.minus(WINDOW)).len(), 1);
    }

    #[test]
    fn nothing_is_counted_on_an_event_that_was_not_written() {
        let refusals = Refusals::default();
        let first = refusal(0, "ada", "10.0.0.1", 0);
        let Noted::First(key, _) = refusals.note(&first, "launch") else { panic!("it is the first") };
        refusals.forget(&key, first.id);
        assert!(is_first(&refusals.note(&refusal(1, "ada", "10.0.0.1", 1), "launch")));
    }
}
