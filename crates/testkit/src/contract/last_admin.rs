//! That somebody can administer whatever is changed: an enabled user whose own grant of admin on everything is for good, and who is not denied
//! everything, neither themselves nor in a group at any depth.

use doorward_domain::{Grant, GrantId, Group, Member, Role, Subject, User};
use doorward_service::ports::Effects;
use doorward_service::{
    Stores,
    ports::{Joined, StoreError, UserChange},
};
use std::time::Duration;

use super::{Case, Replicas, cases, event};
use crate::{NOON, Untold as _, audit_event, grant, grant_to, group, user};

/// The suite.
pub const CASES: &[Case] = cases![
    the_last_admin_is_not_denied_everything,
    the_last_admin_is_not_denied_everything_in_a_group_at_any_depth,
    the_last_admin_joins_no_group_that_is_denied_everything,
    a_group_of_the_last_admin_joins_no_group_that_is_denied_everything,
    a_denial_for_a_while_is_one_until_it_lapses,
    less_than_everything_may_be_denied_to_the_last_admin,
    who_is_admin_in_a_group_only_does_not_keep_an_admin,
    a_denied_admin_does_not_keep_an_admin,
    with_another_admin_one_may_be_denied,
    an_end_of_a_denial_is_never_refused,
    a_denied_administrator_is_still_there_for_setting_up,
    two_replicas_never_remove_the_last_two_at_once,
];

fn refused<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::LastAdmin))
}

/// An administrator of this name.
async fn admin(db: &Replicas, name: &str) -> User {
    let admin = user(name).role(Role::Admin).build();
    db.create(&admin).await;
    admin
}

async fn groups<const N: usize>(db: &Replicas, names: [&str; N]) -> [Group; N] {
    let made = names.map(|name| group(name).build());
    for group in &made {
        db.groups.create(group, Effects::of(&event())).await.untold().unwrap();
    }
    made
}

async fn join(db: &Replicas, outer: &Group, member: Member) {
    assert_eq!(db.groups.join(outer.id, member, NOON, Effects::of(&event())).await.untold().unwrap(), Joined::Added);
}

fn denial(to: &Group) -> Grant {
    grant_to(Subject::Group(to.id), Role::Viewer).denying().build()
}

async fn the_last_admin_is_not_denied_everything(db: Replicas) {
    let ada = admin(&db, "ada").await;
    let before = db.traces().await;
    let denied = grant(&ada, Role::Viewer).denying();
    assert!(refused(&db.grants.put(&denied.clone().build(), Effects::of(&event())).await.untold()));
    assert!(refused(
        &db.grants.put(&denied.until(NOON.plus(Duration::from_hours(1))).build(), Effects::of(&event())).await.untold()
    ));
    assert_eq!(db.traces().await, before);
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().role, Some(Role::Admin));
}

async fn the_last_admin_is_not_denied_everything_in_a_group_at_any_depth(db: Replicas) {
    let ada = admin(&db, "ada").await;
    let [inner, middle, outer, aside] = groups(&db, ["inner", "middle", "outer", "aside"]).await;
    join(&db, &inner, Member::User(ada.id)).await;
    join(&db, &middle, Member::Group(inner.id)).await;
    join(&db, &outer, Member::Group(middle.id)).await;
    join(&db, &inner, Member::Group(aside.id)).await;
    let before = db.traces().await;
    for group in [&inner, &middle, &outer] {
        assert!(refused(&db.grants.put(&denial(group), Effects::of(&event())).await.untold()), "{}", group.name);
    }
    assert_eq!(db.traces().await, before);
    db.grants.put(&denial(&aside), Effects::of(&event())).await.untold().unwrap().expect("ada is not in that one");
}

async fn the_last_admin_joins_no_group_that_is_denied_everything(db: Replicas) {
    let ada = admin(&db, "ada").await;
    let [inner, outer] = groups(&db, ["inner", "outer"]).await;
    join(&db, &outer, Member::Group(inner.id)).await;
    db.grants.put(&denial(&outer), Effects::of(&event())).await.untold().unwrap().unwrap();
    let before = db.traces().await;
    for group in [&inner, &outer] {
        assert!(
            refused(&db.groups.join(group.id, Member::User(ada.id), NOON, Effects::of(&event())).await.untold()),
            "{}",
            group.name
        );
    }
    assert_eq!(db.traces().await, before);
    assert_eq!(db.groups.of_user(ada.id).await.unwrap(), []);
}

async fn a_group_of_the_last_admin_joins_no_group_that_is_denied_everything(db: Replicas) {
    let ada = admin(&db, "ada").await;
    let [inner, middle, outer] = groups(&db, ["inner", "middle", "outer"]).await;
    join(&db, &inner, Member::User(ada.id)).await;
    join(&db, &middle, Member::Group(inner.id)).await;
    db.grants.put(&denial(&outer), Effects::of(&event())).await.untold().unwrap().unwrap();
    for group in [&inner, &middle] {
        assert!(
            refused(&db.groups.join(outer.id, Member::Group(group.id), NOON, Effects::of(&event())).await.untold()),
            "{}",
            group.name
        );
    }
}

async fn a_denial_for_a_while_is_one_until_it_lapses(db: Replicas) {
    let ada = admin(&db, "ada").await;
    let bob = admin(&db, "bob").await;
    let [away] = groups(&db, ["away"]).await;
    join(&db, &away, Member::User(bob.id)).await;
    let until = NOON.plus(Duration::from_hours(1));
    let for_a_while = Grant { until: Some(until), ..denial(&away) };
    db.grants.put(&for_a_while, Effects::of(&event())).await.untold().unwrap().unwrap();
    assert!(refused(&db.users.delete(ada.id, Effects::of(&event())).await.untold()), "bob cannot do anything yet");
    let later = audit_event("later").at(until).build();
    assert!(db.users.delete(ada.id, Effects::of(&later)).await.untold().unwrap());
    let denied = grant(&bob, Role::Viewer).denying().build();
    assert!(refused(&db.grants.put(&denied, Effects::of(&later)).await.untold()), "bob counts again");
}

async fn less_than_everything_may_be_denied_to_the_last_admin(db: Replicas) {
    let ada = admin(&db, "ada").await;
    let [data] = groups(&db, ["data"]).await;
    join(&db, &data, Member::User(ada.id)).await;
    for to in [Subject::User(ada.id), Subject::Group(data.id)] {
        db.grants
            .put(&grant_to(to, Role::Viewer).on("etl").denying().build(), Effects::of(&event()))
            .await
            .untold()
            .unwrap()
            .unwrap();
        let thing = grant_to(to, Role::Viewer).on("wiki").reaching("job:x").denying().build();
        db.grants.put(&thing, Effects::of(&event())).await.untold().unwrap().unwrap();
    }
}

async fn who_is_admin_in_a_group_only_does_not_keep_an_admin(db: Replicas) {
    let ada = admin(&db, "ada").await;
    let bob = user("bob").build();
    db.create(&bob).await;
    let [admins] = groups(&db, ["admins"]).await;
    join(&db, &admins, Member::User(bob.id)).await;
    db.grants
        .put(&grant_to(Subject::Group(admins.id), Role::Admin).build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap()
        .unwrap();
    assert!(refused(&db.users.delete(ada.id, Effects::of(&event())).await.untold()));
    // Nor does a group, or a key, that has the id of a user.
    db.groups.create(&group("bob").build(), Effects::of(&event())).await.untold().unwrap();
    db.grants
        .put(&grant_to(Subject::Group(group("bob").build().id), Role::Admin).build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    assert!(refused(&db.users.delete(ada.id, Effects::of(&event())).await.untold()));
}

async fn a_denied_admin_does_not_keep_an_admin(db: Replicas) {
    let (ada, bob) = (admin(&db, "ada").await, admin(&db, "bob").await);
    let [inner, outer] = groups(&db, ["inner", "outer"]).await;
    join(&db, &inner, Member::User(bob.id)).await;
    join(&db, &outer, Member::Group(inner.id)).await;
    db.grants.put(&denial(&outer), Effects::of(&event())).await.untold().unwrap().unwrap();
    let disable = UserChange { is_disabled: Some(true), ..UserChange::default() };
    let demote = UserChange { role: Some(None), ..UserChange::default() };
    for change in [disable, demote] {
        assert!(refused(&db.users.update(ada.id, &change, NOON, Effects::of(&event())).await.untold()));
    }
    assert!(refused(&db.users.delete(ada.id, Effects::of(&event())).await.untold()));
    assert!(db.users.delete(bob.id, Effects::of(&event())).await.untold().unwrap(), "bob kept nobody an admin");
}

async fn with_another_admin_one_may_be_denied(db: Replicas) {
    let (ada, bob) = (admin(&db, "ada").await, admin(&db, "bob").await);
    let [away] = groups(&db, ["away"]).await;
    join(&db, &away, Member::User(ada.id)).await;
    db.grants.put(&denial(&away), Effects::of(&event())).await.untold().unwrap().unwrap();
    assert!(refused(&db.groups.join(away.id, Member::User(bob.id), NOON, Effects::of(&event())).await.untold()));
    assert!(refused(&db.users.delete(bob.id, Effects::of(&event())).await.untold()));
}

async fn an_end_of_a_denial_is_never_refused(db: Replicas) {
    let (ada, bob) = (admin(&db, "ada").await, admin(&db, "bob").await);
    let [one, two, three] = groups(&db, ["one", "two", "three"]).await;
    for group in [&one, &two, &three] {
        join(&db, group, Member::User(ada.id)).await;
        db.grants.put(&denial(group), Effects::of(&event())).await.untold().unwrap().unwrap();
    }
    assert!(db.groups.leave(one.id, Member::User(ada.id), Effects::of(&event())).await.untold().unwrap());
    assert!(db.groups.delete(two.id, Effects::of(&event())).await.untold().unwrap());
    let of_three = db.groups.graph().await.unwrap().grants;
    let of_three = of_three.iter().find(|grant| grant.subject == Subject::Group(three.id)).unwrap();
    assert!(refused(&db.users.delete(bob.id, Effects::of(&event())).await.untold()), "the third is still there");
    assert!(db.grants.remove(of_three.id, Effects::of(&event())).await.untold().unwrap());
    assert!(db.users.delete(bob.id, Effects::of(&event())).await.untold().unwrap());
}

async fn a_denied_administrator_is_still_there_for_setting_up(db: Replicas) {
    let (ada, bob) = (admin(&db, "ada").await, admin(&db, "bob").await);
    let [away] = groups(&db, ["away"]).await;
    join(&db, &away, Member::User(ada.id)).await;
    let until = NOON.plus(Duration::from_hours(1));
    db.grants
        .put(&Grant { until: Some(until), ..denial(&away) }, Effects::of(&event()))
        .await
        .untold()
        .unwrap()
        .unwrap();
    db.users.delete(bob.id, Effects::of(&audit_event("later").at(until).build())).await.untold().unwrap();
    assert!(db.users.has_admin().await.unwrap());
    assert!(!db.users.create_first_admin(&user("eve").build(), "hash", Effects::of(&event())).await.untold().unwrap());
}

/// Ways to stop being an administrator.
#[derive(Debug, Clone, Copy)]
enum Way {
    Role,
    Disabled,
    Denied,
    Removed,
    Joined,
    Deleted,
}

const WAYS: [Way; 6] = [Way::Role, Way::Disabled, Way::Denied, Way::Removed, Way::Joined, Way::Deleted];

/// The group that is denied everything.
fn away() -> Group {
    group("away").build()
}

async fn goes(stores: &Stores, who: &User, way: Way) -> Result<(), StoreError> {
    let audit = event();
    let demote = UserChange { role: Some(Some(Role::Viewer)), ..UserChange::default() };
    let disable = UserChange { is_disabled: Some(true), ..UserChange::default() };
    match way {
        Way::Role => stores.users.update(who.id, &demote, NOON, Effects::of(&audit)).await.untold().map(drop),
        Way::Disabled => stores.users.update(who.id, &disable, NOON, Effects::of(&audit)).await.untold().map(drop),
        Way::Denied => {
            stores.grants.put(&grant(who, Role::Viewer).denying().build(), Effects::of(&audit)).await.untold().map(drop)
        }
        // The grant that comes with a user's role has the user's own id.
        Way::Removed => {
            stores.grants.remove(GrantId::from_uuid(who.id.as_uuid()), Effects::of(&audit)).await.untold().map(drop)
        }
        Way::Joined => {
            stores.groups.join(away().id, Member::User(who.id), NOON, Effects::of(&audit)).await.untold().map(drop)
        }
        Way::Deleted => stores.users.delete(who.id, Effects::of(&audit)).await.untold().map(drop),
    }
}

/// Whichever way they went.
async fn comes_back(stores: &Stores, who: &User) {
    stores.groups.leave(away().id, Member::User(who.id), Effects::of(&event())).await.untold().unwrap();
    let back = UserChange { role: Some(Some(Role::Admin)), is_disabled: Some(false), ..UserChange::default() };
    if stores.users.update(who.id, &back, NOON, Effects::of(&event())).await.untold().unwrap().is_none() {
        stores.users.create(who, None, Effects::of(&event())).await.untold().unwrap();
    }
}

async fn two_replicas_never_remove_the_last_two_at_once(db: Replicas) {
    let [away] = groups(&db, ["away"]).await;
    db.grants.put(&denial(&away), Effects::of(&event())).await.untold().unwrap();
    let (ada, bob) = (admin(&db, "ada").await, admin(&db, "bob").await);
    for round in 0..216 {
        let (one, other) = (WAYS[round % WAYS.len()], WAYS[round / WAYS.len() % WAYS.len()]);
        let (first, second) = tokio::join!(goes(&db, &ada, one), goes(&db.other, &bob, other));
        let said = format!("{round}: {one:?} {first:?}, {other:?} {second:?}");
        assert!(first.is_ok() != second.is_ok() && refused(&first) != refused(&second), "{said}");
        let (gone, left, way) = if first.is_ok() { (&ada, &bob, other) } else { (&bob, &ada, one) };
        assert!(refused(&goes(&db, left, way).await), "{said}: the one who is left goes as well");
        comes_back(&db.other, gone).await;
    }
}
