//! What [`SessionStore`](doorward_service::ports::SessionStore) promises of when sessions were seen, and of their end by time.

use doorward_domain::{Session, SessionId, User};
use doorward_service::ports::{AuditQuery, Effects};

use super::{Case, PROOF, Replicas, cases, event, sessions::minutes, token};
use crate::{NOON, Untold as _, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_session_seen_later_is_never_put_back,
    of_a_session_seen_twice_at_once_the_latest_counts,
    many_sessions_are_touched_at_once,
    what_expired_or_idled_is_ended_and_told_and_nothing_else,
    a_session_that_is_ended_as_it_expires_is_told_of_once,
    a_remembered_session_ends_only_at_its_end,
];

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

async fn of_a_session_seen_twice_at_once_the_latest_counts(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let token = db.sign_in(&ada, "s").await;
    let id = session(&ada, "s").build().id;
    db.sessions.touch(&[(id, minutes(3)), (id, minutes(9)), (id, minutes(5))]).await.unwrap();
    assert_eq!(db.sessions.find_live(&token, NOON).await.unwrap().unwrap().session.last_seen_at, minutes(9));
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
        db.sessions.open(&one, &token(name), PROOF, None, Effects::of(&event())).await.untold().unwrap();
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

async fn a_session_that_is_ended_as_it_expires_is_told_of_once(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    for round in 0..30 {
        let name = round.to_string();
        let over = session(&ada, &name).expires_at(minutes(1)).build();
        db.sessions.open(&over, &token(&name), PROOF, None, Effects::of(&event())).await.untold().unwrap();
        let before = db.traces().await.0;
        let (audit, tell) = (event(), |_: &Session, _: &User| event());
        let (ended, expired) = tokio::join!(
            db.sessions.end(over.id, Effects::of(&audit)),
            db.other.sessions.end_expired(minutes(1), NOON, &tell)
        );
        assert_eq!(u64::from(ended.untold().unwrap()) + expired.unwrap(), 1);
        assert_eq!(db.traces().await.0, before + 1);
    }
}

async fn a_remembered_session_ends_only_at_its_end(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let kept = session(&ada, "kept").expires_at(minutes(100)).remembered().build();
    db.sessions.open(&kept, &token("kept"), PROOF, None, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.other.sessions.find_live(&token("kept"), minutes(99)).await.unwrap().unwrap().session, kept);
    let tell = |_: &Session, _: &User| event();
    assert_eq!(db.sessions.end_expired(minutes(99), minutes(90), &tell).await.unwrap(), 0);
    assert_eq!(db.sessions.end_expired(minutes(100), minutes(90), &tell).await.unwrap(), 1);
}
