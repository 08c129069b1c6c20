//! What [`AccessStore`](doorward_service::ports::AccessStore) promises of asking and answering.

use doorward_domain::{AccessAnswer, AccessOutcome, AccessRequest, Effect, GivenAccess, Role, Timestamp, User};
use doorward_service::ports::{Answered, Asked, Change, Effects, GrantQuery, NamedAccess, UserChange};
use std::time::Duration;

use super::{Case, Replicas, cases, event};
use crate::{NOON, Untold as _, access_request, approval, audit_event, grant, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_request_is_found_as_it_was_made,
    asking_again_for_the_same_gives_the_same,
    what_is_asked_for_at_once_by_one_person_is_one_request,
    one_person_has_so_many_open,
    whoever_is_not_there_or_disabled_asks_for_nothing,
    an_approval_makes_the_grant_and_tells_of_it,
    a_grant_that_was_there_is_there_when_the_approved_one_lapses,
    what_was_given_of_ones_own_accord_stays_apart_from_what_was_approved,
    a_request_is_answered_once,
    of_two_approvals_at_once_one_makes_a_grant,
    of_an_approval_and_a_refusal_at_once_one_counts,
    an_approval_and_the_end_of_who_asked_leave_no_grant_behind,
    nothing_is_given_to_whoever_is_disabled,
    nothing_is_given_that_is_held_or_denied,
    what_is_held_for_a_while_can_be_given_for_longer,
    a_declined_request_changes_no_right_and_can_be_asked_for_again,
];

fn ada() -> User {
    user("ada").build()
}

/// Ada asks for operator on `etl`.
fn hers() -> AccessRequest {
    access_request(&ada(), "first", Role::Operator).because("the nightly job").build()
}

async fn asked(db: &Replicas) -> AccessRequest {
    db.create(&ada()).await;
    let new = Asked::New(NamedAccess { request: hers(), user: "ada".to_owned() });
    let request = hers();
    let made = db.access.ask(&request, 10, Effects::of(&event())).await.unwrap();
    assert!(matches!((&made, &new), (Asked::New(made), Asked::New(new)) if made.user == new.user));
    request
}

fn later(hours: u64) -> Timestamp {
    NOON.plus(Duration::from_hours(hours))
}

fn closed(answered: Answered) -> AccessAnswer {
    let Answered::Done(named) = answered else { panic!("{answered:?}") };
    named.request.answer.unwrap()
}

async fn grants(db: &Replicas) -> Vec<doorward_domain::Grant> {
    let listed = db.grants.list(&GrantQuery::default()).await.unwrap();
    listed.items.into_iter().map(|named| named.grant).collect()
}

async fn a_request_is_found_as_it_was_made(db: Replicas) {
    db.create(&ada()).await;
    let (events, seen) = db.traces().await;
    let request =
        access_request(&ada(), "one", Role::Developer).on("wiki").reaching("page:a/b").because("x\ny").build();
    let named = NamedAccess { request: request.clone(), user: "ada".to_owned() };
    assert_eq!(db.access.ask(&request, 10, Effects::of(&event())).await.unwrap(), Asked::New(named.clone()));
    assert_eq!(db.other.access.find(request.id).await.unwrap(), Some(named));
    assert_eq!(db.access.find(hers().id).await.unwrap(), None);
    assert_eq!(db.traces().await, (events + 1, seen), "it is recorded, and changes nobody's rights");
}

async fn asking_again_for_the_same_gives_the_same(db: Replicas) {
    let first = asked(&db).await;
    let before = db.traces().await;
    let again = access_request(&ada(), "again", Role::Operator).because("please").build();
    let known = db.other.access.ask(&again, 10, Effects::of(&event())).await.unwrap();
    assert!(
        matches!(known, Asked::Open(known) if known.request.id == first.id && known.request.reason == first.reason)
    );
    assert_eq!(db.traces().await, before);
    for other in [
        access_request(&ada(), "role", Role::Manager).build(),
        access_request(&ada(), "app", Role::Operator).on("wiki").build(),
        access_request(&ada(), "thing", Role::Operator).reaching("job:a").build(),
    ] {
        assert!(matches!(db.access.ask(&other, 10, Effects::of(&event())).await.unwrap(), Asked::New(_)), "{other:?}");
    }
    let late = access_request(&ada(), "late", Role::Operator).created_at(first.lapses_at()).build();
    assert!(
        matches!(db.access.ask(&late, 10, Effects::of(&event())).await.unwrap(), Asked::New(_)),
        "the first has lapsed"
    );
}

async fn what_is_asked_for_at_once_by_one_person_is_one_request(db: Replicas) {
    db.create(&ada()).await;
    let (one, other) = (hers(), access_request(&ada(), "other", Role::Operator).build());
    let (audit, first) = (event(), event());
    let (one, other) = tokio::join!(
        db.access.ask(&one, 10, Effects::of(&first)),
        db.other.access.ask(&other, 10, Effects::of(&audit))
    );
    let of = |asked: &Asked| match asked {
        Asked::New(named) => (true, named.request.id),
        Asked::Open(named) => (false, named.request.id),
        other => panic!("{other:?}"),
    };
    let (one, other) = (of(&one.unwrap()), of(&other.unwrap()));
    assert!(one.0 != other.0 && one.1 == other.1, "{one:?} {other:?}");
}

async fn one_person_has_so_many_open(db: Replicas) {
    db.create(&ada()).await;
    let on = |app: &str| access_request(&ada(), app, Role::Operator).on(app).build();
    for app in ["a", "b"] {
        assert!(matches!(db.access.ask(&on(app), 2, Effects::of(&event())).await.unwrap(), Asked::New(_)));
    }
    let before = db.traces().await;
    assert_eq!(db.access.ask(&on("c"), 2, Effects::of(&event())).await.unwrap(), Asked::TooMany);
    assert_eq!(db.traces().await, before);
    assert!(matches!(db.access.ask(&on("a"), 2, Effects::of(&event())).await.unwrap(), Asked::Open(_)));
    db.access.decline(on("a").id, "", Effects::of(&event())).await.unwrap();
    assert!(matches!(db.access.ask(&on("c"), 2, Effects::of(&event())).await.unwrap(), Asked::New(_)));
    // What has lapsed is not open, told of or not.
    let late = access_request(&ada(), "d", Role::Operator).on("d").created_at(on("a").lapses_at()).build();
    assert!(matches!(db.access.ask(&late, 1, Effects::of(&event())).await.unwrap(), Asked::New(_)));
}

async fn whoever_is_not_there_or_disabled_asks_for_nothing(db: Replicas) {
    let before = db.traces().await;
    assert_eq!(db.access.ask(&hers(), 10, Effects::of(&event())).await.unwrap(), Asked::Nobody);
    assert_eq!(db.traces().await, before);
    db.create(&user("ada").disabled().build()).await;
    assert_eq!(db.access.ask(&hers(), 10, Effects::of(&event())).await.unwrap(), Asked::Nobody);
}

async fn an_approval_makes_the_grant_and_tells_of_it(db: Replicas) {
    let request = asked(&db).await;
    let (events, seen) = db.traces().await;
    let approval = approval(&ada(), &request, Some(later(1)));
    let told = audit_event("test").by("root").build();
    let answer = closed(db.other.access.approve(request.id, &approval, Effects::of(&told)).await.untold().unwrap());
    let given = GivenAccess { grant: approval.grant.id, given: request.wanted.clone(), until: Some(later(1)) };
    let expected = AccessAnswer { at: told.at, by: "root".into(), outcome: AccessOutcome::Approved(given) };
    assert_eq!(answer, expected);
    assert_eq!(db.access.find(request.id).await.unwrap().unwrap().request.answer, Some(expected));
    assert_eq!(grants(&db).await, [approval.grant]);
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::User(ada().id)]);
    assert_eq!(db.traces().await.0, events + 1);
}

async fn a_grant_that_was_there_is_there_when_the_approved_one_lapses(db: Replicas) {
    let request = asked(&db).await;
    let viewer = grant(&ada(), Role::Viewer).on("etl").build();
    db.grants.put(&viewer, Effects::of(&event())).await.untold().unwrap();
    let approval = approval(&ada(), &request, Some(later(1)));
    closed(db.access.approve(request.id, &approval, Effects::of(&event())).await.untold().unwrap());
    let effects: Vec<_> = grants(&db).await.into_iter().map(|grant| (grant.effect, grant.until)).collect();
    assert_eq!(effects, [(Effect::Allow(Role::Viewer), None), (Effect::Allow(Role::Operator), Some(later(1)))]);
}

async fn what_was_given_of_ones_own_accord_stays_apart_from_what_was_approved(db: Replicas) {
    let request = asked(&db).await;
    let approval = approval(&ada(), &request, None);
    closed(db.access.approve(request.id, &approval, Effects::of(&event())).await.untold().unwrap());
    let viewer = grant(&ada(), Role::Viewer).on("etl").build();
    let stored = db.grants.put(&viewer, Effects::of(&event())).await.untold().unwrap().unwrap();
    assert_eq!(stored.grant.id, viewer.id);
    assert_eq!(grants(&db).await.len(), 2);
    assert!(
        db.grants.remove(approval.grant.id, Effects::of(&event())).await.untold().unwrap(),
        "it is taken like any other"
    );
    assert_eq!(grants(&db).await, [viewer]);
}

async fn a_request_is_answered_once(db: Replicas) {
    let request = asked(&db).await;
    closed(db.access.decline(request.id, "no", Effects::of(&event())).await.unwrap());
    let before = db.traces().await;
    let approval = approval(&ada(), &request, None);
    assert!(matches!(
        db.access.approve(request.id, &approval, Effects::of(&event())).await.untold().unwrap(),
        Answered::Before(_)
    ));
    assert!(matches!(db.access.decline(request.id, "", Effects::of(&event())).await.unwrap(), Answered::Before(_)));
    let unknown = access_request(&ada(), "unknown", Role::Viewer).build().id;
    assert_eq!(
        db.access.approve(unknown, &approval, Effects::of(&event())).await.untold().unwrap(),
        Answered::NotFound
    );
    assert_eq!(db.access.decline(unknown, "", Effects::of(&event())).await.unwrap(), Answered::NotFound);
    assert_eq!((db.traces().await, grants(&db).await), (before, Vec::new()));
}

async fn of_two_approvals_at_once_one_makes_a_grant(db: Replicas) {
    let request = asked(&db).await;
    let (one, other) = (approval(&ada(), &request, None), approval(&ada(), &request, Some(later(1))));
    let (first, second) = (event(), event());
    let (one, other) = tokio::join!(
        db.access.approve(request.id, &one, Effects::of(&first)),
        db.other.access.approve(request.id, &other, Effects::of(&second))
    );
    let done = [one, other].map(|answered| match answered.untold().unwrap() {
        Answered::Done(_) => true,
        Answered::Before(_) => false,
        other => panic!("{other:?}"),
    });
    assert_eq!((done[0] != done[1], grants(&db).await.len()), (true, 1), "{done:?}");
}

async fn of_an_approval_and_a_refusal_at_once_one_counts(db: Replicas) {
    let request = asked(&db).await;
    let (yes, first, second) = (approval(&ada(), &request, None), event(), event());
    let (yes, no) = tokio::join!(
        db.access.approve(request.id, &yes, Effects::of(&first)),
        db.other.access.decline(request.id, "", Effects::of(&second))
    );
    let is_done = |answered: &Answered| matches!(answered, Answered::Done(_));
    let (yes, no) = (is_done(&yes.untold().unwrap()), is_done(&no.unwrap()));
    assert!(yes != no);
    assert_eq!(grants(&db).await.len(), usize::from(yes));
}

async fn an_approval_and_the_end_of_who_asked_leave_no_grant_behind(db: Replicas) {
    let request = asked(&db).await;
    let (yes, first, second) = (approval(&ada(), &request, None), event(), event());
    let (approved, deleted) = tokio::join!(
        db.access.approve(request.id, &yes, Effects::of(&first)),
        db.other.users.delete(ada().id, Effects::of(&second))
    );
    assert!(deleted.untold().unwrap());
    assert!(matches!(approved.untold().unwrap(), Answered::Done(_) | Answered::NotFound));
    assert_eq!((grants(&db).await, db.access.find(request.id).await.unwrap()), (Vec::new(), None));
}

async fn nothing_is_given_to_whoever_is_disabled(db: Replicas) {
    let request = asked(&db).await;
    let change = |is_disabled| UserChange { is_disabled: Some(is_disabled), ..UserChange::default() };
    db.users.update(ada().id, &change(true), NOON, Effects::of(&event())).await.untold().unwrap();
    let (before, approval) = (db.traces().await, approval(&ada(), &request, None));
    assert_eq!(
        db.access.approve(request.id, &approval, Effects::of(&event())).await.untold().unwrap(),
        Answered::Disabled
    );
    assert_eq!((db.traces().await, grants(&db).await), (before, Vec::new()));
    db.users.update(ada().id, &change(false), NOON, Effects::of(&event())).await.untold().unwrap();
    closed(db.access.approve(request.id, &approval, Effects::of(&event())).await.untold().unwrap());
}

async fn nothing_is_given_that_is_held_or_denied(db: Replicas) {
    let request = asked(&db).await;
    let approval = approval(&ada(), &request, None);
    let manager = grant(&ada(), Role::Manager).build();
    db.grants.put(&manager, Effects::of(&event())).await.untold().unwrap();
    let before = db.traces().await;
    assert_eq!(db.access.approve(request.id, &approval, Effects::of(&event())).await.untold().unwrap(), Answered::Held);
    let denial = grant(&ada(), Role::Viewer).on("etl").denying().build();
    assert_eq!(db.traces().await, before);
    db.grants.put(&denial, Effects::of(&event())).await.untold().unwrap();
    let before = (db.traces().await, grants(&db).await);
    let answered = db.access.approve(request.id, &approval, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(answered, Answered::Denied(denial.id), "and the denial is not overwritten");
    assert_eq!((db.traces().await, grants(&db).await), before);
}

async fn what_is_held_for_a_while_can_be_given_for_longer(db: Replicas) {
    let request = asked(&db).await;
    let for_a_while = grant(&ada(), Role::Operator).on("etl").until(later(2)).build();
    db.grants.put(&for_a_while, Effects::of(&event())).await.untold().unwrap();
    for shorter in [later(1), later(2)] {
        let approval = approval(&ada(), &request, Some(shorter));
        assert_eq!(
            db.access.approve(request.id, &approval, Effects::of(&event())).await.untold().unwrap(),
            Answered::Held
        );
    }
    closed(
        db.access.approve(request.id, &approval(&ada(), &request, None), Effects::of(&event())).await.untold().unwrap(),
    );
}

async fn a_declined_request_changes_no_right_and_can_be_asked_for_again(db: Replicas) {
    let request = asked(&db).await;
    let (_, seen) = db.traces().await;
    let told = audit_event("test").by("max").build();
    let answer = closed(db.access.decline(request.id, "ask in June", Effects::of(&told)).await.unwrap());
    let expected = AccessAnswer { at: NOON, by: "max".into(), outcome: AccessOutcome::Declined("ask in June".into()) };
    assert_eq!((answer, db.changes.latest().await.unwrap()), (expected, seen));
    let again = access_request(&ada(), "again", Role::Operator).build();
    assert!(matches!(db.access.ask(&again, 10, Effects::of(&event())).await.unwrap(), Asked::New(_)));
    closed(db.access.decline(again.id, "", Effects::of(&event())).await.unwrap());
}
