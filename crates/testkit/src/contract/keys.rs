//! What [`KeyStore`](doorward_service::ports::KeyStore) promises of keys as they are administered. What opens one is in `live_keys`.

use doorward_domain::{ApiKey, Grant, KeyId, Role, Subject, Timestamp};
use doorward_service::ports::{
    Change, Effects, GrantQuery, KeyChange, KeyMade, KeyQuery, ListedKey, Paging, StoreError,
};
use std::{net::IpAddr, time::Duration};

use super::{
    Case, Replicas, cases, event,
    paging::{searching, sorted, turns},
    token,
};
use crate::{NOON, Untold as _, api_key, grant, grant_to, group, user};

/// The suite.
pub const CASES: &[Case] = cases![
    a_key_is_found_as_made_with_its_owner_and_grants,
    a_name_in_use_is_refused_in_any_case_and_without_a_trace,
    a_key_of_nobody_there_is_not_made,
    with_a_key_nobody_else_is_given_anything,
    a_change_changes_what_it_names_and_nothing_else,
    a_revoked_key_is_gone_with_its_grants_and_secrets,
    exactly_one_of_two_racing_calls_revokes_a_key,
    every_change_is_told_and_recorded,
    changing_no_key_does_nothing,
    a_deleted_user_takes_keys_along,
    a_use_is_noted_and_never_put_back,
    many_uses_are_noted_at_once,
    keys_are_listed_by_owner,
    keys_are_searched_by_name_and_owner,
    pages_of_keys_turn,
];

pub(super) fn minutes(n: u64) -> Timestamp {
    NOON.plus(Duration::from_mins(n))
}

pub(super) fn viewer(key: &ApiKey) -> Grant {
    grant_to(Subject::Key(key.id), Role::Viewer).on("etl").build()
}

/// Makes the key under the hash of its name.
pub(super) async fn made(db: &Replicas, key: &ApiKey) -> Grant {
    let grant = viewer(key);
    let made =
        db.keys.create(key, &token(key.name.as_str()), &grant, 10, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(made, KeyMade::Made);
    grant
}

pub(super) async fn opens(db: &Replicas, secret: &str, now: Timestamp) -> bool {
    db.other.keys.find_live(&token(secret), now).await.unwrap().is_some()
}

async fn a_key_is_found_as_made_with_its_owner_and_grants(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let key = api_key("ci").owned_by(&ada).from(&["10.0.0.0/8", "2001:db8::/32"]).expires_at(minutes(90)).build();
    let first = made(&db, &key).await;
    let second = grant_to(Subject::Key(key.id), Role::Operator).on("wiki").created_at(minutes(1)).build();
    db.grants.put(&second, Effects::of(&event())).await.untold().unwrap().unwrap();
    db.grants.put(&grant(&ada, Role::Admin).build(), Effects::of(&event())).await.untold().unwrap();
    let expected =
        ListedKey { key: key.clone(), owner: Some(ada.username), grants: vec![first, second], old_until: None };
    assert_eq!(db.other.keys.find(key.id).await.unwrap(), Some(expected.clone()));
    assert_eq!(db.keys.find_by_name(&"CI".parse().unwrap()).await.unwrap(), Some(expected.clone()));
    assert_eq!(db.keys.list(&KeyQuery::default()).await.unwrap().items, [expected]);
    assert_eq!(db.keys.find(api_key("other").build().id).await.unwrap(), None);
    assert_eq!(db.keys.find_by_name(&"other".parse().unwrap()).await.unwrap(), None);
}

async fn a_name_in_use_is_refused_in_any_case_and_without_a_trace(db: Replicas) {
    made(&db, &api_key("ci").build()).await;
    let cd = api_key("cd").build();
    made(&db, &cd).await;
    let before = db.traces().await;
    let namesake = ApiKey { id: api_key("another").build().id, ..api_key("CI").build() };
    let refused =
        db.keys.create(&namesake, &token("new"), &viewer(&namesake), 10, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("name"))), "{refused:?}");
    let renamed = KeyChange { name: Some("Ci".parse().unwrap()), ..KeyChange::default() };
    let refused = db.keys.update(cd.id, &renamed, Effects::of(&event())).await.untold();
    assert!(matches!(refused, Err(StoreError::Conflict("name"))), "{refused:?}");
    assert_eq!(db.traces().await, before);
    assert!(!opens(&db, "new", NOON).await);
}

async fn a_key_of_nobody_there_is_not_made(db: Replicas) {
    // A group of that id is nobody.
    db.groups.create(&group("gone").build(), Effects::of(&event())).await.untold().unwrap();
    let key = api_key("ci").owned_by(&user("gone").build()).build();
    let before = db.traces().await;
    let made = db.keys.create(&key, &token("ci"), &viewer(&key), 10, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(made, KeyMade::NoOwner);
    assert_eq!(db.traces().await, before);
    assert_eq!(db.keys.find(key.id).await.unwrap(), None);
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 0);
}

async fn a_change_changes_what_it_names_and_nothing_else(db: Replicas) {
    let key = api_key("ci").from(&["10.0.0.0/8"]).expires_at(minutes(10)).build();
    let grant = made(&db, &key).await;
    made(&db, &api_key("other").build()).await;
    let nothing = db.keys.update(key.id, &KeyChange::default(), Effects::of(&event())).await.untold().unwrap().unwrap();
    assert_eq!(nothing, ListedKey { key: key.clone(), owner: None, grants: vec![grant], old_until: None });
    let changes = [
        KeyChange { name: Some("cd".parse().unwrap()), ..KeyChange::default() },
        KeyChange { allowed_addresses: Some(Vec::new()), ..KeyChange::default() },
        KeyChange { expires_at: Some(Some(minutes(20))), ..KeyChange::default() },
    ];
    let mut expected = key;
    for (n, change) in changes.iter().enumerate() {
        match n {
            0 => expected.name = "cd".parse().unwrap(),
            1 => expected.allowed_addresses = [].into(),
            _ => expected.expires_at = Some(minutes(20)),
        }
        assert_eq!(
            db.keys.update(expected.id, change, Effects::of(&event())).await.untold().unwrap().unwrap().key,
            expected
        );
        assert_eq!(db.other.keys.find(expected.id).await.unwrap().unwrap().key, expected);
    }
    let other = db.keys.find_by_name(&"other".parse().unwrap()).await.unwrap().unwrap().key;
    assert_eq!(other, api_key("other").build());
}

async fn a_revoked_key_is_gone_with_its_grants_and_secrets(db: Replicas) {
    let (ci, cd) = (api_key("ci").build(), api_key("cd").build());
    made(&db, &ci).await;
    made(&db, &cd).await;
    db.keys.rotate(ci.id, &token("new"), minutes(10), Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.keys.find(ci.id).await.unwrap().unwrap().old_until, Some(minutes(10)));
    assert_eq!(db.keys.revoke(ci.id, Effects::of(&event())).await.untold().unwrap(), Some(ci.clone()));
    assert!(!opens(&db, "ci", NOON).await && !opens(&db, "new", NOON).await && opens(&db, "cd", NOON).await);
    assert_eq!(db.keys.find(ci.id).await.unwrap(), None);
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 1);
    made(&db, &ci).await;
    assert!(!opens(&db, "new", NOON).await, "nothing comes back with the name");
}

async fn with_a_key_nobody_else_is_given_anything(db: Replicas) {
    let ada = user("ada").role(Role::Admin).build();
    db.create(&ada).await;
    let key = api_key("ci").build();
    let hers = grant(&ada, Role::Viewer).denying().build();
    assert_eq!(
        db.keys.create(&key, &token("ci"), &hers, 10, Effects::of(&event())).await.untold().unwrap(),
        KeyMade::Made
    );
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().role, Some(Role::Admin));
    let live = db.keys.find_live(&token("ci"), NOON).await.unwrap().unwrap();
    assert_eq!(live.grants, [Grant { subject: Subject::Key(key.id), ..hers }]);
}

async fn exactly_one_of_two_racing_calls_revokes_a_key(db: Replicas) {
    for round in 0..20 {
        let key = api_key(&format!("key{round}")).build();
        made(&db, &key).await;
        let audit = event();
        let (one, other) = tokio::join!(
            db.keys.revoke(key.id, Effects::of(&audit)),
            db.other.keys.revoke(key.id, Effects::of(&audit))
        );
        assert_eq!([one, other].into_iter().filter_map(|revoked| revoked.untold().unwrap()).count(), 1);
    }
}

async fn every_change_is_told_and_recorded(db: Replicas) {
    let key = api_key("ci").build();
    let (events, seen) = db.traces().await;
    made(&db, &key).await;
    db.keys.update(key.id, &KeyChange::default(), Effects::of(&event())).await.untold().unwrap();
    db.keys.rotate(key.id, &token("new"), NOON, Effects::of(&event())).await.untold().unwrap();
    db.keys.used(&[(key.id, minutes(1), "192.0.2.1".parse().unwrap())]).await.unwrap();
    db.grants
        .put(&grant_to(Subject::Key(key.id), Role::Operator).build(), Effects::of(&event()))
        .await
        .untold()
        .unwrap();
    db.keys.revoke(key.id, Effects::of(&event())).await.untold().unwrap();
    assert_eq!(db.changes.since(seen).await.unwrap().0, [Change::Key(key.id); 5]);
    assert_eq!(db.traces().await.0, events + 5);
}

async fn changing_no_key_does_nothing(db: Replicas) {
    let before = db.traces().await;
    let gone = api_key("gone").build().id;
    let change = KeyChange { expires_at: Some(None), ..KeyChange::default() };
    assert_eq!(db.keys.update(gone, &change, Effects::of(&event())).await.untold().unwrap(), None);
    assert!(!db.keys.rotate(gone, &token("new"), NOON, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(db.keys.revoke(gone, Effects::of(&event())).await.untold().unwrap(), None);
    assert_eq!(db.traces().await, before);
    assert!(!opens(&db, "new", NOON).await);
}

async fn a_deleted_user_takes_keys_along(db: Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    let (hers, his, own) =
        (api_key("hers").owned_by(&ada).build(), api_key("his").owned_by(&bob).build(), api_key("ada").build());
    for key in [&hers, &his, &own] {
        made(&db, key).await;
    }
    let seen = db.changes.latest().await.unwrap();
    assert!(db.users.delete(ada.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!(
        db.changes.since(seen).await.unwrap().0,
        [Change::User(ada.id)],
        "whoever knows her keys knows they are hers"
    );
    assert_eq!(db.keys.find(hers.id).await.unwrap(), None);
    assert!(!opens(&db, "hers", NOON).await && opens(&db, "his", NOON).await);
    assert!(opens(&db, "ada", NOON).await, "a key that is nobody's, though it has her id");
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 2);
}

async fn a_use_is_noted_and_never_put_back(db: Replicas) {
    let key = api_key("ci").build();
    made(&db, &key).await;
    let (here, there): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
    let gone = KeyId::generate(NOON, [3; 10]);
    db.keys.used(&[(key.id, minutes(5), here), (gone, minutes(5), here)]).await.unwrap();
    db.other.keys.used(&[(key.id, minutes(4), there)]).await.unwrap();
    db.keys.used(&[]).await.unwrap();
    let last_used = async || db.keys.find(key.id).await.unwrap().unwrap().key.last_used;
    assert_eq!(last_used().await, Some((minutes(5), here)));
    db.keys.used(&[(key.id, minutes(6), here), (key.id, minutes(9), there), (key.id, minutes(7), here)]).await.unwrap();
    assert_eq!(last_used().await, Some((minutes(9), there)), "of several the newest");
    let rights = db.keys.find_live(&token("ci"), NOON).await.unwrap().unwrap();
    assert_eq!(rights.key.last_used, Some((minutes(9), there)));
}

async fn many_uses_are_noted_at_once(db: Replicas) {
    let mut used = Vec::new();
    for n in 0..250_u8 {
        let key = api_key(&format!("key{n}")).build();
        made(&db, &key).await;
        used.push((key.id, minutes(u64::from(n)), IpAddr::from([192, 0, 2, n])));
    }
    db.keys.used(&used).await.unwrap();
    for (id, at, from) in used {
        assert_eq!(db.keys.find(id).await.unwrap().unwrap().key.last_used, Some((at, from)));
    }
}

/// Two of ada's, one of bob's, one that is nobody's.
async fn four_keys(db: &Replicas) {
    let (ada, bob) = (user("ada").build(), user("bob").build());
    db.create(&ada).await;
    db.create(&bob).await;
    for (n, key) in [
        api_key("deploy_etl").owned_by(&ada).expires_at(minutes(60)),
        api_key("backup").owned_by(&ada),
        api_key("laptop").owned_by(&bob).expires_at(minutes(30)),
        api_key("ada-like"),
    ]
    .into_iter()
    .enumerate()
    {
        made(db, &key.created_at(minutes(u64::try_from(n / 2).unwrap())).build()).await;
    }
}

fn told(listed: &[ListedKey]) -> String {
    listed.iter().map(|listed| listed.key.name.as_str()).collect::<Vec<_>>().join(" ")
}

async fn keys_are_listed_by_owner(db: Replicas) {
    four_keys(&db).await;
    let of = async |owner| {
        let listed = db.keys.list(&KeyQuery { owner, ..KeyQuery::default() }).await.unwrap();
        assert_eq!(listed.total, u64::try_from(listed.items.len()).unwrap());
        assert!(
            listed.items.iter().all(|one| one.grants.len() == 1 && one.grants[0].subject == Subject::Key(one.key.id))
        );
        told(&listed.items)
    };
    assert_eq!(of(None).await, "ada-like backup deploy_etl laptop");
    assert_eq!(of(Some(user("ada").build().id)).await, "backup deploy_etl");
    assert_eq!(of(Some(user("gone").build().id)).await, "");
    let by_end = KeyQuery { paging: sorted("expires_at"), ..KeyQuery::default() };
    let by_end = db.keys.list(&by_end).await.unwrap().items;
    assert!(told(&by_end).starts_with("laptop deploy_etl "), "what never ends comes last: {}", told(&by_end));
}

async fn keys_are_searched_by_name_and_owner(db: Replicas) {
    four_keys(&db).await;
    let found = async |text: &str| {
        told(&db.keys.list(&KeyQuery { paging: searching(text), ..KeyQuery::default() }).await.unwrap().items)
    };
    assert_eq!(found("ADA").await, "ada-like backup deploy_etl");
    assert_eq!(
        (found("_").await, found("Y%E").await, found("bob").await),
        ("deploy_etl".into(), String::new(), "laptop".into())
    );
}

async fn pages_of_keys_turn(db: Replicas) {
    four_keys(&db).await;
    let used =
        [("backup", 5), ("laptop", 5)].map(|(name, n)| (api_key(name).build().id, minutes(n), [192, 0, 2, 1].into()));
    db.keys.used(&used).await.unwrap();
    let list = async |paging: Paging| db.keys.list(&KeyQuery { paging, ..KeyQuery::default() }).await;
    turns(&["name", "created_at", "expires_at", "last_used_at"], list).await;
}
