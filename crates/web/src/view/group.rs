//! Groups and their members.

use doorward_domain::{Group, GroupId, GroupSource, Member, Timestamp};
use doorward_service::ports::NamedMember;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Group)]
pub(crate) struct GroupView {
    #[schema(value_type = String, format = Uuid)]
    id: GroupId,
    name: String,
    description: String,
    /// `local`: made here; `ldap`, `oidc`: kept elsewhere, and not changed by hand.
    #[schema(value_type = String)]
    source: GroupSource,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        Self {
            id: group.id,
            name: group.name.to_string(),
            description: group.description,
            source: group.source,
            created_at: group.created_at,
        }
    }
}

/// A direct member of a group.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberView {
    /// The user's or the group's.
    id: Uuid,
    /// `user` or `group`.
    kind: &'static str,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

impl From<NamedMember> for MemberView {
    fn from(NamedMember { member, name, since }: NamedMember) -> Self {
        let (kind, id) = match member {
            Member::User(id) => ("user", id.as_uuid()),
            Member::Group(id) => ("group", id.as_uuid()),
        };
        Self { id, kind, name, since }
    }
}
