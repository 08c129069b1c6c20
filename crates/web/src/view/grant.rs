//! Grants.

use doorward_domain::{AppName, Grant, GrantId, GroupId, KeyId, Role, Subject, Timestamp, UserId};
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
    #[serde(flatten)]
    fields: GrantFields,
}

/// What is shown of a grant wherever it is, whoever it is for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GrantFields {
    /// Null when it denies.
    #[schema(value_type = Option<String>)]
    pub role: Option<Role>,
    /// Whether it takes everything on what it reaches, whatever gives it.
    pub deny: bool,
    /// On this app; null is everything.
    #[schema(value_type = Option<String>)]
    pub app: Option<AppName>,
    /// On these things of the app; null is all of it.
    pub resource: Option<String>,
    /// When it lapses; null is never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Why it was made; may be empty.
    pub reason: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// By the name of the time; empty when Doorward did.
    pub created_by: String,
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
        Self { id: grant.id, subject: SubjectView::new(grant.subject, subject), fields: grant.into() }
    }
}

impl From<Grant> for GrantFields {
    fn from(grant: Grant) -> Self {
        Self {
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
