//! Grants.

use doorward_domain::{AppName, GrantId, GroupId, KeyId, Role, Subject, Timestamp, UserId};
use doorward_service::ports::NamedGrant;
use serde::Serialize;
use utoipa::ToSchema;

use super::UserNameView;

/// What whom is given, or denied, on what.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantView {
    #[schema(value_type = String, format = Uuid)]
    id: GrantId,
    /// One of `user`, `group` and `key`.
    #[serde(flatten)]
    subject: SubjectView,
    /// Null when it denies.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Whether it takes everything on what it reaches, whatever gives it.
    deny: bool,
    /// On this app; null is everything.
    #[schema(value_type = Option<String>)]
    app: Option<AppName>,
    /// On these things of the app; null is all of it.
    resource: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// By the name of the time; empty when Doorward did.
    created_by: String,
}

/// Whom a grant is for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SubjectView {
    User(UserNameView),
    Group(GroupNameView),
    Key(KeyNameView),
}

/// A group, by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GroupName)]
struct GroupNameView {
    #[schema(value_type = String, format = Uuid)]
    id: GroupId,
    name: String,
}

/// A key, by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KeyName)]
struct KeyNameView {
    #[schema(value_type = String, format = Uuid)]
    id: KeyId,
    name: String,
}

impl SubjectView {
    fn new(subject: Subject, name: String) -> Self {
        let user = |id: UserId, username| UserNameView { id, username };
        match subject {
            Subject::User(id) => Self::User(user(id, name)),
            Subject::Group(id) => Self::Group(GroupNameView { id, name }),
            Subject::Key(id) => Self::Key(KeyNameView { id, name }),
        }
    }
}

impl From<NamedGrant> for GrantView {
    fn from(NamedGrant { grant, subject }: NamedGrant) -> Self {
        Self {
            id: grant.id,
            subject: SubjectView::new(grant.subject, subject),
            role: grant.effect.role(),
            deny: grant.effect.role().is_none(),
            app: grant.scope.app().cloned(),
            resource: grant.scope.pattern().map(ToString::to_string),
            until: grant.until,
            reason: grant.reason.into(),
            created_at: grant.created_at,
            created_by: grant.created_by.into(),
        }
    }
}
