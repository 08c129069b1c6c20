//! What [`GrantStore`](doorward_service::ports::GrantStore) promises.

use doorward_domain::{Effect, GrantId, Role, Scope, Subject, Timestamp};
use doorward_service::ports::{Change, Effects, GrantQuery, NamedGrant, Paging, StoreError, UserChange};
use std::time::Duration;

use super::{
    Case, Replicas, cases, event,
    paging::{searching, turns},
};
use crate::{NOON, Untold as _, grant, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_grant_is_found_as_it_was_made,
    a_second_grant_on_the_same_thing_changes_the_first,
    two_grants_on_one_thing_put_at_once_are_one,
    a_grant_to_nobody_is_not_made,
    a_grant_on_everything_is_the_users_role,
    removing_the_grant_on_everything_takes_the_role_away,
    a_removed_grant_is_gone_and_removing_it_again_does_nothing,
    every_change_of_a_grant_is_told_and_recorded,
    the_last_admin_keeps_the_role,
    a_grant_that_lapses_does_not_keep_an_admin,
    a_disabled_admin_does_not_keep_an_admin,
    where_there_is_no_admin_none_is_lost,
    of_two_admins_demoted_at_once_one_stays,
    grants_are_listed_by_user_and_by_app,
    those_that_have_lapsed_are_left_out_when_asked,
    grants_are_searched_by_username_and_app,
    pages_of_grants_turn,
];

fn later() -> Timestamp {
    NOON.plus(Duration::from_hours(1))
}

async fn a_grant_is_found_as_it_was_made(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let made = grant(&ada, Role::Operator).on("etl").until(later()).build();
    let named = NamedGrant { grant: made.clone(), subject: "ada".to_owned() };
    assert_eq!(db.grants.put(&made, Effects::of(&event())).await.untold().unwrap(), Some(named.clone()));
    assert_eq!(db.grants.find(made.id).await.unwrap(), Some(named));
    assert_eq!(db.grants.find(GrantId::generate(NOON, [9; 10])).await.unwrap(), None);
}

async fn a_second_grant_on_the_same_thing_changes_the_first(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let first = grant(&ada, Role::Operator).on("etl").until(later()).build();
    db.grants.put(&first, Effects::of(&event())).await.untold().unwrap();
    let second = grant(&ada, Role::Viewer).on("etl").build();
    let stored = db.grants.put(&second, Effects::of(&event())).await.untold().unwrap().unwrap();
    assert_eq!(
        (stored.grant.id, stored.grant.effect, stored.grant.until),
        (first.id, Effect::Allow(Role::Viewer), None)
    );
    assert_eq!(db.grants.find(second.id).await.unwrap(), None);
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 1);
}

async fn two_grants_on_one_thing_put_at_once_are_one(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    for round in 0..100 {
        let pattern = format!("job:{round}");
        let put = |role| grant(&ada, role).on("etl").reaching(&pattern).build();
        let (one, other) = (put(Role::Viewer), put(Role::Operator));
        let audit = event();
        let (first, second) =
            tokio::join!(db.grants.put(&one, Effects::of(&audit)), db.other.grants.put(&other, Effects::of(&audit)));
        let stored = [first, second].map(|stored| stored.untold().unwrap().unwrap().grant);
        assert_eq!(stored[0].id, stored[1].id, "the second found the first");
        let there = db.grants.find(stored[0].id).await.unwrap().unwrap().grant;
        assert!(stored.contains(&there), "{there:?} is neither of {stored:?}");
    }
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 100);
}

async fn a_grant_to_nobody_is_not_made(db: Replicas) {
    let before = db.traces().await;
    let made = grant(&user("nobody").build(), Role::Viewer).build();
    assert_eq!(db.grants.put(&made, Effects::of(&event())).await.untold().unwrap(), None);
    assert_eq!(db.traces().await, before);
}

async fn a_grant_on_everything_is_the_users_role(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    db.grants.put(&grant(&ada, Role::Viewer).on("etl").build(), Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().role, None);
    db.grants.put(&grant(&ada, Role::Developer).build(), Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().role, Some(Role::Developer));
}

async fn removing_the_grant_on_everything_takes_the_role_away(db: Replicas) {
    let ada = user("ada").role(Role::Developer).build();
    db.create(&ada).await;
    let role = db.grants.list(&GrantQuery::default()).await.unwrap().items.remove(0).grant;
    assert_eq!((role.effect, &role.scope, role.until), (Effect::Allow(Role::Developer), &Scope::Everything, None));
    assert!(db.grants.remove(role.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().role, None);
}

async fn a_removed_grant_is_gone_and_removing_it_again_does_nothing(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let made = grant(&ada, Role::Operator).on("etl").build();
    db.grants.put(&made, Effects::of(&event())).await.untold().unwrap();
    assert!(db.grants.remove(made.id, Effects::of(&event())).await.untold().unwrap());
    let before = db.traces().await;
    assert!(!db.grants.remove(made.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.grants.find(made.id).await.unwrap(), None);
    assert_eq!(db.traces().await, before);
}

async fn every_change_of_a_grant_is_told_and_recorded(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let (events, seen) = db.traces().await;
    let made = grant(&ada, Role::Operator).on("etl").build();
    db.grants.put(&made, Effects::of(&event())).await.untold().unwrap();
    db.grants.put(&grant(&ada, Role::Viewer).on("etl").build(), Effects::of(&event())).await.untold().unwrap();
    db.grants.remove(made.id, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::User(ada.id); 3]);
    assert_eq!(db.traces().await.0, events + 3);
}

/// Ada is admin on everything; her grant's id.
async fn ada_is_admin(db: &Replicas) -> GrantId {
    db.create(&user("ada").build()).await;
    let admin = grant(&user("ada").build(), Role::Admin).build();
    db.grants.put(&admin, Effects::of(&event())).await.untold().unwrap().unwrap().grant.id
}

async fn the_last_admin_keeps_the_role(db: Replicas) {
    let id = ada_is_admin(&db).await;
    let ada = user("ada").build();
    let before = db.traces().await;
    let weaker = grant(&ada, Role::Manager).build();
    assert!(matches!(db.grants.put(&weaker, Effects::of(&event())).await.untold(), Err(StoreError::LastAdmin)));
    let lapsing = grant(&ada, Role::Admin).until(later()).build();
    assert!(matches!(db.grants.put(&lapsing, Effects::of(&event())).await.untold(), Err(StoreError::LastAdmin)));
    assert!(matches!(db.grants.remove(id, Effects::of(&event())).await.untold(), Err(StoreError::LastAdmin)));
    assert_eq!(db.traces().await, before);
    assert_eq!(db.grants.find(id).await.unwrap().unwrap().grant.effect, Effect::Allow(Role::Admin));
}

async fn a_grant_that_lapses_does_not_keep_an_admin(db: Replicas) {
    let id = ada_is_admin(&db).await;
    db.create(&user("bob").build()).await;
    db.grants
        .put(&grant(&user("bob").build(), Role::Admin).until(later()).build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    db.grants
        .put(&grant(&user("bob").build(), Role::Admin).on("etl").build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    assert!(matches!(db.grants.remove(id, Effects::of(&event())).await.untold(), Err(StoreError::LastAdmin)));
}

async fn a_disabled_admin_does_not_keep_an_admin(db: Replicas) {
    let id = ada_is_admin(&db).await;
    db.create(&user("bob").role(Role::Admin).disabled().build()).await;
    assert!(matches!(db.grants.remove(id, Effects::of(&event())).await.untold(), Err(StoreError::LastAdmin)));
    let enable = UserChange { is_disabled: Some(false), ..UserChange::default() };
    db.users.update(user("bob").build().id, &enable, NOON, Effects::of(&event())).await.untold().unwrap();
    assert!(db.grants.remove(id, Effects::of(&event())).await.untold().unwrap());
}

async fn where_there_is_no_admin_none_is_lost(db: Replicas) {
    let bob = user("bob").role(Role::Viewer).build();
    db.create(&bob).await;
    let role = db.grants.list(&GrantQuery::default()).await.unwrap().items.remove(0).grant;
    assert!(db.grants.remove(role.id, Effects::of(&event())).await.untold().unwrap());
}

async fn of_two_admins_demoted_at_once_one_stays(db: Replicas) {
    let (ada, bob) = (user("ada").role(Role::Admin).build(), user("bob").role(Role::Admin).build());
    db.create(&ada).await;
    db.create(&bob).await;
    let (audit, weak_ada, weak_bob) = (event(), grant(&ada, Role::Viewer).build(), grant(&bob, Role::Viewer).build());
    let (one, other) = tokio::join!(
        db.grants.put(&weak_ada, Effects::of(&audit)),
        db.other.grants.put(&weak_bob, Effects::of(&audit))
    );
    assert_eq!([one.is_ok(), other.is_ok()].into_iter().filter(|done| *done).count(), 1);
    assert!(matches!(one.and(other).untold(), Err(StoreError::LastAdmin)));
    assert!(db.users.has_admin().await.unwrap());
}

/// Ada operates etl and wiki, bob views etl.
async fn three_grants(db: &Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    for made in [
        grant(&ada, Role::Operator).on("etl"),
        grant(&ada, Role::Operator).on("wiki"),
        grant(&bob, Role::Viewer).on("etl"),
    ] {
        db.grants.put(&made.build(), Effects::of(&event())).await.untold().unwrap();
    }
}

async fn grants_are_listed_by_user_and_by_app(db: Replicas) {
    three_grants(&db).await;
    let of_ada = GrantQuery { subject: Some(Subject::User(user("ada").build().id)), ..GrantQuery::default() };
    assert_eq!(db.grants.list(&of_ada).await.unwrap().total, 2);
    let on_etl = GrantQuery { app: Some("etl".parse().unwrap()), ..GrantQuery::default() };
    assert_eq!(db.grants.list(&on_etl).await.unwrap().total, 2);
    let both = GrantQuery { subject: of_ada.subject, ..on_etl };
    assert_eq!(db.grants.list(&both).await.unwrap().total, 1);
}

async fn those_that_have_lapsed_are_left_out_when_asked(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let (lasting, lapsing) = (grant(&ada, Role::Viewer).on("etl").build(), grant(&ada, Role::Viewer).on("wiki"));
    db.grants.put(&lasting, Effects::of(&event())).await.untold().unwrap();
    db.grants.put(&lapsing.until(later()).build(), Effects::of(&event())).await.untold().unwrap();
    let counted = async |holding_at| {
        let listed = db.grants.list(&GrantQuery { holding_at, ..GrantQuery::default() }).await.unwrap();
        assert_eq!(listed.items.len() as u64, listed.total);
        listed.total
    };
    assert_eq!(counted(Some(NOON)).await, 2);
    assert_eq!(counted(Some(later())).await, 1, "it ends at that very moment");
    assert_eq!(counted(None).await, 2);
}

async fn grants_are_searched_by_username_and_app(db: Replicas) {
    three_grants(&db).await;
    let found = async |text: &str| {
        let query = GrantQuery { paging: searching(text), ..GrantQuery::default() };
        db.grants.list(&query).await.unwrap().total
    };
    assert_eq!((found("BOB").await, found("wik").await, found("e%l").await, found("_").await), (1, 1, 0, 0));
}

async fn pages_of_grants_turn(db: Replicas) {
    three_grants(&db).await;
    for app in ["a", "b", "c"] {
        db.grants
            .put(&grant(&user("bob").build(), Role::Viewer).on(app).build(), Effects::of(&event()))
            .await
            .untold()
            .unwrap();
    }
    let list = async |paging: Paging| db.grants.list(&GrantQuery { paging, ..GrantQuery::default() }).await;
    turns(&["created_at"], list).await;
}
