//! What [`Changes`](doorward_service::ports::Changes) promises.

use doorward_domain::Role;
use doorward_service::ports::{Change, Effects, StoreError};

use super::mutations::{MUTATIONS, prepare};
use super::{Case, Replicas, cases, event};
use crate::{Untold as _, heard, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_fresh_feed_is_at_zero_and_empty,
    another_process_hears_of_changes_in_their_order,
    nothing_is_heard_twice,
    whoever_changes_something_is_given_what_the_feed_tells_of_it,
    who_changes_nothing_has_nothing_to_tell,
    what_racing_processes_change_is_numbered_without_gaps,
    what_is_trimmed_is_the_oldest,
    numbers_go_on_after_everything_was_trimmed,
    a_reader_left_behind_by_trimming_is_told_to_forget_everything,
    a_reader_ahead_of_the_feed_is_told_to_forget_everything,
];

async fn a_fresh_feed_is_at_zero_and_empty(db: Replicas) {
    assert_eq!(db.changes.latest().await.unwrap(), 0);
    assert_eq!(db.changes.since(0).await.unwrap(), (Vec::new(), 0));
}

/// Three changes, and what they are.
async fn some_changes(db: &Replicas) -> Vec<Change> {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    db.sign_in(&ada, "laptop").await;
    let id = session(&ada, "laptop").build().id;
    assert!(db.sessions.end(id, Effects::of(&event())).await.untold().unwrap());
    vec![Change::User(ada.id), Change::User(bob.id), Change::Session(id)]
}

async fn another_process_hears_of_changes_in_their_order(db: Replicas) {
    let expected = some_changes(&db).await;
    assert_eq!(db.other.changes.since(0).await.unwrap(), (expected, 3));
    assert_eq!(db.other.changes.latest().await.unwrap(), 3);
}

async fn nothing_is_heard_twice(db: Replicas) {
    let expected = some_changes(&db).await;
    assert_eq!(db.changes.since(2).await.unwrap(), (expected[2..].to_vec(), 3));
    assert_eq!(db.changes.since(3).await.unwrap(), (Vec::new(), 3));
}

/// Each of these in turn changes something that may be cached.
const HEARD: &[&str] = &[
    "users.create",
    "users.update",
    "grants.put (new)",
    "grants.put (denying a group)",
    "grants.remove",
    "groups.create",
    "groups.update",
    "groups.join",
    "groups.leave",
    "groups.delete",
    "keys.create",
    "keys.update",
    "keys.rotate",
    "keys.revoke",
    "access.approve",
    "sessions.prove",
    "sessions.open (rotate)",
    "sessions.end",
    "sessions.end_all_of",
    "users.set_password",
    "users.update (disable)",
    "users.delete",
];

/// The caches of the process that changes something hear what others read.
async fn whoever_changes_something_is_given_what_the_feed_tells_of_it(db: Replicas) {
    prepare(&db).await;
    for name in HEARD {
        let mutation = MUTATIONS.iter().find(|mutation| mutation.name == *name).unwrap();
        let seen = db.changes.latest().await.unwrap();
        let told = (mutation.run)(&db, event()).await.unwrap();
        let (fed, _) = db.other.changes.since(seen).await.unwrap();
        assert_eq!((told.len(), told), (1, fed), "{mutation:?}");
    }
}

async fn who_changes_nothing_has_nothing_to_tell(db: Replicas) {
    let nobody = user("nobody").build();
    assert_eq!(heard(db.users.delete(nobody.id, Effects::of(&event())).await.unwrap()), (Vec::new(), false));
    db.create(&nobody).await;
    assert_eq!(heard(db.sessions.end_all_of(nobody.id, None, Effects::of(&event())).await.unwrap()), (Vec::new(), 0));
}

async fn what_racing_processes_change_is_numbered_without_gaps(db: Replicas) {
    for round in 0..10 {
        let (ada, bob) =
            (user(&format!("ada{round}")).build(), user(&format!("bob{round}")).role(Role::Viewer).build());
        let audit = event();
        let (one, other) = tokio::join!(
            db.users.create(&ada, None, Effects::of(&audit)),
            db.other.users.create(&bob, None, Effects::of(&audit))
        );
        one.untold().unwrap();
        other.untold().unwrap();
    }
    let (changes, newest) = db.changes.since(0).await.unwrap();
    assert_eq!((changes.len(), newest), (20, 20));
}

async fn what_is_trimmed_is_the_oldest(db: Replicas) {
    let expected = some_changes(&db).await;
    db.changes.trim(2).await.unwrap();
    assert_eq!(db.changes.since(1).await.unwrap(), (expected[1..].to_vec(), 3));
    db.changes.trim(100).await.unwrap();
    assert_eq!(db.changes.since(1).await.unwrap().0.len(), 2);
}

async fn numbers_go_on_after_everything_was_trimmed(db: Replicas) {
    some_changes(&db).await;
    db.changes.trim(0).await.unwrap();
    assert_eq!(db.changes.latest().await.unwrap(), 3);
    assert_eq!(db.changes.since(3).await.unwrap(), (Vec::new(), 3));
    let eve = user("eve").build();
    db.create(&eve).await;
    assert_eq!(db.changes.since(3).await.unwrap(), (vec![Change::User(eve.id)], 4));
}

async fn a_reader_left_behind_by_trimming_is_told_to_forget_everything(db: Replicas) {
    some_changes(&db).await;
    db.changes.trim(1).await.unwrap();
    assert!(matches!(db.changes.since(1).await, Err(StoreError::BadQuery(_))));
    db.changes.trim(0).await.unwrap();
    assert!(matches!(db.changes.since(2).await, Err(StoreError::BadQuery(_))));
}

async fn a_reader_ahead_of_the_feed_is_told_to_forget_everything(db: Replicas) {
    some_changes(&db).await;
    assert!(matches!(db.changes.since(9).await, Err(StoreError::BadQuery(_))));
}
