//! What is printed of a group and of its members.

use doorward_domain::{Group as Named, GroupSource, Member, Timestamp};
use doorward_service::ports::NamedMember;
use serde::Serialize;

use crate::cli::grant;

/// A group as printed.
#[derive(Debug, Serialize)]
pub struct Row {
    id: String,
    name: String,
    description: String,
    source: GroupSource,
    created_at: Timestamp,
    /// Only where one group is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<MemberRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<grant::Row>>,
}

/// A member as printed.
#[derive(Debug, Serialize)]
pub struct MemberRow {
    kind: &'static str,
    name: String,
    since: Timestamp,
}

impl From<Named> for Row {
    fn from(group: Named) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name.to_string(),
            description: group.description,
            source: group.source,
            created_at: group.created_at,
            members: None,
            grants: None,
        }
    }
}

impl From<NamedMember> for MemberRow {
    fn from(NamedMember { member, name, since }: NamedMember) -> Self {
        let kind = match member {
            Member::User(_) => "user",
            Member::Group(_) => "group",
        };
        Self { kind, name, since }
    }
}
