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
mod tests;
