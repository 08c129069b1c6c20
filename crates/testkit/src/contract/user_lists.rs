//! What [`UserStore`](doorward_service::ports::UserStore) promises of its lists.

use doorward_domain::Role;
use doorward_service::ports::{Effects, Paging, UserChange, UserQuery};
use std::time::Duration;

use super::{
    Case, Replicas, cases, event,
    paging::{searching, sorted, turns},
};
use crate::{NOON, Untold as _, grant, user};

/// The suite.
pub const CASES: &[Case] = cases![
    users_are_listed_by_role_and_state,
    users_are_searched_by_all_their_names,
    wildcards_in_a_search_mean_themselves,
    pages_of_users_turn,
];

async fn users_are_listed_by_role_and_state(db: Replicas) {
    db.create(&user("ada").role(Role::Admin).build()).await;
    db.create(&user("bob").role(Role::Viewer).build()).await;
    db.create(&user("eve").role(Role::Viewer).disabled().build()).await;
    db.create(&user("kim").build()).await;
    db.grants
        .put(&grant(&user("kim").build(), Role::Viewer).on("etl").build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    let names = async |role, is_disabled| {
        let listed = db.users.list(&UserQuery { role, is_disabled, ..UserQuery::default() }).await.unwrap();
        assert_eq!(listed.total, u64::try_from(listed.items.len()).unwrap());
        listed.items.iter().map(|user| user.username.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(None, None).await, "ada bob eve kim");
    assert_eq!(names(Some(Role::Viewer), None).await, "bob eve");
    assert_eq!(names(Some(Role::Viewer), Some(false)).await, "bob");
    assert_eq!(names(None, Some(true)).await, "eve");
}

async fn users_are_searched_by_all_their_names(db: Replicas) {
    db.create(&user("ada").email("Countess@example.com").full_name("Ada Lovelace").build()).await;
    db.create(&user("elodie").full_name("ÉLODIE Œ.").build()).await;
    let found = async |text: &str| {
        let listed = db.users.list(&UserQuery { paging: searching(text), ..UserQuery::default() }).await.unwrap();
        listed.items.iter().map(|user| user.username.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found("ADA").await, "ada");
    assert_eq!(found("countess@").await, "ada");
    assert_eq!(found("LOVE").await, "ada");
    assert_eq!(found("élo").await, "elodie");
    assert_eq!(found("œ").await, "elodie");
    assert_eq!(found("  ").await, "ada elodie");
    assert_eq!(found("nobody").await, "");
    let renamed = UserChange { full_name: Some("Ada King".to_owned()), email: Some(None), ..UserChange::default() };
    db.users.update(user("ada").build().id, &renamed, NOON, Effects::of(&event())).await.untold().unwrap();
    assert_eq!((found("love").await, found("king").await), (String::new(), "ada".to_owned()));
}

async fn wildcards_in_a_search_mean_themselves(db: Replicas) {
    db.create(&user("a_b").full_name("100%! \\ 'quoted' \"twice\"").build()).await;
    db.create(&user("axb").full_name("plain").build()).await;
    let found = async |text: &str| {
        db.users.list(&UserQuery { paging: searching(text), ..UserQuery::default() }).await.unwrap().total
    };
    for once in ["a_b", "100%", "%!", "\\", "'quoted'", "\"twice\""] {
        assert_eq!(found(once).await, 1, "{once}");
    }
    for never in ["a%b", "__", "%%", "';--", "pl_in"] {
        assert_eq!(found(never).await, 0, "{never}");
    }
}

async fn pages_of_users_turn(db: Replicas) {
    for (n, name) in ["eve", "ada", "kim", "bob", "zoe"].into_iter().enumerate() {
        // Two at a time are made at the same moment.
        let moment = NOON.plus(Duration::from_secs(u64::try_from(n / 2).unwrap()));
        db.create(&user(name).created_at(moment).role(Role::Viewer).build()).await;
    }
    db.sign_in(&user("ada").build(), "laptop").await;
    let list = async |paging: Paging| db.users.list(&UserQuery { paging, ..UserQuery::default() }).await;
    turns(&["username", "created_at", "last_sign_in_at"], list).await;
    let recent =
        db.users.list(&UserQuery { paging: sorted("-last_sign_in_at"), ..UserQuery::default() }).await.unwrap();
    assert_eq!(recent.items[0].username.as_str(), "ada");
}
