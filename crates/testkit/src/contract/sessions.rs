//! What [`SessionStore`](doorward_service::ports::SessionStore) promises.

use doorward_domain::{Factor, Member, Rights, Role, SessionId, SessionKind, Subject, Timestamp, User};
use doorward_service::ports::{Change, Effects, Proof, UserChange};
use std::time::Duration;

use super::{Case, PROOF, Replicas, cases, event, token};
use crate::{NOON, Untold as _, grant, grant_to, group, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_token_opens_with_its_user_and_all_their_grants,
    a_token_opens_with_the_groups_its_user_is_directly_in,
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
    how_a_session_came_about_is_remembered,
];

pub(super) fn minutes(n: u64) -> Timestamp {
    NOON.plus(Duration::from_mins(n))
}

async fn a_token_opens_with_its_user_and_all_their_grants(db: Replicas) {
    let ada = user("ada").role(Role::Viewer).email("ada@example.com").full_name("Ada L.").build();
    db.create(&ada).await;
    db.grants
        .put(&grant(&ada, Role::Operator).on("etl").until(minutes(5)).build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    let token = db.sign_in(&ada, "laptop").await;
    db.create(&user("bob").role(Role::Admin).build()).await;
    let by_token = db.other.sessions.find_live(&token, NOON).await.unwrap().unwrap();
    let by_id = db.sessions.find_live_by_id(session(&ada, "laptop").build().id, NOON).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&by_token));
    assert_eq!(by_token.session, session(&ada, "laptop").build());
    assert_eq!((by_token.user.id, by_token.user.role, by_token.grants.len()), (ada.id, Some(Role::Viewer), 2));
    assert_eq!(Rights::compile(&by_token.grants).role_on(&"etl".parse().unwrap(), None, NOON), Some(Role::Operator));
    assert_eq!(Some(User::clone(&by_token.user)), db.users.find(ada.id).await.unwrap());
}

async fn a_token_opens_with_the_groups_its_user_is_directly_in(db: Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    let made = ["data", "ops", "above", "ada"].map(|name| group(name).build());
    for one in &made {
        db.groups.create(one, Effects::of(&event())).await.untold().unwrap();
    }
    let [data, ops, above, namesake] = made.map(|group| group.id);
    for (outer, member) in [
        (data, Member::User(ada.id)),
        (ops, Member::User(ada.id)),
        (above, Member::Group(data)),
        (above, Member::Group(namesake)),
        (above, Member::User(bob.id)),
    ] {
        db.groups.join(outer, member, NOON, Effects::of(&event())).await.untold().unwrap();
    }
    db.grants.put(&grant_to(Subject::Group(data), Role::Admin).build(), Effects::of(&event())).await.untold().unwrap();
    let token = db.sign_in(&ada, "laptop").await;
    let mut live = db.other.sessions.find_live(&token, NOON).await.unwrap().unwrap();
    live.groups.sort();
    let mut expected = vec![data, ops];
    expected.sort();
    assert_eq!((live.groups, live.grants), (expected, Vec::new()), "what they were given is in the graph of groups");
    db.groups.leave(data, Member::User(ada.id), Effects::of(&event())).await.untold().unwrap();
    let id = session(&ada, "laptop").build().id;
    assert_eq!(db.sessions.find_live_by_id(id, NOON).await.unwrap().unwrap().groups, [ops]);
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
    db.sessions.open(&short, &token("short"), PROOF, None, Effects::of(&event())).await.untold().unwrap();
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
    db.other.users.update(ada.id, &disable, NOON, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap(), None);
    disable.is_disabled = Some(false);
    db.users.update(ada.id, &disable, NOON, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap(), None, "enabling does not bring sessions back");
}

async fn signing_in_is_noted_with_the_user(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().last_sign_in_at, None);
    db.sessions
        .open(&session(&ada, "s").opened_at(minutes(3)).build(), &token("s"), PROOF, None, Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().last_sign_in_at, Some(minutes(3)));
}

async fn nobody_gone_or_disabled_signs_in(db: Replicas) {
    let eve = user("eve").disabled().build();
    db.create(&eve).await;
    let before = db.traces().await;
    for stranger in [eve.clone(), user("gone").build()] {
        let refused = session(&stranger, "s").build();
        assert!(!db.sessions.open(&refused, &token("s"), PROOF, None, Effects::of(&event())).await.untold().unwrap());
        assert_eq!(db.sessions.find_live_by_id(refused.id, NOON).await.unwrap(), None);
    }
    assert_eq!(db.traces().await, before);
    assert_eq!(db.users.find(eve.id).await.unwrap().unwrap().last_sign_in_at, None);
}

async fn a_password_that_was_changed_meanwhile_proves_nothing(db: Replicas) {
    let (ada, eve) = (user("ada").build(), user("eve").build());
    db.create(&ada).await;
    db.users.create(&eve, None, Effects::of(&event())).await.untold().unwrap();
    db.sign_in(&ada, "laptop").await;
    let laptop = session(&ada, "laptop").build();
    let other = Proof::PasswordHash("another hash");
    db.other
        .users
        .change_password(ada.id, laptop.id, PROOF, "another hash", Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    let before = db.traces().await;
    for (who, proof) in [(&ada, PROOF), (&ada, Proof::PasswordHash("")), (&eve, PROOF), (&eve, Proof::PasswordHash(""))]
    {
        assert!(
            !db.sessions
                .open(&session(who, "s").build(), &token("s"), proof, None, Effects::of(&event()))
                .await
                .untold()
                .unwrap()
        );
    }
    let rotated = db
        .sessions
        .open(&session(&ada, "s").build(), &token("s"), PROOF, Some(laptop.id), Effects::of(&event()))
        .await
        .untold();
    assert!(!rotated.unwrap());
    assert!(!db.sessions.prove(laptop.id, PROOF, minutes(1), Effects::of(&event())).await.untold().unwrap());
    assert!(
        !db.users.change_password(ada.id, laptop.id, PROOF, "a third", Effects::of(&event())).await.untold().unwrap()
    );
    assert_eq!(db.traces().await, before);
    assert!(db.sessions.find_live(&token("laptop"), NOON).await.unwrap().is_some(), "and ends nothing");
    assert!(db.sessions.prove(laptop.id, other, minutes(1), Effects::of(&event())).await.untold().unwrap());
    assert!(
        db.sessions
            .open(&session(&ada, "s").build(), &token("s"), other, None, Effects::of(&event()))
            .await
            .untold()
            .unwrap()
    );
}

async fn a_token_is_never_taken_twice(db: Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    let token = db.sign_in(&ada, "laptop").await;
    assert!(
        db.sessions
            .open(&session(&bob, "other").build(), &token, PROOF, None, Effects::of(&event()))
            .await
            .untold()
            .is_err()
    );
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap().unwrap().user.id, ada.id);
}

async fn a_rotated_session_ends_as_the_new_one_opens(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let old = db.sign_in(&ada, "old").await;
    let old_id = session(&ada, "old").build().id;
    let seen = db.changes.latest().await.unwrap();
    assert!(
        db.sessions
            .open(&session(&ada, "new").build(), &token("new"), PROOF, Some(old_id), Effects::of(&event()))
            .await
            .untold()
            .unwrap()
    );
    assert_eq!(db.sessions.find_live(&old, NOON).await.unwrap(), None);
    assert!(db.sessions.find_live(&token("new"), NOON).await.unwrap().is_some());
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::Session(old_id)]);
    // One that has ended meanwhile is no reason not to sign in.
    assert!(
        db.sessions
            .open(&session(&ada, "third").build(), &token("third"), PROOF, Some(old_id), Effects::of(&event()))
            .await
            .untold()
            .unwrap()
    );
}

async fn an_ended_session_opens_nothing_and_is_told(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "laptop").await;
    let laptop = session(&ada, "laptop").build();
    let (events, seen) = db.traces().await;
    assert!(db.other.sessions.end(laptop.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap(), None);
    assert_eq!(db.sessions.find_live_by_id(laptop.id, NOON).await.unwrap(), None);
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::Session(laptop.id)]);
    assert_eq!(db.traces().await.0, events + 1);
    assert!(!db.sessions.end(laptop.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.traces().await.0, events + 1, "ending nothing is not recorded");
}

async fn exactly_one_of_two_racing_calls_ends_a_session(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    for round in 0..20 {
        let name = format!("session {round}");
        db.sign_in(&ada, &name).await;
        let (id, audit) = (session(&ada, &name).build().id, event());
        let (one, other) =
            tokio::join!(db.sessions.end(id, Effects::of(&audit)), db.other.sessions.end(id, Effects::of(&audit)));
        assert_eq!([one, other].into_iter().map(|ended| u8::from(ended.untold().unwrap())).sum::<u8>(), 1);
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
    assert_eq!(
        db.sessions
            .end_all_of(ada.id, Some(session(&ada, "here").build().id), Effects::of(&event()))
            .await
            .untold()
            .unwrap(),
        2
    );
    assert!(db.sessions.find_live(&here, NOON).await.unwrap().is_some());
    assert!(db.sessions.find_live(&bobs, NOON).await.unwrap().is_some());
    assert_eq!(db.sessions.find_live(&there, NOON).await.unwrap(), None);
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::User(ada.id)]);
    assert_eq!(db.sessions.end_all_of(ada.id, None, Effects::of(&event())).await.untold().unwrap(), 1);
}

async fn ending_nothing_leaves_no_trace(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    db.sign_in(&ada, "here").await;
    let before = db.traces().await;
    assert_eq!(
        db.sessions
            .end_all_of(ada.id, Some(session(&ada, "here").build().id), Effects::of(&event()))
            .await
            .untold()
            .unwrap(),
        0
    );
    assert_eq!(db.sessions.end_all_of(user("gone").build().id, None, Effects::of(&event())).await.untold().unwrap(), 0);
    assert_eq!(db.traces().await, before);
}

async fn a_proof_is_noted_and_told_unless_the_session_has_ended(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "laptop").await;
    let id = session(&ada, "laptop").build().id;
    let before = db.changes.latest().await.unwrap();
    assert!(db.sessions.prove(id, PROOF, minutes(30), Effects::of(&event())).await.untold().unwrap());
    let proved = db.other.sessions.find_live(&token, NOON).await.unwrap().unwrap().session;
    assert_eq!((proved.proved_at, proved.created_at), (minutes(30), NOON));
    assert_eq!(db.changes.since(before).await.unwrap().0, [Change::Session(id)]);
    db.sessions.end(id, Effects::of(&event())).await.untold().unwrap();
    let after = db.changes.latest().await.unwrap();
    assert!(!db.sessions.prove(id, PROOF, minutes(31), Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.changes.latest().await.unwrap(), after);
}

async fn how_a_session_came_about_is_remembered(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    // Whoever signs in chooses what their program is called.
    let agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0 ".to_owned() + &"\u{202e}💥'".repeat(50);
    for (kind, factors) in [(SessionKind::Program, &[][..]), (SessionKind::Browser, &[Factor::Password])] {
        let opened = session(&ada, kind.as_str()).came_about(kind, factors).with_agent(&agent).build();
        let hash = token(kind.as_str());
        assert!(db.sessions.open(&opened, &hash, PROOF, None, Effects::of(&event())).await.untold().unwrap());
        assert_eq!(opened.device, "Firefox on Linux");
        assert_eq!(db.other.sessions.find_live(&hash, NOON).await.unwrap().unwrap().session, opened);
        assert!(db.other.sessions.end(opened.id, Effects::of(&event())).await.untold().unwrap());
    }
}
