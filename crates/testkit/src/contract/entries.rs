//! What [`SessionStore`](doorward_service::ports::SessionStore) promises about a session's ways into the apps at other hosts.

use doorward_domain::{SessionId, Timestamp};
use doorward_service::ports::{Effects, UserChange};
use std::time::Duration;

use super::{Case, PROOF, Replicas, cases, event, host, token};
use crate::{NOON, Untold as _, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    an_entry_opens_what_its_session_opens_and_is_no_session_token,
    an_entry_ends_with_its_session_however_that_ends,
    an_entry_of_a_disabled_user_opens_nothing,
    whoever_has_no_session_any_more_gets_no_entry,
    a_session_keeps_the_newest_eight_at_each_host,
];

fn minutes(n: u64) -> Timestamp {
    NOON.plus(Duration::from_mins(n))
}

fn id(name: &str) -> SessionId {
    session(&user("ada").build(), name).build().id
}

async fn an_entry_opens_what_its_session_opens_and_is_no_session_token(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let by_token = db.sign_in(&ada, "laptop").await;
    let (way_in, before) = (token("way in"), db.traces().await);
    assert!(db.sessions.enter(id("laptop"), &way_in, &host("app.test"), NOON, Effects::of(&event())).await.unwrap());
    assert_eq!(db.traces().await, (before.0 + 1, before.1), "recorded, and nothing that is known has changed");
    let found = db.other.sessions.find_live_by_entry(&way_in, NOON).await.unwrap();
    assert_eq!(found, db.sessions.find_live(&by_token, NOON).await.unwrap());
    assert!(found.is_some());
    assert_eq!(db.sessions.find_live(&way_in, NOON).await.unwrap(), None);
    assert_eq!(db.sessions.find_live_by_entry(&by_token, NOON).await.unwrap(), None);
}

async fn an_entry_ends_with_its_session_however_that_ends(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    for name in ["ended", "rotated", "swept", "expired", "kept"] {
        let opened = session(&ada, name).expires_at(minutes(if name == "expired" { 1 } else { 60 })).build();
        assert!(db.sessions.open(&opened, &token(name), PROOF, None, Effects::of(&event())).await.untold().unwrap());
        assert!(
            db.sessions
                .enter(opened.id, &token(&format!("way {name}")), &host("app.test"), NOON, Effects::of(&event()))
                .await
                .unwrap()
        );
    }
    assert!(db.sessions.end(id("ended"), Effects::of(&event())).await.untold().unwrap());
    let new = session(&ada, "new").expires_at(minutes(60)).build();
    db.sessions.open(&new, &token("new"), PROOF, Some(id("rotated")), Effects::of(&event())).await.untold().unwrap();
    assert!(db.sessions.find_live_by_entry(&token("way expired"), NOON).await.unwrap().is_some());
    assert!(db.sessions.find_live_by_entry(&token("way expired"), minutes(1)).await.unwrap().is_none());
    for name in ["ended", "rotated"] {
        assert!(
            db.sessions.find_live_by_entry(&token(&format!("way {name}")), NOON).await.unwrap().is_none(),
            "{name}"
        );
    }
    db.sessions.end_all_of(ada.id, Some(id("kept")), Effects::of(&event())).await.untold().unwrap();
    assert!(db.sessions.find_live_by_entry(&token("way swept"), NOON).await.unwrap().is_none());
    assert!(db.sessions.find_live_by_entry(&token("way kept"), NOON).await.unwrap().is_some());
    db.users.delete(ada.id, Effects::of(&event())).await.untold().unwrap();
    assert!(db.sessions.find_live_by_entry(&token("way kept"), NOON).await.unwrap().is_none());
}

async fn an_entry_of_a_disabled_user_opens_nothing(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    db.create(&user("root").role(doorward_domain::Role::Admin).build()).await;
    db.sign_in(&ada, "laptop").await;
    assert!(
        db.sessions
            .enter(id("laptop"), &token("way in"), &host("app.test"), NOON, Effects::of(&event()))
            .await
            .unwrap()
    );
    let disabled = UserChange { is_disabled: Some(true), ..UserChange::default() };
    db.users.update(ada.id, &disabled, NOON, Effects::of(&event())).await.untold().unwrap();
    assert!(db.sessions.find_live_by_entry(&token("way in"), NOON).await.unwrap().is_none());
}

async fn whoever_has_no_session_any_more_gets_no_entry(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let short = session(&ada, "short").expires_at(minutes(1)).build();
    db.sessions.open(&short, &token("short"), PROOF, None, Effects::of(&event())).await.untold().unwrap();
    let before = db.traces().await;
    for (of, at) in [("nobody", NOON), ("short", minutes(1))] {
        assert!(
            !db.sessions.enter(id(of), &token("way in"), &host("app.test"), at, Effects::of(&event())).await.unwrap(),
            "{of}"
        );
    }
    assert_eq!(db.traces().await, before);
}

async fn a_session_keeps_the_newest_eight_at_each_host(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    for name in ["laptop", "phone"] {
        db.sign_in(&ada, name).await;
    }
    let (laptop, phone) = (id("laptop"), id("phone"));
    assert!(
        db.sessions.enter(phone, &token("of the phone"), &host("app.test"), NOON, Effects::of(&event())).await.unwrap()
    );
    assert!(
        db.sessions.enter(laptop, &token("elsewhere"), &host("other.test"), NOON, Effects::of(&event())).await.unwrap()
    );
    for n in 0..10 {
        let (way_in, at) = (token(&format!("way {n}")), minutes(n));
        assert!(db.sessions.enter(laptop, &way_in, &host("app.test"), at, Effects::of(&event())).await.unwrap());
    }
    for n in 0..10 {
        let found = db.sessions.find_live_by_entry(&token(&format!("way {n}")), minutes(10)).await.unwrap();
        assert_eq!(found.is_some(), n >= 2, "{n}");
    }
    for other in ["of the phone", "elsewhere"] {
        assert!(db.sessions.find_live_by_entry(&token(other), NOON).await.unwrap().is_some(), "{other}");
    }
}
