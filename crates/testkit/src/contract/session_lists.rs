//! What [`SessionStore`](doorward_service::ports::SessionStore) promises of its lists.

use doorward_domain::{Role, SessionLimits};
use doorward_service::ports::{Effects, Paging, SessionQuery};
use std::time::Duration;

use super::{
    Case, PROOF, Replicas, cases, event,
    paging::{searching, sorted, turns},
    sessions::minutes,
    token,
};
use crate::{NOON, Untold as _, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    sessions_are_listed_with_their_users_newest_first,
    sessions_of_one_user_are_listed_alone,
    sessions_past_their_end_are_not_listed,
    sessions_over_by_their_idle_end_are_not_listed,
    sessions_are_searched_by_username_address_and_program,
    pages_of_sessions_turn,
];

/// Ada on a laptop and a phone, then bob on a desk.
async fn three_sessions(db: &Replicas) {
    let (ada, bob) = (user("ada").role(Role::Viewer).build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    for (n, one) in [
        session(&ada, "laptop").from("192.0.2.1").with_agent("Firefox/140"),
        session(&ada, "phone").from("2001:db8::7").with_agent("Safari 100% ÄÖÜ"),
        session(&bob, "desk").from("198.51.100.3").with_agent("curl/8"),
    ]
    .into_iter()
    .enumerate()
    {
        let one = one.opened_at(minutes(u64::try_from(n).unwrap())).build();
        db.sessions.open(&one, &token(&n.to_string()), PROOF, None, Effects::of(&event())).await.untold().unwrap();
    }
}

async fn sessions_are_listed_with_their_users_newest_first(db: Replicas) {
    three_sessions(&db).await;
    let listed = db.sessions.list(&SessionQuery::default(), NOON).await.unwrap();
    let names: Vec<&str> = listed.items.iter().map(|(_, user)| user.username.as_str()).collect();
    assert_eq!(names, ["bob", "ada", "ada"]);
    assert_eq!(listed.items[2].1.role, Some(Role::Viewer));
    let ada = user("ada").build();
    db.sessions.touch(&[(session(&ada, "laptop").build().id, minutes(9))]).await.unwrap();
    let by_use = SessionQuery { paging: sorted("-last_seen_at"), ..SessionQuery::default() };
    assert_eq!(db.sessions.list(&by_use, NOON).await.unwrap().items[0].0.id, session(&ada, "laptop").build().id);
}

async fn sessions_of_one_user_are_listed_alone(db: Replicas) {
    three_sessions(&db).await;
    let of_ada = SessionQuery { user: Some(user("ada").build().id), ..SessionQuery::default() };
    let listed = db.sessions.list(&of_ada, NOON).await.unwrap();
    assert_eq!((listed.total, listed.items.len()), (2, 2));
    let of_nobody = SessionQuery { user: Some(user("gone").build().id), ..SessionQuery::default() };
    assert_eq!(db.sessions.list(&of_nobody, NOON).await.unwrap().total, 0);
}

async fn sessions_past_their_end_are_not_listed(db: Replicas) {
    three_sessions(&db).await;
    let next_day = NOON.plus(Duration::from_hours(24));
    assert_eq!(db.sessions.list(&SessionQuery::default(), next_day).await.unwrap().total, 2);
}

async fn sessions_over_by_their_idle_end_are_not_listed(db: Replicas) {
    three_sessions(&db).await;
    let listed = async |idle: u64, renew: bool, at: u64| {
        let limits = SessionLimits { idle: Duration::from_mins(idle), renew, ..SessionLimits::default() };
        let query = SessionQuery { live_by: Some(limits), ..SessionQuery::default() };
        db.sessions.list(&query, minutes(at)).await.unwrap().total
    };
    assert_eq!((listed(10, true, 9).await, listed(10, true, 10).await, listed(10, true, 12).await), (3, 2, 0));
    let first = session(&user("ada").build(), "laptop").build().id;
    db.sessions.touch(&[(first, minutes(9))]).await.unwrap();
    assert_eq!((listed(10, true, 12).await, listed(10, true, 19).await), (1, 0), "heard of later");
    assert_eq!(listed(10, false, 12).await, 0, "which puts nothing off without renewal");
    let kept = session(&user("bob").build(), "kept").opened_at(minutes(0)).remembered().build();
    db.sessions.open(&kept, &token("kept"), PROOF, None, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(listed(10, true, 30).await, 1, "who asked to stay signed in has no idle end");
}

async fn sessions_are_searched_by_username_address_and_program(db: Replicas) {
    three_sessions(&db).await;
    let found = async |text: &str| {
        let query = SessionQuery { paging: searching(text), ..SessionQuery::default() };
        db.sessions.list(&query, NOON).await.unwrap().total
    };
    assert_eq!((found("Ada").await, found("198.51").await, found("FIREFOX").await, found("äöü").await), (2, 1, 1, 1));
    assert_eq!(
        (found("100%").await, found("1%2").await, found("_").await, found("!").await, found("'").await),
        (1, 0, 0, 0, 0)
    );
}

async fn pages_of_sessions_turn(db: Replicas) {
    three_sessions(&db).await;
    // Two of the same moment.
    for name in ["x", "y"] {
        db.sign_in(&user("bob").build(), name).await;
    }
    let list = async |paging: Paging| db.sessions.list(&SessionQuery { paging, ..SessionQuery::default() }, NOON).await;
    turns(&["created_at", "last_seen_at"], list).await;
}
