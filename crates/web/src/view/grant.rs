//! Grants.

use doorward_domain::{AppName, Grant, GrantId, Role, Subject, Timestamp};
use doorward_service::ports::NamedGrant;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What whom is given, or denied, on what.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantView {
    #[schema(value_type = String, format = Uuid)]
    id: GrantId,
    /// One of `user`, `group` and `key`: the name.
    #[serde(flatten)]
    subject: SubjectView,
    /// The id of that user, group or key.
    subject_id: Uuid,
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

/// Whom a grant is for, by name: as it can be put in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SubjectView {
    User(String),
    Group(String),
    Key(String),
}

impl SubjectView {
    fn new(subject: Subject, name: String) -> (Self, Uuid) {
        match subject {
            Subject::User(id) => (Self::User(name), id.as_uuid()),
            Subject::Group(id) => (Self::Group(name), id.as_uuid()),
            Subject::Key(id) => (Self::Key(name), id.as_uuid()),
        }
    }
}

impl From<NamedGrant> for GrantView {
    fn from(NamedGrant { grant, subject }: NamedGrant) -> Self {
        let (subject, subject_id) = SubjectView::new(grant.subject, subject);
        Self { id: grant.id, subject, subject_id, fields: grant.into() }
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
