//! What is kept in memory, and what makes room.

use super::*;

#[test]
fn a_full_registry_drops_who_would_expire_first_and_spares_open_connections() {
    let registry = Registry::new(SessionLimits::default(), 3, Memberships::default());
    let key = |n: u8| TokenHash::of(&[n]);
    let enter = |n: u8, now: Timestamp| {
        registry.insert(key(n), Placed::by_session(signed_in(n)), registry.reading(), now).unwrap().unwrap()
    };
    let minute = |n: u64| NOON.plus(Duration::from_secs(60 * n));
    // All that a stream or a WebSocket keeps of whom it was opened by.
    let connection = enter(1, minute(1)).revocation;
    drop(enter(2, minute(2)));
    drop(enter(3, minute(3)));
    registry.cached(&key(2), minute(4)).unwrap();
    drop(enter(4, minute(5)));
    assert!(registry.cached(&key(1), minute(6)).is_some(), "somebody holds it");
    assert!(registry.cached(&key(2), minute(6)).is_some(), "used last");
    assert!(registry.cached(&key(3), minute(6)).is_none());
    assert_eq!((registry.len(), connection.is_revoked()), (3, false));
}

#[test]
fn sessions_of_one_user_share_what_is_the_same_in_every_detail() {
    let registry = Registry::new(SessionLimits::default(), 9, Memberships::default());
    let other_session = |mut who: LiveSession, n: u8| {
        who.session.id = SessionId::generate(NOON, [n; 10]);
        registry.insert(TokenHash::of(&[n]), Placed::by_session(who), registry.reading(), NOON).unwrap().unwrap().who
    };
    let first = other_session(signed_in(1), 1);
    assert!(first.rights.is_shared_with(&other_session(signed_in(1), 2).rights));
    assert!(!first.rights.is_shared_with(&other_session(signed_in(2), 3).rights));
    let mut renamed = signed_in(1);
    renamed.user.full_name = "Ada".into();
    assert_eq!(&*other_session(renamed, 4).full_name, "Ada");
}

#[test]
fn when_all_are_connected_the_dropped_one_is_told() {
    let registry = Registry::new(SessionLimits::default(), 2, Memberships::default());
    let held: Vec<_> = (1..=3)
        .map(|n| {
            registry
                .insert(TokenHash::of(&[n]), Placed::by_session(signed_in(n)), registry.reading(), NOON)
                .unwrap()
                .unwrap()
        })
        .map(|live| (Arc::clone(&live.who), live.revocation.clone()))
        .collect();
    assert_eq!((registry.len(), held.iter().filter(|(_, revocation)| revocation.is_revoked()).count()), (2, 1));
}

#[test]
fn sweeping_costs_what_is_due_and_forgets_what_is_gone() {
    let registry = Registry::new(SessionLimits::default(), 10, Memberships::default());
    let (session, user) = (signed_in(1).session.id, signed_in(1).user.id);
    for _ in 0..5000 {
        registry
            .insert(TokenHash::of(b"x"), Placed::by_session(signed_in(1)), registry.reading(), NOON)
            .unwrap()
            .unwrap();
        registry.apply(Change::Session(session));
    }
    registry.sweep(NOON);
    assert!(registry.deadlines() <= 1, "{}", registry.deadlines());
    registry.apply(Change::User(user));
    registry.apply(Change::Session(SessionId::generate(NOON, [0; 10])));
    assert_eq!(registry.len(), 0);
}
