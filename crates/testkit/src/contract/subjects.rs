//! What [`GrantStore`](doorward_service::ports::GrantStore) promises of grants to groups and keys, of denials, and of grants on single things.
//! Roles of users are in `grants`; the last administrator is in `last_admin`.

use doorward_domain::{ApiKey, Effect, Grant, Group, Role, Scope, Subject, User};
use doorward_service::ports::{Change, Effects, GrantQuery, KeyMade, NamedGrant, Paging, UserChange, UserQuery};
use std::time::Duration;

use super::{
    Case, Replicas, cases, event,
    paging::{searching, turns},
    token,
};
use crate::{GrantBuilder, NOON, Untold as _, api_key, grant, grant_to, group, user};

/// The suite.
pub const CASES: &[Case] = cases![
    what_is_granted_to_whom_is_found_as_made,
    nothing_is_granted_to_groups_and_keys_that_are_not_there,
    every_change_is_told_of_its_subject,
    subjects_of_one_id_have_nothing_in_common,
    whoever_goes_takes_only_their_own_along,
    a_denial_and_a_role_take_each_others_place,
    a_denial_on_everything_is_no_role,
    taking_a_role_away_leaves_a_denial,
    grants_on_single_things_stand_beside_one_another,
    of_two_puts_at_once_one_grant_is_there,
    a_removed_grant_leaves_the_others,
    grants_are_listed_by_subject,
    grants_are_searched_by_names_patterns_and_reasons,
    pages_of_all_kinds_of_grants_turn,
];

/// A user, a group and a key that are alike in name and id.
async fn alike(db: &Replicas, name: &str) -> (User, Group, ApiKey) {
    let (person, people, key) = (user(name).build(), group(name).build(), api_key(name).build());
    db.create(&person).await;
    db.groups.create(&people, Effects::of(&event())).await.untold().unwrap();
    let first = grant_to(Subject::Key(key.id), Role::Viewer).on("first").build();
    assert_eq!(
        db.keys.create(&key, &token(name), &first, 10, Effects::of(&event())).await.untold().unwrap(),
        KeyMade::Made
    );
    (person, people, key)
}

fn subjects((person, people, key): &(User, Group, ApiKey)) -> [Subject; 3] {
    [Subject::User(person.id), Subject::Group(people.id), Subject::Key(key.id)]
}

async fn put(db: &Replicas, grant: GrantBuilder) -> Grant {
    db.grants.put(&grant.build(), Effects::of(&event())).await.untold().unwrap().expect("the subject is there").grant
}

async fn of(db: &Replicas, subject: Subject) -> Vec<Grant> {
    let query = GrantQuery { subject: Some(subject), ..GrantQuery::default() };
    let listed = db.grants.list(&query).await.unwrap();
    assert_eq!(listed.total, u64::try_from(listed.items.len()).unwrap());
    listed.items.into_iter().map(|named| named.grant).collect()
}

async fn what_is_granted_to_whom_is_found_as_made(db: Replicas) {
    let all = alike(&db, "ada").await;
    let until = NOON.plus(Duration::from_hours(1));
    for subject in subjects(&all) {
        for one in [
            grant_to(subject, Role::Developer).on("etl"),
            grant_to(subject, Role::Viewer).denying().on("wiki").because("\"leave\", 50%").until(until),
            grant_to(subject, Role::Operator).on("etl").reaching("asset:raw/**"),
            grant_to(subject, Role::Operator).denying().on("etl").reaching("job:Nightly_*"),
            grant_to(subject, Role::Manager),
        ] {
            let named = NamedGrant { grant: one.build(), subject: "ada".to_owned() };
            assert_eq!(db.grants.put(&named.grant, Effects::of(&event())).await.untold().unwrap(), Some(named.clone()));
            assert_eq!(db.other.grants.find(named.grant.id).await.unwrap(), Some(named));
        }
    }
}

async fn nothing_is_granted_to_groups_and_keys_that_are_not_there(db: Replicas) {
    db.create(&user("ada").build()).await;
    let before = db.traces().await;
    for nobody in [Subject::Group(group("ada").build().id), Subject::Key(api_key("ada").build().id)] {
        assert_eq!(
            db.grants.put(&grant_to(nobody, Role::Viewer).build(), Effects::of(&event())).await.untold().unwrap(),
            None
        );
    }
    assert_eq!(db.traces().await, before);
}

async fn every_change_is_told_of_its_subject(db: Replicas) {
    let all = alike(&db, "ada").await;
    let changes = [Change::User(all.0.id), Change::Group(all.1.id), Change::Key(all.2.id)];
    for (subject, change) in subjects(&all).into_iter().zip(changes) {
        let (events, seen) = db.traces().await;
        let made = put(&db, grant_to(subject, Role::Viewer).on("etl")).await;
        put(&db, grant_to(subject, Role::Viewer).on("etl").denying()).await;
        assert!(db.grants.remove(made.id, Effects::of(&event())).await.untold().unwrap());
        assert_eq!(db.changes.since(seen).await.unwrap().0, [change; 3]);
        assert_eq!(db.traces().await.0, events + 3);
    }
}

async fn subjects_of_one_id_have_nothing_in_common(db: Replicas) {
    let all = alike(&db, "ada").await;
    let [person, people, key] = subjects(&all);
    put(&db, grant_to(people, Role::Admin)).await;
    put(&db, grant_to(key, Role::Admin)).await;
    let session = db.sign_in(&all.0, "laptop").await;
    let live = db.sessions.find_live(&session, NOON).await.unwrap().unwrap();
    assert_eq!((live.user.role, live.grants, live.groups), (None, Vec::new(), Vec::new()));
    assert_eq!(db.users.list(&UserQuery { role: Some(Role::Admin), ..UserQuery::default() }).await.unwrap().total, 0);
    assert!(!db.users.has_admin().await.unwrap());
    put(&db, grant_to(person, Role::Viewer)).await;
    assert_eq!(db.users.find(all.0.id).await.unwrap().unwrap().role, Some(Role::Viewer));
    let roles = async |subject| of(&db, subject).await.iter().filter_map(|grant| grant.effect.role()).max();
    assert_eq!((roles(person).await, roles(people).await), (Some(Role::Viewer), Some(Role::Admin)));
}

async fn whoever_goes_takes_only_their_own_along(db: Replicas) {
    let all = alike(&db, "ada").await;
    let [person, people, key] = subjects(&all);
    for subject in [person, people, key] {
        put(&db, grant_to(subject, Role::Viewer).on("etl")).await;
    }
    assert!(db.users.delete(all.0.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!((of(&db, person).await.len(), of(&db, people).await.len(), of(&db, key).await.len()), (0, 1, 2));
    assert!(db.groups.delete(all.1.id, Effects::of(&event())).await.untold().unwrap());
    assert_eq!((of(&db, people).await.len(), of(&db, key).await.len()), (0, 2));
    assert!(db.keys.revoke(all.2.id, Effects::of(&event())).await.untold().unwrap().is_some());
    assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 0);
}

async fn a_denial_and_a_role_take_each_others_place(db: Replicas) {
    let all = alike(&db, "ada").await;
    for subject in subjects(&all) {
        let first = put(&db, grant_to(subject, Role::Manager).on("etl").because("before")).await;
        let denied = put(&db, grant_to(subject, Role::Viewer).on("etl").denying().because("after")).await;
        let expected = Grant { effect: Effect::Deny, reason: "after".into(), ..first.clone() };
        assert_eq!(denied, expected, "who made the first one, and when, stays");
        let back =
            put(&db, grant_to(subject, Role::Operator).on("etl").created_at(NOON.plus(Duration::from_hours(1)))).await;
        assert_eq!(back, Grant { effect: Effect::Allow(Role::Operator), reason: "".into(), ..first });
    }
}

async fn a_denial_on_everything_is_no_role(db: Replicas) {
    let ada = user("ada").role(Role::Developer).build();
    db.create(&ada).await;
    let session = db.sign_in(&ada, "laptop").await;
    put(&db, grant(&ada, Role::Viewer).denying()).await;
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().role, None);
    let live = db.sessions.find_live(&session, NOON).await.unwrap().unwrap();
    assert_eq!((live.user.role, live.grants.len(), live.grants[0].effect), (None, 1, Effect::Deny));
    for role in [Role::Viewer, Role::Developer] {
        let listed = db.users.list(&UserQuery { role: Some(role), ..UserQuery::default() }).await.unwrap();
        assert_eq!(listed.total, 0, "{role}");
    }
}

async fn taking_a_role_away_leaves_a_denial(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let denial = put(&db, grant(&ada, Role::Viewer).denying()).await;
    let away = UserChange { role: Some(None), ..UserChange::default() };
    assert_eq!(db.users.update(ada.id, &away, NOON, Effects::of(&event())).await.untold().unwrap().unwrap().role, None);
    assert_eq!(of(&db, denial.subject).await, std::slice::from_ref(&denial));
    let role = UserChange { role: Some(Some(Role::Viewer)), ..UserChange::default() };
    assert_eq!(
        db.users.update(ada.id, &role, NOON, Effects::of(&event())).await.untold().unwrap().unwrap().role,
        Some(Role::Viewer)
    );
    assert_eq!(of(&db, denial.subject).await[0].effect, Effect::Allow(Role::Viewer), "somebody said so");
}

async fn grants_on_single_things_stand_beside_one_another(db: Replicas) {
    let ada = user("ada").build();
    db.create(&ada).await;
    let on_app = put(&db, grant(&ada, Role::Viewer).on("etl")).await;
    for pattern in ["job:x", "job:X", "job:x*", "job:x ", "asset:x"] {
        put(&db, grant(&ada, Role::Operator).on("etl").reaching(pattern)).await;
        put(&db, grant(&ada, Role::Operator).on("wiki").reaching(pattern)).await;
    }
    assert_eq!(of(&db, on_app.subject).await.len(), 11);
    let denied = put(&db, grant(&ada, Role::Viewer).on("etl").reaching("job:X").denying()).await;
    let denials = of(&db, on_app.subject).await.into_iter().filter(|grant| grant.effect == Effect::Deny);
    assert_eq!(denials.collect::<Vec<_>>(), [denied]);
    assert_eq!(db.users.find(ada.id).await.unwrap().unwrap().role, None);
}

async fn of_two_puts_at_once_one_grant_is_there(db: Replicas) {
    let all = alike(&db, "ada").await;
    for round in 0..30 {
        let subject = subjects(&all)[round % 3];
        let app = format!("app{round}");
        let (allow, deny) = (
            grant_to(subject, Role::Viewer).on(&app).build(),
            grant_to(subject, Role::Viewer).on(&app).denying().build(),
        );
        let audit = event();
        let (one, other) =
            tokio::join!(db.grants.put(&allow, Effects::of(&audit)), db.other.grants.put(&deny, Effects::of(&audit)));
        let [one, other] = [one, other].map(|put| put.untold().unwrap().unwrap().grant);
        assert_eq!(one.id, other.id, "both speak of the one that is there");
        let scope = Scope::App(app.parse().unwrap());
        let there: Vec<Grant> = of(&db, subject).await.into_iter().filter(|grant| grant.scope == scope).collect();
        assert!(matches!(&there[..], [grant] if *grant == one || *grant == other), "{there:?}");
    }
}

async fn a_removed_grant_leaves_the_others(db: Replicas) {
    let all = alike(&db, "ada").await;
    let [person, people, key] = subjects(&all);
    let mut made = Vec::new();
    for subject in [person, people, key] {
        made.push(put(&db, grant_to(subject, Role::Viewer).on("etl")).await);
        made.push(put(&db, grant_to(subject, Role::Viewer).on("etl").reaching("job:x")).await);
    }
    for (n, grant) in made.iter().enumerate() {
        assert!(db.grants.remove(grant.id, Effects::of(&event())).await.untold().unwrap());
        assert_eq!(db.grants.list(&GrantQuery::default()).await.unwrap().total, 6 - u64::try_from(n).unwrap());
    }
}

async fn grants_are_listed_by_subject(db: Replicas) {
    let all = alike(&db, "ada").await;
    for (n, subject) in subjects(&all).into_iter().enumerate() {
        put(&db, grant_to(subject, Role::ALL[n]).on("etl")).await;
    }
    for (n, subject) in subjects(&all).into_iter().enumerate() {
        let on_etl = GrantQuery { subject: Some(subject), app: Some("etl".parse().unwrap()), ..GrantQuery::default() };
        let listed = db.grants.list(&on_etl).await.unwrap().items;
        assert_eq!(
            listed.iter().map(|one| (one.grant.effect, one.subject.as_str())).collect::<Vec<_>>(),
            [(Effect::Allow(Role::ALL[n]), "ada")]
        );
    }
}

async fn grants_are_searched_by_names_patterns_and_reasons(db: Replicas) {
    let (ada, ops, ci) = (user("ada").build(), group("ops_team").build(), api_key("ci-deploy").build());
    db.create(&ada).await;
    db.groups.create(&ops, Effects::of(&event())).await.untold().unwrap();
    let first = grant_to(Subject::Key(ci.id), Role::Viewer).on("etl").because("Ticket 12: ÉTÉ 100%").build();
    assert_eq!(
        db.keys.create(&ci, &token("ci"), &first, 10, Effects::of(&event())).await.untold().unwrap(),
        KeyMade::Made
    );
    put(&db, grant(&ada, Role::Viewer).on("wiki").reaching("job:Nightly_*")).await;
    put(&db, grant_to(Subject::Group(ops.id), Role::Viewer).on("shop")).await;
    let found = async |text: &str| {
        let query = GrantQuery { paging: searching(text), ..GrantQuery::default() };
        db.grants.list(&query).await.unwrap().items.iter().map(|one| one.subject.clone()).collect::<Vec<_>>().join(" ")
    };
    for (text, who) in [
        ("ADA", "ada"),
        ("Team", "ops_team"),
        ("deploy", "ci-deploy"),
        ("nightly_*", "ada"),
        ("ticket 12", "ci-deploy"),
        ("été 100%", "ci-deploy"),
        ("shop", "ops_team"),
        ("s_team", "ops_team"),
        ("o%s", ""),
        ("t_cket", ""),
        ("n*y", ""),
    ] {
        assert_eq!(found(text).await, who, "{text}");
    }
    put(&db, grant_to(Subject::Key(ci.id), Role::Viewer).on("etl").because("other")).await;
    assert_eq!((found("ticket").await, found("other").await), (String::new(), "ci-deploy".to_owned()));
}

async fn pages_of_all_kinds_of_grants_turn(db: Replicas) {
    let all = alike(&db, "ada").await;
    for subject in subjects(&all) {
        put(&db, grant_to(subject, Role::Viewer).on("etl")).await;
        put(
            &db,
            grant_to(subject, Role::Viewer).on("etl").reaching("job:x").created_at(NOON.plus(Duration::from_secs(1))),
        )
        .await;
    }
    let list = async |paging: Paging| db.grants.list(&GrantQuery { paging, ..GrantQuery::default() }).await;
    turns(&["created_at"], list).await;
}
