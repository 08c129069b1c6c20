use doorward_domain::{Effect, Group, GroupSource, Member, Role, Scope, Subject, User};
use doorward_service::Authenticated;
use doorward_service::admin::grants::NewGrant;
use doorward_service::admin::groups::GroupError;
use doorward_service::ports::{GroupChange, GroupQuery, Paging};

use crate::house::{House, local, soon};

async fn group(house: &House, name: &str) -> Group {
    house.services.groups.create(&local(), name, "").await.unwrap()
}

async fn give(house: &House, subject: Subject, effect: Effect, app: &str) {
    let scope = Scope::App(app.parse().unwrap());
    let new = NewGrant { subject, effect, scope, until: None, reason: String::new() };
    house.services.grants.put(&local(), new).await.unwrap();
}

fn role(house: &House, authenticated: &Authenticated) -> Option<Role> {
    authenticated.who.role_on(&"wiki".parse().unwrap(), None, house.now())
}

async fn join(house: &House, group: &Group, user: &User) {
    assert!(house.services.groups.join(&local(), group.id, Member::User(user.id)).await.unwrap());
}

#[tokio::test]
async fn what_a_group_is_given_reaches_its_members_at_any_depth_and_leaves_with_them() {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    let (data, all) = (group(&house, "data").await, group(&house, "all").await);
    house.services.groups.join(&local(), all.id, Member::Group(data.id)).await.unwrap();
    join(&house, &data, &ada).await;
    give(&house, Subject::Group(all.id), Effect::Allow(Role::Operator), "wiki").await;
    let opened = house.sign_in("ada").await;
    let authenticated = house.authenticate(&opened).await.unwrap();
    let names: Vec<_> = authenticated.who.groups.iter().map(ToString::to_string).collect();
    assert_eq!(
        (role(&house, &authenticated), names),
        (Some(Role::Operator), vec!["all".to_owned(), "data".to_owned()])
    );

    house.services.groups.leave(&local(), all.id, Member::Group(data.id)).await.unwrap();
    assert!(authenticated.revocation.is_revoked(), "whoever it concerns is asked again");
    let after = house.authenticate(&opened).await.unwrap();
    assert_eq!(role(&house, &after), None);
    assert_eq!(after.who.groups.len(), 1);
}

#[tokio::test]
async fn a_change_of_a_group_ends_nothing_of_those_whom_it_changes_nothing_for() {
    let house = House::new().await;
    let (ada, _bob) = (house.add("ada", None).await, house.add("bob", Some(Role::Viewer)).await);
    let data = group(&house, "data").await;
    join(&house, &data, &ada).await;
    let elsewhere = house.another_process().await;
    let (opened, bobs) = (house.sign_in("ada").await, house.authenticated("bob").await);
    let there = elsewhere.authentication.authenticate(&crate::house::cookie(&opened), [127, 0, 0, 1].into()).await;
    let there = there.unwrap().unwrap();
    let feed = house.stores.changes.latest().await.unwrap();
    give(&house, Subject::Group(data.id), Effect::Allow(Role::Operator), "wiki").await;
    assert_eq!(house.stores.changes.latest().await.unwrap(), feed + 1, "one row, however many members");
    soon(&there.revocation).await;
    let now = elsewhere.authentication.authenticate(&crate::house::cookie(&opened), [127, 0, 0, 1].into()).await;
    assert_eq!(role(&house, &now.unwrap().unwrap()), Some(Role::Operator));
    assert!(!bobs.revocation.is_revoked());
    let adas = house.authenticate(&opened).await.unwrap();
    give(&house, Subject::Group(group(&house, "other").await.id), Effect::Allow(Role::Admin), "wiki").await;
    assert!(!adas.revocation.is_revoked() && !bobs.revocation.is_revoked(), "a group that nobody of them is in");
}

#[tokio::test]
async fn a_denial_by_one_group_beats_what_another_gives() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Admin)).await;
    let outside = group(&house, "contractors").await;
    join(&house, &outside, &ada).await;
    give(&house, Subject::Group(outside.id), Effect::Deny, "wiki").await;
    assert_eq!(role(&house, &house.authenticated("ada").await), None);
}

#[tokio::test]
async fn a_group_is_in_no_group_that_is_in_it() {
    let house = House::new().await;
    let groups = &house.services.groups;
    let [a, b, c] = [group(&house, "a").await, group(&house, "b").await, group(&house, "c").await];
    groups.join(&local(), b.id, Member::Group(a.id)).await.unwrap();
    groups.join(&local(), c.id, Member::Group(b.id)).await.unwrap();
    for (outer, inner) in [(&a, &a), (&a, &b), (&a, &c), (&b, &c)] {
        let refused = groups.join(&local(), outer.id, Member::Group(inner.id)).await;
        assert!(matches!(refused, Err(GroupError::Cycle(..))), "{} in {}", inner.name, outer.name);
        let told = refused.unwrap_err().to_string();
        let expected = format!("the group {} is in the group {} already, perhaps", outer.name, inner.name);
        assert!(told.starts_with(&expected), "{told}");
    }
    assert!(!groups.join(&local(), b.id, Member::Group(a.id)).await.unwrap(), "it was in it already");
}

#[tokio::test]
async fn nobody_below_admin_administers_groups() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Manager)).await;
    let (actor, data) = (house.actor("ada").await, group(&house, "data").await);
    let groups = &house.services.groups;
    let refusals = [
        groups.list(&actor, &GroupQuery::default()).await.err(),
        groups.find(&actor, data.id).await.err(),
        groups.create(&actor, "more", "").await.err(),
        groups.delete(&actor, data.id).await.err(),
        groups.members(&actor, data.id, &Paging::default()).await.err(),
        groups.join(&actor, data.id, Member::User(ada.id)).await.err(),
        groups.leave(&actor, data.id, Member::User(ada.id)).await.err(),
    ];
    assert!(refusals.iter().all(|refusal| matches!(refusal, Some(GroupError::NotAllowed(_)))), "{refusals:?}");
}

#[tokio::test]
async fn a_group_that_comes_from_a_directory_is_given_roles_and_not_changed_by_hand() {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    for (name, source) in [("corp", GroupSource::Ldap), ("cloud", GroupSource::Oidc)] {
        let kept = doorward_testkit::group(name).of(source).build();
        let event = doorward_testkit::audit_event("directory.sync").build();
        let made = house.stores.groups.create(&kept, doorward_service::ports::Effects::of(&event)).await.unwrap();
        doorward_testkit::heard(made);
        let groups = &house.services.groups;
        let described = GroupChange { name: None, description: Some("ours".to_owned()) };
        let member = Member::User(ada.id);
        for refused in [
            groups.update(&local(), kept.id, described).await.map(drop),
            groups.join(&local(), kept.id, member).await.map(drop),
            groups.leave(&local(), kept.id, member).await,
            groups.delete(&local(), kept.id).await,
        ] {
            assert!(matches!(refused, Err(GroupError::ManagedElsewhere(_, from)) if from == source), "{refused:?}");
        }
        assert_eq!(groups.find(&local(), kept.id).await.unwrap(), kept);
        give(&house, Subject::Group(kept.id), Effect::Allow(Role::Viewer), "wiki").await;
        let ours = group(&house, &format!("with-{name}")).await;
        assert!(groups.join(&local(), ours.id, Member::Group(kept.id)).await.unwrap(), "groups of ours may hold it");
    }
}
