//! What [`GroupStore`](doorward_service::ports::GroupStore) promises of who is in which group.

use doorward_domain::{Group, Member};
use doorward_service::ports::{Effects, Joined, NamedMember, Paging, StoreError};

use super::{
    Case, Replicas, cases, event,
    groups::{join, made, person},
    paging::{searching, sorted},
};
use crate::{NOON, Untold as _, group, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_member_joins_once,
    only_what_is_there_joins_what_is_there,
    a_group_is_never_in_itself_at_any_depth,
    one_group_in_another_on_two_ways_is_no_circle,
    a_circle_is_not_closed_by_two_calls_at_once,
    who_left_is_out_and_leaves_only_once,
    a_deleted_user_is_in_no_group,
    members_are_listed_groups_first_and_searched_by_name,
    pages_of_members_turn,
];

/// A group of three groups and four people, some of them called alike.
async fn full(db: &Replicas) -> Group {
    let full = made(db, "full").await;
    for name in ["ops", "data", "b"] {
        let inner = made(db, name).await;
        join(db, &full, Member::Group(inner.id)).await;
    }
    for name in ["zoe", "ada", "data", "kim"] {
        let member = person(db, name).await;
        join(db, &full, Member::User(member.id)).await;
    }
    full
}

fn told(members: &[NamedMember]) -> String {
    let told = |member: &NamedMember| match member.member {
        Member::User(_) => member.name.clone(),
        Member::Group(_) => format!("group:{}", member.name),
    };
    members.iter().map(told).collect::<Vec<_>>().join(" ")
}

async fn a_member_joins_once(db: Replicas) {
    let (data, ops, ada) = (made(&db, "data").await, made(&db, "ops").await, person(&db, "ada").await);
    for member in [Member::User(ada.id), Member::Group(ops.id)] {
        assert_eq!(join(&db, &data, member).await, Joined::Added);
        let before = db.traces().await;
        assert_eq!(join(&db, &data, member).await, Joined::Already);
        assert_eq!(db.traces().await, before);
    }
    let members = db.groups.members(data.id, &Paging::default()).await.unwrap();
    assert_eq!((members.total, members.items.len()), (2, 2));
    assert!(members.items.iter().all(|member| member.since == NOON));
}

async fn only_what_is_there_joins_what_is_there(db: Replicas) {
    let (data, ada) = (made(&db, "data").await, person(&db, "ada").await);
    let before = db.traces().await;
    let gone = group("gone").build();
    assert_eq!(join(&db, &gone, Member::User(ada.id)).await, Joined::NoGroup);
    assert_eq!(join(&db, &gone, Member::Group(gone.id)).await, Joined::NoGroup);
    assert_eq!(join(&db, &data, Member::User(user("gone").build().id)).await, Joined::NoMember);
    assert_eq!(join(&db, &data, Member::Group(gone.id)).await, Joined::NoMember);
    // There is a group with that id, and a user with this one.
    assert_eq!(join(&db, &data, Member::User(user("data").build().id)).await, Joined::NoMember);
    assert_eq!(join(&db, &data, Member::Group(group("ada").build().id)).await, Joined::NoMember);
    assert_eq!(db.traces().await, before);
}

async fn a_group_is_never_in_itself_at_any_depth(db: Replicas) {
    let mut chain = Vec::new();
    for n in 0..12 {
        chain.push(made(&db, &format!("g{n}")).await);
    }
    for pair in chain.windows(2) {
        assert_eq!(join(&db, &pair[0], Member::Group(pair[1].id)).await, Joined::Added);
    }
    let before = db.traces().await;
    for (n, inner) in chain.iter().enumerate() {
        for outer in &chain[n..] {
            assert_eq!(
                join(&db, outer, Member::Group(inner.id)).await,
                Joined::Cycle,
                "{} in {}",
                inner.name,
                outer.name
            );
        }
    }
    assert_eq!(db.traces().await, before);
    db.groups.leave(chain[5].id, Member::Group(chain[6].id), Effects::of(&event())).await.untold().unwrap();
    assert_eq!(join(&db, &chain[11], Member::Group(chain[0].id)).await, Joined::Added, "the chain is cut");
    assert_eq!(join(&db, &chain[5], Member::Group(chain[6].id)).await, Joined::Cycle);
}

async fn one_group_in_another_on_two_ways_is_no_circle(db: Replicas) {
    let (top, left, right, low) =
        (made(&db, "top").await, made(&db, "left").await, made(&db, "right").await, made(&db, "low").await);
    for (outer, inner) in [(&top, &left), (&top, &right), (&left, &low), (&right, &low), (&top, &low)] {
        assert_eq!(join(&db, outer, Member::Group(inner.id)).await, Joined::Added);
    }
    assert_eq!(join(&db, &low, Member::Group(top.id)).await, Joined::Cycle);
}

async fn a_circle_is_not_closed_by_two_calls_at_once(db: Replicas) {
    let (one, two) = (made(&db, "one").await, made(&db, "two").await);
    for round in 0..100 {
        let (audit, two_in_one, one_in_two) = (event(), Member::Group(two.id), Member::Group(one.id));
        let (first, second) = tokio::join!(
            db.groups.join(one.id, two_in_one, NOON, Effects::of(&audit)),
            db.other.groups.join(two.id, one_in_two, NOON, Effects::of(&audit))
        );
        let outcomes = [first, second].map(|joined| joined.untold().unwrap());
        assert!(outcomes.contains(&Joined::Added) && outcomes.contains(&Joined::Cycle), "{round}: {outcomes:?}");
        db.groups.leave(one.id, two_in_one, Effects::of(&event())).await.untold().unwrap();
        db.groups.leave(two.id, one_in_two, Effects::of(&event())).await.untold().unwrap();
    }
}

async fn who_left_is_out_and_leaves_only_once(db: Replicas) {
    let (data, ada, bob) = (made(&db, "data").await, person(&db, "ada").await, person(&db, "bob").await);
    join(&db, &data, Member::User(ada.id)).await;
    join(&db, &data, Member::User(bob.id)).await;
    assert!(db.groups.leave(data.id, Member::User(ada.id), Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.groups.of_user(ada.id).await.unwrap(), []);
    assert_eq!(db.groups.of_user(bob.id).await.unwrap(), [data.id]);
    let before = db.traces().await;
    assert!(!db.groups.leave(data.id, Member::User(ada.id), Effects::of(&event())).await.untold().unwrap());
    // A user of that id is in it, a group is not.
    assert!(
        !db.groups
            .leave(data.id, Member::Group(group("bob").build().id), Effects::of(&event()))
            .await
            .untold()
            .unwrap()
    );
    assert_eq!(db.traces().await, before);
}

async fn a_deleted_user_is_in_no_group(db: Replicas) {
    let (data, ada) = (made(&db, "data").await, person(&db, "ada").await);
    // A group of the same id, whose membership is not the user's.
    let namesake = made(&db, "ada").await;
    join(&db, &data, Member::User(ada.id)).await;
    join(&db, &data, Member::Group(namesake.id)).await;
    db.users.delete(ada.id, Effects::of(&event())).await.untold().unwrap();
    let left = db.groups.members(data.id, &Paging::default()).await.unwrap();
    assert_eq!(left.items.iter().map(|member| member.member).collect::<Vec<_>>(), [Member::Group(namesake.id)]);
    db.create(&ada).await;
    assert_eq!(db.groups.of_user(ada.id).await.unwrap(), []);
}

async fn members_are_listed_groups_first_and_searched_by_name(db: Replicas) {
    let full = full(&db).await;
    let listed = async |paging: Paging| {
        let listed = db.groups.members(full.id, &paging).await.unwrap();
        assert_eq!(listed.total, u64::try_from(listed.items.len()).unwrap());
        told(&listed.items)
    };
    assert_eq!(listed(Paging::default()).await, "group:b group:data group:ops ada data kim zoe");
    assert_eq!(listed(searching("DATA")).await, "group:data data");
    assert_eq!(listed(searching("i")).await, "kim");
    assert_eq!((listed(searching("%")).await, listed(searching("_")).await), (String::new(), String::new()));
    let nobody = db.groups.members(group("gone").build().id, &Paging::default()).await.unwrap();
    assert_eq!((nobody.total, nobody.items.len()), (0, 0));
}

async fn pages_of_members_turn(db: Replicas) {
    let full = full(&db).await;
    let whole = db.groups.members(full.id, &sorted("name")).await.unwrap().items;
    for limit in 1..9 {
        let (mut turned, mut cursor) = (Vec::new(), None);
        loop {
            let page = db.groups.members(full.id, &Paging { limit, cursor, ..Paging::default() }).await.unwrap();
            assert_eq!(page.total, 7);
            assert!(page.items.len() == usize::try_from(limit).unwrap() || page.next_cursor.is_none());
            turned.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(turned, whole, "pages of {limit}");
    }
    for wrong in [sorted("-name"), sorted("since"), Paging { cursor: Some("AAAA".to_owned()), ..Paging::default() }] {
        assert!(matches!(db.groups.members(full.id, &wrong).await, Err(StoreError::BadQuery(_))), "{wrong:?}");
    }
}
