//! Remembering groups.

use async_trait::async_trait;
use doorward_domain::{Grant, Group, GroupId, GroupName, Member, Timestamp, UserId};

use super::{Changed, Effects, Listed, Paging, StoreError};

/// Which groups to list. Sorts by `name` (default), `created_at`; searches name and description.
#[derive(Debug, Clone, Default)]
pub struct GroupQuery {
    /// Only those that this is directly in.
    pub holding: Option<Member>,
    /// Which page.
    pub paging: Paging,
}

/// What to change of a group; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// The new name.
    pub name: Option<GroupName>,
    /// The new description.
    pub description: Option<String>,
}

/// A member, with its name and since when it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedMember {
    /// Who.
    pub member: Member,
    /// A username or a group's name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
}

/// What became of a wish to add a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// It is one now.
    Added,
    /// It was one already; nothing was written.
    Already,
    /// There is no such group; nothing was written.
    NoGroup,
    /// There is no such user or group to be a member; nothing was written.
    NoMember,
    /// The group would be in itself, perhaps through others; nothing was written.
    Cycle,
}

/// All groups, as far as rights depend on them, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupGraph {
    /// Every group.
    pub names: Vec<(GroupId, GroupName)>,
    /// Which group is directly in which: inner, outer.
    pub inside: Vec<(GroupId, GroupId)>,
    /// Everything granted to groups.
    pub grants: Vec<Grant>,
}

/// Remembers groups. What changes for a group and whoever is in it, at any depth, appends one [`super::Change::Group`], however many
/// members there are; what changes for one user only, one [`super::Change::User`].
#[async_trait]
pub trait GroupStore: Send + Sync {
    /// Makes a group. Name in use: [`StoreError::Conflict`] with `name`.
    async fn create(&self, group: &Group, effects: Effects<'_>) -> Result<Changed<()>, StoreError>;

    /// A page of groups.
    async fn list(&self, query: &GroupQuery) -> Result<Listed<Group>, StoreError>;

    /// By id.
    async fn find(&self, id: GroupId) -> Result<Option<Group>, StoreError>;

    /// By name.
    async fn find_by_name(&self, name: &GroupName) -> Result<Option<Group>, StoreError>;

    /// Changes a group and returns it as it is now; `None` if there is none. Name in use: as above.
    async fn update(
        &self,
        id: GroupId,
        change: &GroupChange,
        effects: Effects<'_>,
    ) -> Result<Changed<Option<Group>>, StoreError>;

    /// Deletes a group with its memberships, both ways, and its grants; false if there is none. [`StoreError::LastAdmin`] if nobody
    /// enabled would have the role admin on everything any more.
    async fn delete(&self, id: GroupId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError>;

    /// A page of direct members: groups first, then by name. Searches the name.
    async fn members(&self, id: GroupId, paging: &Paging) -> Result<Listed<NamedMember>, StoreError>;

    /// Puts somebody into a group. Two calls that would close a cycle together: one of them gets [`Joined::Cycle`].
    async fn join(
        &self,
        id: GroupId,
        member: Member,
        now: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<Joined>, StoreError>;

    /// Takes somebody out; false if they were not in it. [`StoreError::LastAdmin`] as above.
    async fn leave(&self, id: GroupId, member: Member, effects: Effects<'_>) -> Result<Changed<bool>, StoreError>;

    /// The groups this user is directly in.
    async fn of_user(&self, user: UserId) -> Result<Vec<GroupId>, StoreError>;

    /// All of it, read at one moment.
    async fn graph(&self) -> Result<GroupGraph, StoreError>;
}
