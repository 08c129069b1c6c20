//! What [`GroupStore`](doorward_service::ports::GroupStore) promises of groups themselves. Who is in them is in `members`; that
//! none costs the last administrator, in `last_admin`.

use doorward_domain::{Group, Member, Role, Subject, User};
use doorward_service::ports::{
    Change, Effects, GrantQuery, GroupChange, GroupGraph, GroupQuery, Joined, Paging, StoreError,
};
use std::time::Duration;

use super::{
    Case, Replicas, cases, event,
    paging::{searching, turns},
};
use crate::{NOON, Untold as _, grant_to, group, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_group_is_found_as_made_by_id_and_by_name,
    a_name_in_use_is_refused_in_any_case_and_without_a_trace,
    groups_and_people_may_be_called_alike,
    a_change_changes_what_it_names_and_nothing_else,
    changing_no_group_does_nothing,
    every_change_is_told_once_and_recorded,
    a_deleted_group_takes_memberships_and_grants_along,
    the_graph_is_all_groups_and_what_they_were_given,
    groups_are_listed_by_member,
    groups_are_searched_by_name_and_description,
    pages_of_groups_turn,
];

/// Makes a group of this name.
pub(super) async fn made(db: &Replicas, name: &str) -> Group {
    let made = group(name).build();
    db.groups.create(&made, Effects::of(&event())).await.untold().unwrap();
    made
}

/// Makes a user of this name.
pub(super) async fn person(db: &Replicas, name: &str) -> User {
    let person = user(name).build();
    db.create(&person).await;
    person
}

pub(super) async fn join(db: &Replicas, outer: &Group, member: Member) -> Joined {
    db.groups.join(outer.id, member, NOON, Effects::of(&event())).await.untold().unwrap()
}

async fn a_group_is_found_as_made_by_id_and_by_name(db: Replicas) {
    let data = group("data").described("All who build tables; \"quoted\" 100%").build();
    db.groups.create(&data, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.other.groups.find(data.id).await.unwrap(), Some(data.clone()));
    assert_eq!(db.groups.find_by_name(&"DATA".parse().unwrap()).await.unwrap(), Some(data));
    assert_eq!(db.groups.find(group("other").build().id).await.unwrap(), None);
    assert_eq!(db.groups.find_by_name(&"other".parse().unwrap()).await.unwrap(), None);
}

async fn a_name_in_use_is_refused_in_any_case_and_without_a_trace(db: Replicas) {
    made(&db, "data").await;
    let ops = made(&db, "ops").await;
    let before = db.traces().await;
    let namesake = Group { id: group("another").build().id, ..group("Data").build() };
    let refused = db.groups.create(&namesake, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("name"))), "{refused:?}");
    let renamed = GroupChange { name: Some("DATA".parse().unwrap()), ..GroupChange::default() };
    let refused = db.groups.update(ops.id, &renamed, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("name"))), "{refused:?}");
    assert_eq!(db.traces().await, before);
    let own = GroupChange { name: Some("OPS".parse().unwrap()), ..GroupChange::default() };
    assert_eq!(
        db.groups.update(ops.id, &own, Effects::of(&event())).await.untold().unwrap(),
        Some(ops),
        "one's own name is free"
    );
}

async fn groups_and_people_may_be_called_alike(db: Replicas) {
    let (people, ada) = (made(&db, "ada").await, person(&db, "ada").await);
    assert_eq!(people.id.as_uuid(), ada.id.as_uuid(), "the test wants them alike in all but their kind");
    assert_eq!(join(&db, &people, Member::User(ada.id)).await, Joined::Added);
    assert_eq!(db.groups.of_user(ada.id).await.unwrap(), [people.id]);
    assert!(db.users.delete(ada.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.groups.find(people.id).await.unwrap(), Some(people));
}

async fn a_change_changes_what_it_names_and_nothing_else(db: Replicas) {
    let data = group("data").described("before").build();
    db.groups.create(&data, Effects::of(&event())).await.untold().unwrap();
    made(&db, "ops").await;
    let nothing = db.groups.update(data.id, &GroupChange::default(), Effects::of(&event())).await.untold().unwrap();
    assert_eq!(nothing, Some(data.clone()));
    let described = GroupChange { description: Some("after".to_owned()), ..GroupChange::default() };
    db.groups.update(data.id, &described, Effects::of(&event())).await.untold().unwrap();
    let renamed = GroupChange { name: Some("people".parse().unwrap()), ..GroupChange::default() };
    let expected = Group { name: "people".parse().unwrap(), description: "after".to_owned(), ..data };
    assert_eq!(
        db.groups.update(expected.id, &renamed, Effects::of(&event())).await.untold().unwrap(),
        Some(expected.clone())
    );
    assert_eq!(db.other.groups.find(expected.id).await.unwrap(), Some(expected));
    assert_eq!(db.groups.list(&GroupQuery::default()).await.unwrap().total, 2);
}

async fn changing_no_group_does_nothing(db: Replicas) {
    let ada = person(&db, "ada").await;
    let before = db.traces().await;
    let gone = group("gone").build().id;
    let change = GroupChange { description: Some("x".to_owned()), ..GroupChange::default() };
    assert_eq!(db.groups.update(gone, &change, Effects::of(&event())).await.untold().unwrap(), None);
    assert!(!db.groups.delete(gone, Effects::of(&event())).await.untold().unwrap());
    assert!(!db.groups.leave(gone, Member::User(ada.id), Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.traces().await, before);
}

async fn every_change_is_told_once_and_recorded(db: Replicas) {
    let ada = person(&db, "ada").await;
    let (events, seen) = db.traces().await;
    let (outer, inner) = (made(&db, "outer").await, made(&db, "inner").await);
    join(&db, &outer, Member::User(ada.id)).await;
    join(&db, &outer, Member::Group(inner.id)).await;
    db.groups.leave(outer.id, Member::User(ada.id), Effects::of(&event())).await.untold().unwrap();
    db.groups.leave(outer.id, Member::Group(inner.id), Effects::of(&event())).await.untold().unwrap();
    db.groups.update(outer.id, &GroupChange::default(), Effects::of(&event())).await.untold().unwrap();
    db.groups.delete(outer.id, Effects::of(&event())).await.untold().unwrap();
    let told = db.changes.since(seen).await.unwrap().0;
    let (of_ada, of_inner, of_outer) = (Change::User(ada.id), Change::Group(inner.id), Change::Group(outer.id));
    assert_eq!(told, [of_outer, of_inner, of_ada, of_inner, of_ada, of_inner, of_outer, of_outer]);
    assert_eq!(db.traces().await.0, events + 8);
}

async fn a_deleted_group_takes_memberships_and_grants_along(db: Replicas) {
    let (outer, middle, inner) = (made(&db, "outer").await, made(&db, "middle").await, made(&db, "inner").await);
    let ada = person(&db, "ada").await;
    join(&db, &outer, Member::Group(middle.id)).await;
    join(&db, &middle, Member::Group(inner.id)).await;
    join(&db, &middle, Member::User(ada.id)).await;
    join(&db, &outer, Member::User(ada.id)).await;
    for to in [Subject::Group(middle.id), Subject::Group(outer.id)] {
        db.grants.put(&grant_to(to, Role::Viewer).on("etl").build(), Effects::of(&event())).await.untold().unwrap();
    }
    assert!(db.groups.delete(middle.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.groups.find(middle.id).await.unwrap(), None);
    assert_eq!(db.groups.of_user(ada.id).await.unwrap(), [outer.id]);
    let graph = db.groups.graph().await.unwrap();
    assert_eq!((graph.names.len(), graph.inside.len(), graph.grants.len()), (2, 0, 1));
    // Nothing comes back with the name.
    made(&db, "middle").await;
    assert_eq!(db.groups.members(middle.id, &Paging::default()).await.unwrap().total, 0);
    let of_it = GrantQuery { subject: Some(Subject::Group(middle.id)), ..GrantQuery::default() };
    assert_eq!(db.grants.list(&of_it).await.unwrap().total, 0);
}

async fn the_graph_is_all_groups_and_what_they_were_given(db: Replicas) {
    assert_eq!(db.groups.graph().await.unwrap(), GroupGraph::default());
    let (outer, inner, alone) = (made(&db, "outer").await, made(&db, "inner").await, made(&db, "alone").await);
    let ada = person(&db, "ada").await;
    join(&db, &outer, Member::Group(inner.id)).await;
    join(&db, &inner, Member::User(ada.id)).await;
    let given = grant_to(Subject::Group(outer.id), Role::Operator).on("etl").reaching("job:*").build();
    db.grants.put(&given, Effects::of(&event())).await.untold().unwrap();
    db.grants
        .put(&grant_to(Subject::User(ada.id), Role::Viewer).build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    let mut graph = db.other.groups.graph().await.unwrap();
    graph.names.sort_by(|one, other| one.1.cmp(&other.1));
    let names = [&alone, &inner, &outer].map(|group| (group.id, group.name.clone())).to_vec();
    assert_eq!(graph, GroupGraph { names, inside: vec![(inner.id, outer.id)], grants: vec![given] });
}

fn names(groups: &[Group]) -> String {
    groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(" ")
}

async fn groups_are_listed_by_member(db: Replicas) {
    let (data, ops, ada) = (made(&db, "data").await, made(&db, "ops").await, person(&db, "ada").await);
    made(&db, "empty").await;
    join(&db, &data, Member::User(ada.id)).await;
    join(&db, &ops, Member::User(ada.id)).await;
    join(&db, &ops, Member::Group(data.id)).await;
    let holding = async |member| {
        let listed = db.groups.list(&GroupQuery { holding: Some(member), ..GroupQuery::default() }).await.unwrap();
        assert_eq!(listed.total, u64::try_from(listed.items.len()).unwrap());
        names(&listed.items)
    };
    assert_eq!(holding(Member::User(ada.id)).await, "data ops");
    assert_eq!(holding(Member::Group(data.id)).await, "ops");
    assert_eq!(holding(Member::User(user("data").build().id)).await, "", "an id is not enough");
}

async fn groups_are_searched_by_name_and_description(db: Replicas) {
    db.groups.create(&group("data").described("ÉLODIE's 100%").build(), Effects::of(&event())).await.untold().unwrap();
    db.groups.create(&group("d_ta").build(), Effects::of(&event())).await.untold().unwrap();
    let found = async |text: &str| {
        let query = GroupQuery { paging: searching(text), ..GroupQuery::default() };
        names(&db.groups.list(&query).await.unwrap().items)
    };
    assert_eq!(
        (found("DAT").await, found("élodie").await, found("0%").await),
        ("data".into(), "data".into(), "data".into())
    );
    assert_eq!(
        (found("d_t").await, found("d%a").await, found(" ").await),
        ("d_ta".into(), String::new(), "d_ta data".into())
    );
    let described = GroupChange { description: Some("quiet".to_owned()), ..GroupChange::default() };
    db.groups.update(group("data").build().id, &described, Effects::of(&event())).await.untold().unwrap();
    assert_eq!((found("élodie").await, found("quiet").await), (String::new(), "data".to_owned()));
}

async fn pages_of_groups_turn(db: Replicas) {
    for (n, name) in ["eve", "ada", "kim", "bob", "zoe"].into_iter().enumerate() {
        let moment = NOON.plus(Duration::from_secs(u64::try_from(n / 2).unwrap()));
        db.groups.create(&group(name).created_at(moment).build(), Effects::of(&event())).await.untold().unwrap();
    }
    let list = async |paging: Paging| db.groups.list(&GroupQuery { paging, ..GroupQuery::default() }).await;
    turns(&["name", "created_at"], list).await;
}
