//! Who is in which groups, and what they may do by that.
//!
//! All of it is read at once and kept, so that a change of a group of ten thousand is read once and not ten thousand times. Members of the
//! same groups share what these come to: it is worked out once for each set of groups that somebody is really in.

use doorward_domain::{GroupId, GroupName, GroupRights, Subject};
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::ports::GroupGraph;

/// What being in some groups comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Membership {
    /// What they were given.
    pub(crate) rights: GroupRights,
    /// All of them, in order of their names.
    pub(crate) names: Arc<[GroupName]>,
}

/// All groups, at one moment.
#[derive(Default)]
pub(crate) struct Memberships {
    graph: GroupGraph,
    outer: HashMap<GroupId, Vec<GroupId>>,
    known: Mutex<HashMap<Box<[GroupId]>, Membership>>,
}

impl Memberships {
    pub(crate) fn new(graph: GroupGraph) -> Self {
        let mut outer: HashMap<GroupId, Vec<GroupId>> = HashMap::new();
        for (inner, outside) in &graph.inside {
            outer.entry(*inner).or_default().push(*outside);
        }
        Self { graph, outer, known: Mutex::default() }
    }

    /// Of somebody who is directly in these.
    pub(crate) fn of(&self, direct: &[GroupId]) -> Membership {
        if direct.is_empty() {
            return Membership::default();
        }
        let mut key: Vec<GroupId> = direct.to_vec();
        key.sort_unstable();
        key.dedup();
        let mut known = self.known.lock();
        known.entry(key.into()).or_insert_with_key(|direct| self.work_out(direct)).clone()
    }

    fn work_out(&self, direct: &[GroupId]) -> Membership {
        let all = self.all_around(direct);
        let around = self.graph.names.iter().filter(|(id, _)| all.contains(id));
        let names: BTreeSet<GroupName> = around.map(|(_, name)| name.clone()).collect();
        let grants: Vec<_> = self.graph.grants.iter().filter(|grant| is_for(grant.subject, &all)).cloned().collect();
        Membership { rights: GroupRights::compile(&grants), names: names.into_iter().collect() }
    }

    /// These, and all that they are in. Comes to an end even if there were a circle.
    fn all_around(&self, direct: &[GroupId]) -> BTreeSet<GroupId> {
        let mut all = BTreeSet::new();
        let mut next: Vec<GroupId> = direct.to_vec();
        while let Some(group) = next.pop() {
            if all.insert(group) {
                next.extend(self.outer.get(&group).into_iter().flatten());
            }
        }
        all
    }
}

fn is_for(subject: Subject, groups: &BTreeSet<GroupId>) -> bool {
    matches!(subject, Subject::Group(id) if groups.contains(&id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::NOON;
    use doorward_domain::{AppName, Effect, Grant, GrantId, Rights, Role, Scope};

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
        let role =
            |membership: &Membership| Rights::compile(&[]).with_groups(&membership.rights).role_on(&app, None, NOON);
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
}
