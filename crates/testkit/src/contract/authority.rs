//! What every change promises about the right it rests on ([`Authority`]).

use doorward_domain::{Action, Authority, BondId, Needs, NewAuditEvent, Role, User};
use doorward_service::ports::{Effects, StoreError, UserChange};
use std::time::Duration;

use super::mutations::{MUTATIONS, Mutation, prepare};
use super::{Case, Replicas, cases, event};
use crate::{NOON, Untold as _, audit_event, grant, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    nothing_is_changed_for_whoever_was_signed_out,
    nothing_is_changed_for_whoever_was_disabled,
    nothing_is_changed_for_whoever_may_no_longer,
    nothing_is_changed_for_whoever_was_an_admin_for_a_while_or_of_one_app,
    nothing_is_changed_with_a_session_that_has_expired,
    whoever_may_still_changes_something,
];

/// Nobody asks for these: they are no events, or Doorward's own.
const OWN: &[&str] = &[
    "users.upgrade_hash",
    "access.lapse",
    "access.forget",
    "keys.used",
    "sessions.touch",
    "sessions.end_expired",
    "audit.",
    "settings.",
    "changes.",
];

fn asked_for() -> impl Iterator<Item = &'static Mutation> {
    MUTATIONS.iter().filter(|mutation| !OWN.iter().any(|own| mutation.name.starts_with(own)))
}

fn root() -> User {
    user("boss").role(Role::Admin).build()
}

/// Asked for with this user's session, by whoever administers or (`None`) changes what is theirs.
fn by(who: &User, needs: Option<Action>) -> NewAuditEvent {
    let session = session(who, "root's").build().id;
    NewAuditEvent {
        authority: Some(Authority { bond: BondId::Session(session), needs: needs.map(Needs::OnEverything) }),
        ..audit_event("test").build()
    }
}

async fn signed_in(db: &Replicas, who: &User) {
    prepare(db).await;
    db.create(who).await;
    db.sign_in(who, "root's").await;
}

/// Every change is refused and leaves no trace.
async fn nothing_is_changed(db: &Replicas, event: &NewAuditEvent) {
    let before = db.traces().await;
    for mutation in asked_for() {
        let refused = (mutation.run)(db, event.clone()).await;
        assert!(matches!(refused, Err(StoreError::NoLongerAllowed)), "{mutation:?}: {refused:?}");
        assert_eq!(db.traces().await, before, "{mutation:?}");
    }
}

async fn nothing_is_changed_for_whoever_was_signed_out(db: Replicas) {
    signed_in(&db, &root()).await;
    let ended = session(&root(), "root's").build().id;
    db.other.sessions.end(ended, Effects::of(&event())).await.untold().unwrap();
    for needs in [None, Some(Action::Admin)] {
        nothing_is_changed(&db, &by(&root(), needs)).await;
    }
}

async fn nothing_is_changed_for_whoever_was_disabled(db: Replicas) {
    signed_in(&db, &root()).await;
    let other = user("other").role(Role::Admin).build();
    db.create(&other).await;
    for is_disabled in [true, false] {
        let change = UserChange { is_disabled: Some(is_disabled), ..UserChange::default() };
        db.other.users.update(root().id, &change, NOON, Effects::of(&event())).await.untold().unwrap();
        nothing_is_changed(&db, &by(&root(), None)).await;
        nothing_is_changed(&db, &by(&root(), Some(Action::Admin))).await;
    }
}

async fn nothing_is_changed_for_whoever_may_no_longer(db: Replicas) {
    signed_in(&db, &root()).await;
    db.create(&user("other").role(Role::Admin).build()).await;
    for role in [Some(Role::Manager), None] {
        let change = UserChange { role: Some(role), ..UserChange::default() };
        db.other.users.update(root().id, &change, NOON, Effects::of(&event())).await.untold().unwrap();
        nothing_is_changed(&db, &by(&root(), Some(Action::Admin))).await;
    }
    let own = UserChange { full_name: Some("Root".to_owned()), ..UserChange::default() };
    assert!(
        db.users.update(root().id, &own, NOON, Effects::of(&by(&root(), None))).await.untold().is_ok(),
        "what is theirs is still theirs"
    );
}

async fn nothing_is_changed_for_whoever_was_an_admin_for_a_while_or_of_one_app(db: Replicas) {
    let ada = user("temp").build();
    signed_in(&db, &ada).await;
    db.grants.put(&grant(&ada, Role::Admin).on("wiki").build(), Effects::of(&event())).await.untold().unwrap();
    let over = grant(&ada, Role::Admin).until(NOON).build();
    db.grants.put(&over, Effects::of(&event())).await.untold().unwrap();
    nothing_is_changed(&db, &by(&ada, Some(Action::Admin))).await;
}

async fn nothing_is_changed_with_a_session_that_has_expired(db: Replicas) {
    signed_in(&db, &root()).await;
    let late = NewAuditEvent { at: NOON.plus(Duration::from_hours(24)), ..by(&root(), None) };
    nothing_is_changed(&db, &late).await;
}

async fn whoever_may_still_changes_something(db: Replicas) {
    signed_in(&db, &root()).await;
    let (bob, asked) = (user("bob").build(), by(&root(), Some(Action::Admin)));
    db.users.create(&bob, None, Effects::of(&asked)).await.untold().unwrap();
    db.users.update(bob.id, &UserChange::default(), NOON, Effects::of(&asked)).await.untold().unwrap().unwrap();
    assert!(db.users.set_password(bob.id, "new", Effects::of(&asked)).await.untold().unwrap());
    let given = grant(&bob, Role::Viewer).on("wiki").build();
    let given = db.grants.put(&given, Effects::of(&asked)).await.untold().unwrap().unwrap();
    assert!(db.grants.remove(given.grant.id, Effects::of(&asked)).await.untold().unwrap());
    assert!(db.users.delete(bob.id, Effects::of(&asked)).await.untold().unwrap());
    // Their own end is theirs to make.
    let own = session(&root(), "root's").build().id;
    assert!(db.sessions.end(own, Effects::of(&by(&root(), None))).await.untold().unwrap());
}
