//! Requests for access.

use doorward_domain::{
    AccessOutcome, AccessRequest, AccessRequestId, AppName, DecisionId, GivenAccess, GrantId, Role, Timestamp,
};
use doorward_service::ports::NamedAccess;
use serde::Serialize;
use utoipa::ToSchema;

use super::UserNameView;

/// Somebody asks for what they were refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccessRequest)]
pub(crate) struct AccessView {
    #[serde(flatten)]
    fields: AccessFields,
    /// Who asks.
    user: UserNameView,
    /// What an approval gave; null if there was none.
    grant: Option<GivenView>,
}

/// What is shown of a request wherever it is, but for who asks and what they were given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccessFields {
    /// Names it.
    #[schema(value_type = String, format = Uuid)]
    pub id: AccessRequestId,
    /// For this app.
    #[schema(value_type = String)]
    pub app: AppName,
    /// Asked for: the weakest role that would have done.
    #[schema(value_type = String)]
    pub role: Role,
    /// On this thing of the app; null is all of it.
    pub resource: Option<String>,
    /// What they were refused, in a line.
    pub refused: String,
    /// The decision that refused it.
    #[schema(value_type = String, format = Uuid)]
    pub decision_id: DecisionId,
    /// Why, in their words.
    pub reason: String,
    /// When they asked.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it lapses if nobody answers.
    #[schema(value_type = String, format = DateTime)]
    pub lapses_at: Timestamp,
    /// `open`, `approved`, `declined` or `lapsed`.
    pub state: &'static str,
    /// Null until it is answered.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
    /// By the name of the time.
    pub answered_by: Option<String>,
    /// Why it was declined; null if it was not.
    pub answer: Option<String>,
}

/// The grant that an approval made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GivenAccess)]
struct GivenView {
    #[schema(value_type = String, format = Uuid)]
    id: GrantId,
    #[schema(value_type = String)]
    role: Role,
    resource: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

impl AccessView {
    /// A request, as it is at `now`.
    pub fn new(NamedAccess { request, user }: NamedAccess, now: Timestamp) -> Self {
        let user = UserNameView { id: request.user, username: user };
        let (fields, given) = AccessFields::of(request, now);
        Self { fields, user, grant: given.map(Into::into) }
    }
}

impl AccessFields {
    /// A request, as it is at `now`, and what an approval gave.
    pub fn of(request: AccessRequest, now: Timestamp) -> (Self, Option<GivenAccess>) {
        let (state, lapses_at) = (request.state(now).as_str(), request.lapses_at());
        let (answered_at, answered_by, outcome) = match request.answer {
            Some(answer) => (Some(answer.at), Some(answer.by.into()), Some(answer.outcome)),
            None => (None, None, None),
        };
        let (answer, given) = match outcome {
            Some(AccessOutcome::Approved(given)) => (None, Some(given)),
            Some(AccessOutcome::Declined(why)) => (Some(why.into()), None),
            Some(AccessOutcome::Lapsed) | None => (None, None),
        };
        let fields = Self {
            id: request.id,
            app: request.app,
            role: request.wanted.role,
            resource: request.wanted.resource.map(Into::into),
            refused: request.refused.into(),
            decision_id: request.decision_id,
            reason: request.reason.into(),
            created_at: request.created_at,
            lapses_at,
            state,
            answered_at,
            answered_by,
            answer,
        };
        (fields, given)
    }
}

impl From<GivenAccess> for GivenView {
    fn from(GivenAccess { grant, given, until }: GivenAccess) -> Self {
        Self { id: grant, role: given.role, resource: given.resource.map(Into::into), until }
    }
}
