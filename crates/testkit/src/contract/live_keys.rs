//! What [`KeyStore`](doorward_service::ports::KeyStore) promises of what opens a key, and what comes with it.

use doorward_domain::{Member, Role, Subject, Timestamp};
use doorward_service::ports::{Effects, KeyChange, UserChange};

use super::{
    Case, Replicas, cases, event,
    keys::{made, minutes, opens, viewer},
    token,
};
use crate::{NOON, Untold as _, api_key, grant, grant_to, group, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_secret_opens_one_key_only,
    a_live_key_comes_with_all_that_it_and_its_owner_were_given,
    a_program_s_own_key_comes_without_an_owner,
    an_unknown_secret_opens_nothing,
    an_expired_key_opens_nothing_from_its_last_moment_on,
    the_key_of_somebody_disabled_sleeps,
    a_rotated_secret_opens_until_then_and_no_longer,
    of_old_secrets_only_the_last_opens_beside_the_new_one,
];

async fn a_secret_opens_one_key_only(db: Replicas) {
    let (ci, cd) = (api_key("ci").build(), api_key("cd").build());
    made(&db, &ci).await;
    let before = db.traces().await;
    assert!(db.keys.create(&cd, &token("ci"), &viewer(&cd), 10, Effects::of(&event())).await.untold().is_err());
    assert_eq!(db.traces().await, before);
    made(&db, &cd).await;
    assert!(db.keys.rotate(cd.id, &token("ci"), minutes(5), Effects::of(&event())).await.untold().is_err());
    assert_eq!(db.keys.find_live(&token("ci"), NOON).await.unwrap().unwrap().key.id, ci.id);
    assert!(opens(&db, "cd", minutes(60)).await, "a refused rotation ends nothing");
}

async fn a_live_key_comes_with_all_that_it_and_its_owner_were_given(db: Replicas) {
    let ada = user("ada").role(Role::Developer).build();
    db.create(&ada).await;
    db.create(&user("bob").role(Role::Admin).build()).await;
    let (data, namesake) = (group("data").build(), group("ada").build());
    for made in [&data, &namesake] {
        db.groups.create(made, Effects::of(&event())).await.untold().unwrap();
        db.grants
            .put(&grant_to(Subject::Group(made.id), Role::Admin).build(), Effects::of(&event()))
            .await
            .untold()
            .unwrap();
    }
    db.groups.join(data.id, Member::User(ada.id), NOON, Effects::of(&event())).await.untold().unwrap();
    db.grants
        .put(&grant(&ada, Role::Viewer).on("etl").denying().build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    let key = api_key("ada").owned_by(&ada).build();
    let first = made(&db, &key).await;
    let live = db.other.keys.find_live(&token("ada"), NOON).await.unwrap().unwrap();
    assert_eq!((live.key, live.grants), (key, vec![first]));
    let owner = live.owner.unwrap();
    assert_eq!(owner.user, db.users.find(ada.id).await.unwrap().unwrap());
    assert_eq!(owner.groups, [data.id]);
    assert!(owner.grants.len() == 2 && owner.grants.iter().all(|grant| grant.subject == Subject::User(ada.id)));
}

async fn a_program_s_own_key_comes_without_an_owner(db: Replicas) {
    let key = api_key("ci").from(&["192.0.2.0/24"]).build();
    made(&db, &key).await;
    let live = db.keys.find_live(&token("ci"), NOON).await.unwrap().unwrap();
    assert_eq!((live.key, live.owner), (key, None));
}

async fn an_unknown_secret_opens_nothing(db: Replicas) {
    made(&db, &api_key("ci").build()).await;
    assert!(opens(&db, "ci", NOON).await);
    assert!(!opens(&db, "ci ", NOON).await && !opens(&db, "", NOON).await);
    // What opens a session opens no key.
    let ada = user("ada").build();
    db.create(&ada).await;
    let session = db.sign_in(&ada, "laptop").await;
    assert_eq!(db.keys.find_live(&session, NOON).await.unwrap(), None);
    assert_eq!(db.sessions.find_live(&token("ci"), NOON).await.unwrap(), None);
}

async fn an_expired_key_opens_nothing_from_its_last_moment_on(db: Replicas) {
    let key = api_key("ci").expires_at(minutes(10)).build();
    made(&db, &key).await;
    assert!(opens(&db, "ci", Timestamp::from_millis(minutes(10).as_millis() - 1)).await);
    assert!(!opens(&db, "ci", minutes(10)).await);
    let for_good = KeyChange { expires_at: Some(None), ..KeyChange::default() };
    db.keys.update(key.id, &for_good, Effects::of(&event())).await.untold().unwrap();
    assert!(opens(&db, "ci", minutes(1_000_000_000)).await);
}

async fn the_key_of_somebody_disabled_sleeps(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    made(&db, &api_key("ci").owned_by(&ada).build()).await;
    let mut change = UserChange { is_disabled: Some(true), ..UserChange::default() };
    db.users.update(ada.id, &change, NOON, Effects::of(&event())).await.untold().unwrap();
    assert!(!opens(&db, "ci", NOON).await);
    change.is_disabled = Some(false);
    db.users.update(ada.id, &change, NOON, Effects::of(&event())).await.untold().unwrap();
    assert!(opens(&db, "ci", NOON).await);
}

async fn a_rotated_secret_opens_until_then_and_no_longer(db: Replicas) {
    let key = api_key("ci").expires_at(minutes(60)).build();
    made(&db, &key).await;
    assert!(db.keys.rotate(key.id, &token("new"), minutes(10), Effects::of(&event())).await.untold().unwrap());
    let old = db.keys.find_live(&token("ci"), minutes(9)).await.unwrap().unwrap();
    assert_eq!((&old.key, old.until), (&key, Some(minutes(10))), "the secret ends before the key");
    assert!(!opens(&db, "ci", minutes(10)).await);
    let new = db.keys.find_live(&token("new"), minutes(59)).await.unwrap().unwrap();
    assert_eq!(new.key, key);
    assert!(!opens(&db, "new", minutes(60)).await);
    assert!(db.keys.rotate(key.id, &token("newest"), NOON, Effects::of(&event())).await.untold().unwrap());
    assert!(!opens(&db, "new", NOON).await, "at once");
}

async fn of_old_secrets_only_the_last_opens_beside_the_new_one(db: Replicas) {
    let key = api_key("ci").build();
    made(&db, &key).await;
    db.keys.rotate(key.id, &token("second"), minutes(10), Effects::of(&event())).await.untold().unwrap();
    assert!(opens(&db, "ci", minutes(9)).await && opens(&db, "second", minutes(9)).await);
    db.keys.rotate(key.id, &token("third"), minutes(90), Effects::of(&event())).await.untold().unwrap();
    assert!(!opens(&db, "ci", minutes(1)).await, "nothing prolongs it, and it is one too many");
    assert!(opens(&db, "second", minutes(89)).await && !opens(&db, "second", minutes(90)).await);
    db.keys.rotate(key.id, &token("fourth"), minutes(5), Effects::of(&event())).await.untold().unwrap();
    assert!(!opens(&db, "second", minutes(1)).await);
    assert!(opens(&db, "third", minutes(4)).await && !opens(&db, "third", minutes(5)).await);
    // However often, and however long each would have been good for.
    let names: Vec<String> = (0..20).map(|n| format!("rotated {n}")).collect();
    for name in &names {
        assert!(db.keys.rotate(key.id, &token(name), minutes(43_200), Effects::of(&event())).await.untold().unwrap());
    }
    let mut open = Vec::new();
    for name in ["ci", "second", "third", "fourth"].into_iter().chain(names.iter().map(String::as_str)) {
        if opens(&db, name, minutes(1)).await {
            open.push(name);
        }
    }
    assert_eq!(open, ["rotated 18", "rotated 19"]);
    assert!(opens(&db, "rotated 19", minutes(1_000_000)).await);
    // Another's are its own.
    let other = api_key("other").build();
    made(&db, &other).await;
    db.keys.rotate(other.id, &token("other new"), minutes(10), Effects::of(&event())).await.untold().unwrap();
    db.keys.rotate(key.id, &token("last"), NOON, Effects::of(&event())).await.untold().unwrap();
    assert!(opens(&db, "other", minutes(1)).await && opens(&db, "other new", minutes(1)).await);
}
