//! What [`SessionStore`](doorward_service::ports::SessionStore) promises.

use doorward_domain::{Rights, Role, Session, SessionId, SessionLimits, Timestamp, User};
use doorward_service::ports::{AuditQuery, Change, Paging, Proof, SessionQuery, UserChange};
use std::time::Duration;

use super::{
    Case, PROOF, Replicas, cases, event,
    paging::{searching, sorted, turns},
    token,
};
use crate::{NOON, grant, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_token_opens_with_its_user_and_all_their_grants,
    a_user_without_grants_is_signed_in_all_the_same,
    an_unknown_token_opens_nothing,
    an_expired_session_opens_nothing_from_its_last_moment_on,
    a_disabled_users_session_opens_nothing,
    signing_in_is_noted_with_the_user,
    nobody_gone_or_disabled_signs_in,
    a_password_that_was_changed_meanwhile_proves_nothing,
    a_token_is_never_taken_twice,
    a_rotated_session_ends_as_the_new_one_opens,
    an_ended_session_opens_nothing_and_is_told,
    exactly_one_of_two_racing_calls_ends_a_session,
    ending_all_but_one_leaves_that_one_and_those_of_others,
    ending_nothing_leaves_no_trace,
    a_proof_is_noted_and_told_unless_the_session_has_ended,
    a_session_seen_later_is_never_put_back,
    many_sessions_are_touched_at_once,
    what_expired_or_idled_is_ended_and_told_and_nothing_else,
    a_remembered_session_ends_only_at_its_end,
    sessions_are_listed_with_their_users_newest_first,
    sessions_of_one_user_are_listed_alone,
    sessions_past_their_end_are_not_listed,
    sessions_over_by_their_idle_end_are_not_listed,
    sessions_are_searched_by_username_address_and_program,
    pages_of_sessions_turn,
];

fn minutes(n: u64) -> Timestamp {
    NOON.plus(Duration::from_mins(n))
}

async fn a_token_opens_with_its_user_and_all_their_grants(db: Replicas) {
    let ada = user("ada").role(Role::Viewer).email("ada@example.com").full_name("Ada L.").build();
    db.create(&ada).await;
    db.grants.put(&grant(&ada, Role::Operator).on("etl").until(minutes(5)).build(), &event()).await.unwrap();
    let token = db.sign_in(&ada, "laptop").await;
    db.create(&user("bob").role(Role::Admin).build()).await;
    let by_token = db.other.sessions.find_live(&token, NOON).await.unwrap().unwrap();
    let by_id = db.sessions.find_live_by_id(session(&ada, "laptop").build().id, NOON).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&by_token));
    assert_eq!(by_token.session, session(&ada, "laptop").build());
    assert_eq!((by_token.user.id, by_token.user.role, by_token.grants.len()), (ada.id, Some(Role::Viewer), 2));
    assert_eq!(Rights::compile(&by_token.grants).on(&"etl".parse().unwrap()).role(None, NOON), Some(Role::Operator));
    assert_eq!(Some(User::clone(&by_token.user)), db.users.find(ada.id).await.unwrap());
}

async fn a_user_without_grants_is_signed_in_all_the_same(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "laptop").await;
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap().unwrap().grants.len(), 0);
}

async fn an_unknown_token_opens_nothing(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    db.sign_in(&ada, "laptop").await;
    assert_eq!(db.sessions.find_live(&token("laptop "), NOON).await.unwrap(), None);
    assert_eq!(db.sessions.find_live_by_id(SessionId::generate(NOON, [0; 10]), NOON).await.unwrap(), None);
}

async fn an_expired_session_opens_nothing_from_its_last_moment_on(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let short = session(&ada, "short").expires_at(minutes(10)).build();
    db.sessions.open(&short, &token("short"), PROOF, None, &event()).await.unwrap();
    let before = Timestamp::from_millis(minutes(10).as_millis() - 1);
    assert!(db.sessions.find_live(&token("short"), before).await.unwrap().is_some());
    assert_eq!(db.sessions.find_live(&token("short"), minutes(10)).await.unwrap(), None);
    assert_eq!(db.sessions.find_live_by_id(short.id, minutes(10)).await.unwrap(), None);
}

async fn a_disabled_users_session_opens_nothing(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "laptop").await;
    let mut disable = UserChange { is_disabled: Some(true), ..UserChange::default() };
    db.other.users.update(ada.id, &disable, NOON, &event()).await.unwrap();
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap(), None);
    disable.is_disabled = Some(false);
    db.users.update(ada.id, &disable, NOON, &event()).await.unwrap();
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap(), None, "enabling does not bring sessions back");
}

async fn signing_in_is_noted_with_the_user(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().last_sign_in_at, None);
    db.sessions
        .open(&session(&ada, "s").opened_at(minutes(3)).build(), &token("s"), PROOF, None, &event())
        .await
        .unwrap();
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().last_sign_in_at, Some(minutes(3)));
}

async fn nobody_gone_or_disabled_signs_in(db: Replicas) {
    let eve = user("eve").disabled().build();
    db.create(&eve).await;
    let before = db.traces().await;
    for stranger in [eve.clone(), user("gone").build()] {
        let refused = session(&stranger, "s").build();
        assert!(!db.sessions.open(&refused, &token("s"), PROOF, None, &event()).await.unwrap());
        assert_eq!(db.sessions.find_live_by_id(refused.id, NOON).await.unwrap(), None);
    }
    assert_eq!(db.traces().await, before);
    assert_eq!(db.users.find(eve.id).await.unwrap().unwrap().last_sign_in_at, None);
}

async fn a_password_that_was_changed_meanwhile_proves_nothing(db: Replicas) {
    let (ada, eve) = (user("ada").build(), user("eve").build());
    db.create(&ada).await;
    db.users.create(&eve, None, &event()).await.unwrap();
    db.sign_in(&ada, "laptop").await;
    let laptop = session(&ada, "laptop").build();
    let other = Proof::PasswordHash("another hash");
    db.other.users.change_password(ada.id, laptop.id, PROOF, "another hash", &event()).await.unwrap();
    let before = db.traces().await;
    for (who, proof) in [(&ada, PROOF), (&ada, Proof::PasswordHash("")), (&eve, PROOF), (&eve, Proof::PasswordHash(""))]
    {
        assert!(!db.sessions.open(&session(who, "s").build(), &token("s"), proof, None, &event()).await.unwrap());
    }
    let rotated = db.sessions.open(&session(&ada, "s").build(), &token("s"), PROOF, Some(laptop.id), &event()).await;
    assert!(!rotated.unwrap());
    assert!(!db.sessions.prove(laptop.id, PROOF, minutes(1), &event()).await.unwrap());
    assert!(!db.users.change_password(ada.id, laptop.id, PROOF, "a third", &event()).await.unwrap());
    assert_eq!(db.traces().await, before);
    assert!(db.sessions.find_live(&token("laptop"), NOON).await.unwrap().is_some(), "and ends nothing");
    assert!(db.sessions.prove(laptop.id, other, minutes(1), &event()).await.unwrap());
    assert!(db.sessions.open(&session(&ada, "s").build(), &token("s"), other, None, &event()).await.unwrap());
}

async fn a_token_is_never_taken_twice(db: Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    let token = db.sign_in(&ada, "laptop").await;
    assert!(db.sessions.open(&session(&bob, "other").build(), &token, PROOF, None, &event()).await.is_err());
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap().unwrap().user.id, ada.id);
}

async fn a_rotated_session_ends_as_the_new_one_opens(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let old = db.sign_in(&ada, "old").await;
    let old_id = session(&ada, "old").build().id;
    let seen = db.changes.latest().await.unwrap();
    assert!(
        db.sessions.open(&session(&ada, "new").build(), &token("new"), PROOF, Some(old_id), &event()).await.unwrap()
    );
    assert_eq!(db.sessions.find_live(&old, NOON).await.unwrap(), None);
    assert!(db.sessions.find_live(&token("new"), NOON).await.unwrap().is_some());
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::Session(old_id)]);
    // One that has ended meanwhile is no reason not to sign in.
    assert!(
        db.sessions
            .open(&session(&ada, "third").build(), &token("third"), PROOF, Some(old_id), &event())
            .await
            .unwrap()
    );
}

async fn an_ended_session_opens_nothing_and_is_told(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "laptop").await;
    let laptop = session(&ada, "laptop").build();
    let (events, seen) = db.traces().await;
    assert_eq!(db.other.sessions.end(laptop.id, &event()).await.unwrap(), Some(laptop.clone()));
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap(), None);
    assert_eq!(db.sessions.find_live_by_id(laptop.id, NOON).await.unwrap(), None);
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::Session(laptop.id)]);
    assert_eq!(db.traces().await.0, events + 1);
    assert_eq!(db.sessions.end(laptop.id, &event()).await.unwrap(), None);
    assert_eq!(db.traces().await.0, events + 1, "ending nothing is not recorded");
}

async fn exactly_one_of_two_racing_calls_ends_a_session(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    for round in 0..20 {
        let name = format!("session {round}");
        db.sign_in(&ada, &name).await;
        let (id, audit) = (session(&ada, &name).build().id, event());
        let (one, other) = tokio::join!(db.sessions.end(id, &audit), db.other.sessions.end(id, &audit));
        assert_eq!([one.unwrap(), other.unwrap()].into_iter().flatten().count(), 1);
    }
}

async fn ending_all_but_one_leaves_that_one_and_those_of_others(db: Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    let (here, there, bobs) =
        (db.sign_in(&ada, "here").await, db.sign_in(&ada, "there").await, db.sign_in(&bob, "bobs").await);
    db.sign_in(&ada, "elsewhere").await;
    let seen = db.changes.latest().await.unwrap();
    assert_eq!(db.sessions.end_all_of(ada.id, Some(session(&ada, "here").build().id), &event()).await.unwrap(), 2);
    assert!(db.sessions.find_live(&here, NOON).await.unwrap().is_some());
    assert!(db.sessions.find_live(&bobs, NOON).await.unwrap().is_some());
    assert_eq!(db.sessions.find_live(&there, NOON).await.unwrap(), None);
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::User(ada.id)]);
    assert_eq!(db.sessions.end_all_of(ada.id, None, &event()).await.unwrap(), 1);
}

async fn ending_nothing_leaves_no_trace(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    db.sign_in(&ada, "here").await;
    let before = db.traces().await;
    assert_eq!(db.sessions.end_all_of(ada.id, Some(session(&ada, "here").build().id), &event()).await.unwrap(), 0);
    assert_eq!(db.sessions.end_all_of(user("gone").build().id, None, &event()).await.unwrap(), 0);
    assert_eq!(db.traces().await, before);
}

async fn a_proof_is_noted_and_told_unless_the_session_has_ended(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "laptop").await;
    let id = session(&ada, "laptop").build().id;
    let before = db.changes.latest().await.unwrap();
    assert!(db.sessions.prove(id, PROOF, minutes(30), &event()).await.unwrap());
    let proved = db.other.sessions.find_live(&token, NOON).await.unwrap().unwrap().session;
    assert_eq!((proved.proved_at, proved.created_at), (minutes(30), NOON));
    assert_eq!(db.changes.since(before).await.unwrap().0, [Change::Session(id)]);
    db.sessions.end(id, &event()).await.unwrap();
    let after = db.changes.latest().await.unwrap();
    assert!(!db.sessions.prove(id, PROOF, minutes(31), &event()).await.unwrap());
    assert_eq!(db.changes.latest().await.unwrap(), after);
}

async fn a_session_seen_later_is_never_put_back(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "s").await;
    let id = session(&ada, "s").build().id;
    db.sessions.touch(&[(id, minutes(5)), (SessionId::generate(NOON, [3; 10]), minutes(5))]).await.unwrap();
    db.other.sessions.touch(&[(id, minutes(4))]).await.unwrap();
    db.sessions.touch(&[]).await.unwrap();
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap().unwrap().session.last_seen_at, minutes(5));
}

async fn many_sessions_are_touched_at_once(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let mut seen = Vec::new();
    for n in 0..250 {
        db.sign_in(&ada, &n.to_string()).await;
        seen.push((session(&ada, &n.to_string()).build().id, minutes(n)));
    }
    db.sessions.touch(&seen).await.unwrap();
    for (id, at) in seen {
        assert_eq!(db.sessions.find_live_by_id(id, NOON).await.unwrap().unwrap().session.last_seen_at, at);
    }
}

async fn what_expired_or_idled_is_ended_and_told_and_nothing_else(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    for (name, ends, seen) in [("live", 100, 30), ("expired", 40, 39), ("idle", 100, 9), ("on the edge", 41, 10)] {
        let one = session(&ada, name).expires_at(minutes(ends)).build();
        db.sessions.open(&one, &token(name), PROOF, None, &event()).await.unwrap();
        db.sessions.touch(&[(one.id, minutes(seen))]).await.unwrap();
    }
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |session: &Session, user: &User| {
        told.lock().unwrap().push((session.expires_at, user.username.to_string()));
        event()
    };
    let before = db.audit.list(&AuditQuery::default()).await.unwrap().total;
    assert_eq!(db.sessions.end_expired(minutes(40), minutes(10), &tell).await.unwrap(), 2);
    assert_eq!(db.sessions.end_expired(minutes(40), minutes(10), &tell).await.unwrap(), 0);
    let mut told = told.into_inner().unwrap();
    told.sort();
    assert_eq!(told, [(minutes(40), "ada".to_owned()), (minutes(100), "ada".to_owned())]);
    assert_eq!(db.audit.list(&AuditQuery::default()).await.unwrap().total, before + 2);
    assert!(db.sessions.find_live(&token("live"), minutes(40)).await.unwrap().is_some());
    assert!(db.sessions.find_live(&token("on the edge"), minutes(40)).await.unwrap().is_some());
    assert_eq!(db.sessions.find_live(&token("idle"), minutes(40)).await.unwrap(), None);
}

async fn a_remembered_session_ends_only_at_its_end(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let kept = session(&ada, "kept").expires_at(minutes(100)).remembered().build();
    db.sessions.open(&kept, &token("kept"), PROOF, None, &event()).await.unwrap();
    assert_eq!(db.other.sessions.find_live(&token("kept"), minutes(99)).await.unwrap().unwrap().session, kept);
    let tell = |_: &Session, _: &User| event();
    assert_eq!(db.sessions.end_expired(minutes(99), minutes(90), &tell).await.unwrap(), 0);
    assert_eq!(db.sessions.end_expired(minutes(100), minutes(90), &tell).await.unwrap(), 1);
}

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
        db.sessions.open(&one, &token(&n.to_string()), PROOF, None, &event()).await.unwrap();
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
    db.sessions.open(&kept, &token("kept"), PROOF, None, &event()).await.unwrap();
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
