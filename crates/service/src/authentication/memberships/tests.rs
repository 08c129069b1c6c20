use doorward_domain::{
    Action, AppName, Effect, Grant, GrantId, Resource, Rights, Role, Scope, Target, Targets, Timestamp, Verdict, Wanted,
};
use proptest::prelude::*;

use super::*;
use crate::fakes::NOON;

fn id(n: u8) -> GroupId {
    GroupId::generate(NOON, [n; 10])
}

fn grant(to: u8, role: Role) -> Grant {
    Grant {
        id: GrantId::generate(NOON, [to; 10]),
        subject: Subject::Group(id(to)),
        effect: Effect::Allow(role),
        scope: Scope::Everything,
        until: None,
        reason: "".into(),
        created_at: NOON,
        created_by: "".into(),
    }
}

fn names(membership: &Membership) -> Vec<&str> {
    membership.names.iter().map(GroupName::as_str).collect()
}

#[test]
fn what_outer_groups_are_given_reaches_whoever_is_in_an_inner_one_and_not_the_other_way() {
    let graph = GroupGraph {
        names: vec![
            (id(1), "inner".parse().unwrap()),
            (id(2), "outer".parse().unwrap()),
            (id(3), "other".parse().unwrap()),
        ],
        inside: vec![(id(1), id(2)), (id(2), id(1))],
        grants: vec![grant(1, Role::Viewer), grant(2, Role::Operator), grant(3, Role::Admin)],
    };
    let all = Memberships::new(GroupGraph { inside: vec![(id(1), id(2))], ..graph.clone() });
    let app: AppName = "etl".parse().unwrap();
    let role = |membership: &Membership| Rights::compile(&[]).with_groups(&membership.rights).role_on(&app, None, NOON);
    let (inner, outer, nobody) = (all.of(&[id(1)]), all.of(&[id(2)]), all.of(&[]));
    assert_eq!((names(&inner), role(&inner)), (vec!["inner", "outer"], Some(Role::Operator)));
    assert_eq!((names(&outer), role(&outer)), (vec!["outer"], Some(Role::Operator)));
    assert_eq!((names(&nobody), role(&nobody)), (vec![], None));
    // A circle, which the store refuses, is no endless one.
    assert_eq!(names(&Memberships::new(graph).of(&[id(2)])), ["inner", "outer"]);
}

#[test]
fn members_of_the_same_groups_share_what_these_come_to() {
    let all = Memberships::new(GroupGraph {
        names: vec![(id(1), "one".parse().unwrap()), (id(2), "two".parse().unwrap())],
        inside: Vec::new(),
        grants: vec![grant(1, Role::Viewer)],
    });
    let (one, other) = (all.of(&[id(1), id(2)]), all.of(&[id(2), id(1), id(1)]));
    assert!(Arc::ptr_eq(&one.names, &other.names));
}

/// As many as a test has.
const GROUPS: u8 = 6;

/// All groups that somebody is in, by looking again and again until nothing is added: the definition.
fn naive_groups(direct: &[GroupId], inside: &[(GroupId, GroupId)]) -> Vec<GroupId> {
    let mut all = direct.to_vec();
    for _ in 0..GROUPS {
        let outer: Vec<GroupId> =
            inside.iter().filter(|(inner, _)| all.contains(inner)).map(|(_, outer)| *outer).collect();
        all.extend(outer);
    }
    all
}

fn any_grant() -> impl Strategy<Value = Grant> {
    let app: AppName = "etl".parse().unwrap();
    let scope = prop_oneof![
        Just(Scope::Everything),
        Just(Scope::App(app.clone())),
        prop::sample::select(vec!["location:a", "location:*", "job:x"])
            .prop_map(move |pattern| Scope::Resources(app.clone(), pattern.parse().unwrap())),
    ];
    let effect = prop_oneof![
        3 => prop::sample::select(Role::ALL.to_vec()).prop_map(Effect::Allow),
        1 => Just(Effect::Deny),
    ];
    let until = prop::sample::select(vec![None, None, Some(NOON.plus(std::time::Duration::from_mins(1)))]);
    (0..GROUPS, effect, scope, until).prop_map(|(to, effect, scope, until)| Grant {
        effect,
        scope,
        until,
        ..grant(to, Role::Viewer)
    })
}

fn any_graph() -> impl Strategy<Value = GroupGraph> {
    let edges = prop::collection::vec((0..GROUPS, 0..GROUPS), 0..8);
    (edges, prop::collection::vec(any_grant(), 0..8)).prop_map(|(edges, grants)| GroupGraph {
        names: (0..GROUPS).map(|n| (id(n), format!("g{n}").parse().unwrap())).collect(),
        inside: edges.into_iter().map(|(inner, outer)| (id(inner), id(outer))).collect(),
        grants,
    })
}

fn any_direct() -> impl Strategy<Value = Vec<GroupId>> {
    prop::collection::vec((0..GROUPS).prop_map(id), 0..3)
}

/// Every question there is about that app, in a form that can be compared: what is allowed, and not by which of several grants.
fn allowed(rights: &Rights, now: Timestamp) -> Vec<Option<Role>> {
    let app: AppName = "etl".parse().unwrap();
    let thing = |kind, name| Targets::These(vec![Target::told([Resource::new(kind, name)])]);
    let targets = [
        Targets::Shell,
        Targets::Whole,
        Targets::Unknown,
        thing("location", "a"),
        thing("location", "b"),
        thing("job", "x"),
    ];
    let asked = targets.iter().flat_map(|targets| Action::ALL.map(|action| (targets, action)));
    asked
        .map(|(targets, action)| match rights.verdict(&Wanted { app: &app, default: None, action, targets, now }) {
            Verdict::Allowed(role, _) => Some(role),
            _ => None,
        })
        .collect()
}

proptest! {
    #[test]
    fn what_groups_come_to_is_what_all_of_them_were_given(graph in any_graph(), direct in any_direct(), own in prop::collection::vec(any_grant(), 0..3)) {
        let groups = naive_groups(&direct, &graph.inside);
        let is_theirs = |grant: &&Grant| matches!(grant.subject, Subject::Group(group) if groups.contains(&group));
        let all: Vec<Grant> = graph.grants.iter().filter(is_theirs).chain(&own).cloned().collect();
        let membership = Memberships::new(graph).of(&direct);
        let rights = Rights::compile(&own).with_groups(&membership.rights);
        for now in [NOON, NOON.plus(std::time::Duration::from_mins(1))] {
            prop_assert_eq!(allowed(&rights, now), allowed(&Rights::compile(&all), now));
        }
        let mut names: Vec<GroupName> = groups.iter().map(|group| format!("g{}", (0..GROUPS).find(|n| id(*n) == *group).unwrap()).parse().unwrap()).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(membership.names.to_vec(), names);
    }

    #[test]
    fn a_key_is_never_above_its_owner_and_their_groups(graph in any_graph(), direct in any_direct(), own in prop::collection::vec(any_grant(), 0..3), key in prop::collection::vec(any_grant(), 0..3)) {
        let of_groups = Memberships::new(graph).of(&direct).rights;
        let owner = Rights::compile(&own).with_groups(&of_groups);
        let rights = Rights::of_key(&key).within(std::sync::Arc::new(owner.clone()));
        let (by_key, by_owner, alone) = (allowed(&rights, NOON), allowed(&owner, NOON), allowed(&Rights::of_key(&key), NOON));
        for ((by_key, by_owner), alone) in by_key.into_iter().zip(by_owner).zip(alone) {
            prop_assert_eq!(by_key, by_owner.and(alone).and(by_owner.min(alone)));
        }
    }
}
