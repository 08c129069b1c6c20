//! What [`AccessStore`](doorward_service::ports::AccessStore) promises of lists, and of what nobody answers.

use doorward_domain::{AccessOutcome, AccessRequest, Role, Timestamp, User};
use doorward_service::ports::{AccessQuery, Effects, NamedAccess, Paging, Visible};
use std::time::Duration;

use super::{
    Case, Replicas, cases, event,
    paging::{searching, turns},
};
use crate::{NOON, access_request, audit_event, user};

/// The suite.
pub const CASES: &[Case] = cases![
    requests_are_listed_by_person_app_decision_and_state,
    nobody_sees_what_is_not_theirs_to_see,
    requests_are_searched_by_name_app_thing_and_reason,
    pages_of_requests_turn,
    what_nobody_answers_lapses_once_and_is_told_of,
    what_was_answered_long_ago_is_forgotten,
];

fn people() -> (User, User) {
    (user("ada").build(), user("bob").build())
}

/// Ada asks for `etl` and a page of `wiki`, bob for `etl`.
async fn three(db: &Replicas) -> [AccessRequest; 3] {
    let (ada, bob) = people();
    db.create(&ada).await;
    db.create(&bob).await;
    let all = [
        access_request(&ada, "1", Role::Operator).because("Nightly").build(),
        access_request(&ada, "2", Role::Viewer).on("wiki").reaching("page:home").build(),
        access_request(&bob, "3", Role::Operator).created_at(NOON.plus(Duration::from_hours(1))).build(),
    ];
    for request in &all {
        db.access.ask(request, 10, Effects::of(&event())).await.unwrap();
    }
    all
}

async fn found(db: &Replicas, query: AccessQuery) -> usize {
    let listed = db.access.list(&query).await.unwrap();
    assert_eq!(listed.items.len() as u64, listed.total);
    listed.items.len()
}

async fn requests_are_listed_by_person_app_decision_and_state(db: Replicas) {
    let [first, second, third] = three(&db).await;
    let (ada, _) = people();
    let newest = db.access.list(&AccessQuery::default()).await.unwrap().items;
    assert_eq!(newest.first().unwrap().request.id, third.id);
    assert_eq!(found(&db, AccessQuery { user: Some(ada.id), ..AccessQuery::default() }).await, 2);
    assert_eq!(found(&db, AccessQuery { except: Some(ada.id), ..AccessQuery::default() }).await, 1);
    assert_eq!(found(&db, AccessQuery { app: Some("etl".parse().unwrap()), ..AccessQuery::default() }).await, 2);
    assert_eq!(found(&db, AccessQuery { decision: Some(second.decision_id), ..AccessQuery::default() }).await, 1);
    db.access.decline(first.id, "", Effects::of(&event())).await.unwrap();
    let in_state = |is_open, now| AccessQuery { is_open: Some(is_open), now: Some(now), ..AccessQuery::default() };
    assert_eq!((found(&db, in_state(true, NOON)).await, found(&db, in_state(false, NOON)).await), (2, 1));
    let late = second.lapses_at();
    assert_eq!((found(&db, in_state(true, late)).await, found(&db, in_state(false, late)).await), (1, 2));
}

async fn nobody_sees_what_is_not_theirs_to_see(db: Replicas) {
    three(&db).await;
    let (ada, bob) = people();
    let seen = async |own, apps: &[&str]| {
        let apps = apps.iter().map(|app| app.parse().unwrap()).collect();
        found(&db, AccessQuery { visible: Visible::Some { own, apps }, ..AccessQuery::default() }).await
    };
    assert_eq!(seen(Some(bob.id), &[]).await, 1);
    assert_eq!(seen(Some(bob.id), &["wiki"]).await, 2);
    assert_eq!(seen(Some(ada.id), &["wiki"]).await, 2);
    assert_eq!(seen(None, &["etl"]).await, 2);
    assert_eq!(seen(None, &[]).await, 0);
    let visible = Visible::Some { own: Some(bob.id), apps: Vec::new() };
    assert_eq!(found(&db, AccessQuery { visible, user: Some(ada.id), ..AccessQuery::default() }).await, 0);
}

async fn requests_are_searched_by_name_app_thing_and_reason(db: Replicas) {
    three(&db).await;
    let found = async |text: &str| found(&db, AccessQuery { paging: searching(text), ..AccessQuery::default() }).await;
    let all = (found("BOB").await, found("wik").await, found("page:home").await, found("nightly").await);
    assert_eq!((all, found("e%l").await, found("launching").await), ((1, 1, 1, 1), 0, 3));
}

async fn pages_of_requests_turn(db: Replicas) {
    three(&db).await;
    let (_, bob) = people();
    for app in ["a", "b", "c"] {
        db.access
            .ask(&access_request(&bob, app, Role::Viewer).on(app).build(), 10, Effects::of(&event()))
            .await
            .unwrap();
    }
    let list = async |paging: Paging| db.access.list(&AccessQuery { paging, ..AccessQuery::default() }).await;
    turns(&["created_at"], list).await;
}

async fn what_nobody_answers_lapses_once_and_is_told_of(db: Replicas) {
    let [first, ..] = three(&db).await;
    let tell = |lapsed: &NamedAccess| audit_event("access.lapse").by("system").target(&lapsed.user).build();
    let before = |moment: Timestamp| moment.minus(Duration::from_millis(1));
    assert!(!db.access.lapse(before(first.lapses_at()), &tell).await.unwrap());
    let (events, seen) = db.traces().await;
    assert!(db.access.lapse(first.lapses_at(), &tell).await.unwrap());
    assert!(db.other.access.lapse(first.lapses_at(), &tell).await.unwrap());
    assert!(!db.access.lapse(first.lapses_at(), &tell).await.unwrap(), "bob's is an hour younger");
    assert_eq!(db.traces().await, (events + 2, seen));
    let answer = db.access.find(first.id).await.unwrap().unwrap().request.answer.unwrap();
    assert_eq!((answer.outcome, &*answer.by), (AccessOutcome::Lapsed, "system"));
}

async fn what_was_answered_long_ago_is_forgotten(db: Replicas) {
    let [first, second, _] = three(&db).await;
    db.access.decline(first.id, "", Effects::of(&event())).await.unwrap();
    let before = db.traces().await;
    assert_eq!(db.access.forget(NOON).await.unwrap(), 0);
    assert_eq!(db.access.forget(NOON.plus(Duration::from_millis(1))).await.unwrap(), 1);
    assert_eq!(db.traces().await, before);
    assert_eq!(db.access.find(first.id).await.unwrap(), None);
    assert!(db.access.find(second.id).await.unwrap().is_some(), "what is open is not");
}
