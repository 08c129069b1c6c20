//! Builders for groups.

use doorward_domain::{Group, GroupId, GroupSource, Timestamp};

use super::bytes_of;
use crate::NOON;

/// A group made here at [`NOON`]; the id depends on the name alone.
pub fn group(name: &str) -> GroupBuilder {
    GroupBuilder(Group {
        id: GroupId::generate(NOON, bytes_of(name)),
        name: name.parse().expect("a group name"),
        description: String::new(),
        source: GroupSource::Local,
        created_at: NOON,
    })
}

/// Builds a [`Group`].
#[derive(Debug, Clone)]
pub struct GroupBuilder(Group);

impl GroupBuilder {
    /// Described so.
    #[must_use]
    pub fn described(mut self, description: &str) -> Self {
        description.clone_into(&mut self.0.description);
        self
    }

    /// From there.
    #[must_use]
    pub fn of(mut self, source: GroupSource) -> Self {
        self.0.source = source;
        self
    }

    /// Made then.
    #[must_use]
    pub fn created_at(mut self, moment: Timestamp) -> Self {
        self.0.created_at = moment;
        self
    }

    /// The group.
    pub fn build(self) -> Group {
        self.0
    }
}
