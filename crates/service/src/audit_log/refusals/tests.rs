//! Refusals that repeat, and what tries to hide behind them.

use doorward_domain::{AuditAction, AuditOutcome, details::LEFT_OUT};
use serde_json::{Map, Value, json};

use super::key::{OF_ONE, OF_ONE_NETWORK, OF_ONE_RULE, OF_STRANGERS};
use super::open::NAMED;
use super::*;
use crate::fakes::NOON;

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
        authority: None,
    }
}

/// A refused request by this person, in the first millisecond.
fn request(n: u16, actor: &str, method: &str, path: &str) -> NewAuditEvent {
    let mut event = refusal(n, actor, "10.0.0.1", 0);
    event.target = Some(format!("{method} /**"));
    event.details = Map::from_iter([("method".to_owned(), json!(method)), ("path".to_owned(), json!(path))]);
    event
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
    assert!(written.count() <= OF_STRANGERS);
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

#[test]
fn methods_that_somebody_makes_up_are_no_events_of_their_own() {
    let refusals = Refusals::default();
    let written =
        (0..5000_u16).filter(|n| is_first(&refusals.note(&request(*n, "ada", &format!("M{n}"), "/account"), "csrf")));
    assert_eq!(written.count(), 1);
    assert_eq!(refusals.all()[0].details["times"], 5000);
}

#[test]
fn whoever_finds_many_ways_to_be_refused_has_a_budget_and_hides_nobody_else() {
    let refusals = Refusals::default();
    let mut written = Vec::new();
    for n in 0..5000_u16 {
        let event = request(n, "mallory", "DELETE", &format!("/{n}"));
        if is_first(&refusals.note(&event, &format!("rule {n}"))) {
            written.push(event.id);
        }
        if n % 100 == 0 {
            let bob = request(n, "bob", "DELETE", "/by-bob");
            let Noted::First(key, _) = refusals.note(&bob, "change") else {
                panic!("bob's refusal is in the log under bob's name")
            };
            refusals.forget(&key, bob.id);
        }
    }
    assert_eq!(written.len(), OF_ONE + 1);
    let counts = refusals.all();
    let [beyond] = &counts[..] else { panic!("{counts:?}") };
    assert_eq!((beyond.id, &beyond.details["several_rules"]), (written[OF_ONE], &json!(true)));
    assert_eq!(beyond.details["times"], 5000 - OF_ONE);
    assert_eq!(beyond.details.get("several_actors"), None);
}

#[test]
fn five_hundred_people_are_each_found_under_their_own_name() {
    let refusals = Refusals::default();
    for n in 0..2000_u16 {
        assert!(is_first(&refusals.note(&request(n, &format!("person-{n}"), "POST", "/x"), "change")), "{n}");
    }
}

#[test]
fn a_harmless_request_does_not_hide_what_else_was_tried() {
    let refusals = Refusals::default();
    assert!(is_first(&refusals.note(&request(0, "ada", "POST", "/harmless"), "change")));
    for n in 1..4 {
        refusals.note(&request(n, "ada", "DELETE", &format!("/admin/everything/{n}")), "change");
        refusals.note(&request(n, "ada", "POST", &format!("/other/{n}")), "change");
    }
    let mut targets: Vec<_> = refusals.all().into_iter().map(|told| told.details["targets"].clone()).collect();
    targets.sort_by_key(Value::to_string);
    assert_eq!(
        targets,
        [
            json!(["DELETE /admin/everything/1", "DELETE /admin/everything/2", "DELETE /admin/everything/3"]),
            json!(["POST /harmless", "POST /other/1", "POST /other/2", "POST /other/3"]),
        ]
    );
}

#[test]
fn operations_are_told_by_their_names() {
    let refusals = Refusals::default();
    for (n, name) in ["wipeAssets", "deleteRun, wipeAssets", "wipeAssets"].into_iter().enumerate() {
        let mut event = request(u16::try_from(n).unwrap(), "ada", "POST", "/graphql");
        event.target = Some(name.to_owned());
        refusals.note(&event, "wipe");
    }
    assert_eq!(refusals.all()[0].details["targets"], json!(["wipeAssets", "deleteRun, wipeAssets"]));
}

#[test]
fn many_targets_take_little_room_and_what_is_not_named_is_counted() {
    let refusals = Refusals::default();
    for n in 0..1000 {
        refusals.note(&request(n, "ada", "DELETE", &format!("/{n}/{}", "x".repeat(5000))), "change");
    }
    let told = &refusals.all()[0].details;
    assert_eq!(told["targets"].as_array().unwrap().len(), NAMED);
    assert_eq!(told["other_targets"], 1000 - NAMED);
    assert!(Value::Object(told.clone()).to_string().len() < 2048);
}

#[test]
fn one_network_does_not_take_the_room_of_all_strangers() {
    let refusals = Refusals::default();
    let written = (0..100).filter(|n| is_first(&refusals.note(&refusal(*n, "", "10.0.0.1", 0), &format!("code {n}"))));
    assert_eq!(written.count(), OF_ONE_NETWORK + 1);
    let noted = refusals.note(&refusal(0, "", "10.0.9.1", 0), "path");
    assert!(is_first(&noted), "another network is told apart from it");
    assert!(refusals.all().iter().all(|told| !told.details.contains_key("several_actors")));
}

/// A refused operation on these things, for this reason.
fn on(n: u16, why: &str, things: &[&str]) -> NewAuditEvent {
    let mut event = request(n, "ada", "POST", "/graphql");
    event.target = Some("deleteRun".to_owned());
    event.details.insert("why".to_owned(), json!(why));
    event.details.insert("resources".to_owned(), json!(things));
    event
}

#[test]
fn what_is_refused_on_other_things_or_for_another_reason_is_another_event() {
    let refusals = Refusals::default();
    let note = |n, why, things: &[&str]| {
        let event = on(n, why, things);
        match refusals.note(&event, "delete") {
            Noted::First(..) => event.decision_id,
            Noted::Again(decision) => decision,
        }
    };
    let first = note(0, "untold", &["run:1"]);
    let decisions =
        [note(1, "untold", &["run:2"]), note(2, "denied", &["run:1"]), note(3, "untold", &["run:1", "run:2"])];
    assert!(!decisions.contains(&first), "each is found under its own decision");
    assert_eq!(note(4, "untold", &["run:1"]), first, "the same again is not");
    let mut left_out = on(5, "untold", &["run:1"]);
    left_out.details.insert(LEFT_OUT.to_owned(), json!({"resources": {"count": 900, "sha256": "ab"}}));
    assert!(is_first(&refusals.note(&left_out, "delete")), "what is not listed counts too");
}

#[test]
fn whoever_varies_what_they_are_refused_fills_nothing() {
    let refusals = Refusals::default();
    let written = |range: std::ops::Range<u16>, rule: &str| {
        range.filter(|n| is_first(&refusals.note(&on(*n, "untold", &[&format!("run:{n}")]), rule))).count()
    };
    assert_eq!(written(0..5000, "delete"), OF_ONE_RULE + 1);
    assert_eq!(written(5000..5002, "wipe"), 2, "what is refused by another rule is still told apart");
    let more = written(6000..9000, "wipe") + written(0..3000, "launch") + written(0..3000, "end");
    assert!(more < OF_ONE);
    let told = refusals.all();
    let times: u64 = told.iter().map(|told| told.details["times"].as_u64().unwrap() - 1).sum();
    let written = u64::try_from(OF_ONE_RULE + 1 + 2 + more).unwrap();
    assert_eq!(times + written, 5002 + 3 * 3000, "and all of it is counted");
    let rest = told.iter().find(|told| told.details.get("several_things").is_some()).unwrap();
    let targets = rest.details["targets"].as_array().unwrap();
    assert_eq!((targets.len(), rest.details["other_targets"].is_u64()), (NAMED, true));
    assert!(targets.iter().all(|target| target.as_str().unwrap().starts_with("deleteRun run:")));
    assert!(!rest.details.contains_key("several_rules"));
}
