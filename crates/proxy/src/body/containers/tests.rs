use doorward_domain::{
    Bond, Effect, Grant, GrantId, Principal, Rights, Role, Scope, Session, SessionId, Timestamp, UserId,
};
use doorward_profile::Profile;
use std::time::Duration;

use super::*;
use crate::tests_support::app;

const NOON: Timestamp = Timestamp::from_millis(1_795_262_400_000);

fn contents(assets: usize) -> Contents {
    let asset = |n: usize| {
        format!(
            r#"{{"assetKey":{{"path":["a{n}"]}},"groupName":"g","isAutoCreatedStub":false,"repository":{{"name":"r","location":{{"name":"l{n}"}}}}}}"#
        )
    };
    let assets = (0..assets).map(asset).collect::<Vec<_>>().join(",");
    let told = format!(r#"{{"data":{{"c0":{{"locationEntries":[]}},"c1":[{assets}]}}}}"#);
    Profile::builtin("dagster").unwrap().contents(told.as_bytes()).unwrap()
}

/// The bounds of somebody who holds one asset, until then.
fn bounds(number: u8, asset: &str, until: Option<Timestamp>, now: Timestamp) -> Bounds {
    let user = UserId::generate(NOON, [number; 10]);
    let subject = Subject::User(user);
    let grant = Grant {
        id: GrantId::generate(NOON, [number; 10]),
        subject,
        effect: Effect::Allow(Role::Viewer),
        scope: Scope::Resources("wiki".parse().unwrap(), format!("asset:{asset}").parse().unwrap()),
        until,
        reason: "".into(),
        created_at: NOON,
        created_by: "".into(),
    };
    let session = Session {
        id: SessionId::generate(NOON, [number; 10]),
        user_id: user,
        kind: doorward_domain::SessionKind::Browser,
        factors: doorward_domain::Factors::default(),
        created_at: NOON,
        proved_at: NOON,
        last_seen_at: NOON,
        expires_at: NOON.plus(Duration::from_hours(1)),
        client_ip: String::new(),
        user_agent: String::new(),
        device: String::new(),
        is_remembered: false,
    };
    let who = Principal {
        subject,
        name: "ada".parse().unwrap(),
        email: None,
        full_name: "".into(),
        groups: Arc::default(),
        bond: Bond::Session(session),
        rights: Rights::compile(&[grant]),
    };
    Bounds::of(&Arc::new(who), &app("wiki"), now)
}

#[test]
fn what_shows_to_somebody_is_kept_until_rights_or_contents_change() {
    let containers = Containers::new(contents(1000));
    let soon = NOON.plus(Duration::from_mins(1));
    let ada = |asset, now| bounds(1, asset, Some(soon), now);
    assert!(containers.take_long_for(&ada("a7", NOON)));
    let entry = containers.judge(&ada("a7", NOON));
    // A location, its repository, and the job that assets are launched by.
    assert_eq!(entry.shown.count(), 3);
    assert!(!containers.take_long_for(&ada("a7", NOON)));
    assert!(!containers.take_long_for(&ada("a7", soon.minus(Duration::from_millis(1)))));
    for (what, other) in [
        ("what was held has lapsed", ada("a7", soon)),
        ("something else is held", ada("a8", NOON)),
        ("nobody knows what was held before", ada("a7", NOON.minus(Duration::from_secs(1)))),
        ("it is somebody else", bounds(2, "a7", Some(soon), NOON)),
    ] {
        assert!(containers.take_long_for(&other), "{what}");
    }
    assert_eq!(containers.judge(&ada("a7", soon)).shown.count(), 0);
    assert!(!containers.are(&contents(999)));
    assert!(!Containers::new(contents(10)).take_long_for(&ada("a7", NOON)), "few are judged at once");
}

#[test]
fn it_is_forgotten_of_whoever_did_not_ask_while_the_tool_told_the_same() {
    let containers = Containers::new(contents(300));
    let (ada, bob) = (bounds(1, "a1", None, NOON), bounds(2, "a2", None, NOON));
    containers.judge(&ada);
    containers.judge(&bob);
    assert!(containers.are(&contents(300)));
    assert!(!containers.take_long_for(&ada));
    assert!(containers.are(&contents(300)));
    assert!(!containers.take_long_for(&ada));
    assert!(containers.take_long_for(&bob));
}

#[test]
fn there_is_an_end_to_those_of_whom_it_is_kept() {
    let containers = Containers::new(contents(300));
    for number in 0..=255 {
        containers.judge(&bounds(number, "a1", None, NOON));
        containers.judge(&bounds(number, "a1", None, NOON));
    }
    assert_eq!(containers.shown.load().len(), 256, "one of each");
    // Three containers for each.
    let many = Containers::new(contents(20_000));
    let weight = ENTRY + many.judge(&bounds(1, "a1", None, NOON)).shown.weight();
    assert!(weight > ENTRY + 7_000, "{weight}");
    assert_eq!((most(weight), most(4 * weight), most(2 * ROOM)), (MOST, ROOM / (4 * weight), 1));
}
