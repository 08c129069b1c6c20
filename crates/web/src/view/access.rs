//! Requests for access.

use doorward_domain::{AccessOutcome, AccessRequestId, AppName, DecisionId, GivenAccess, GrantId, Role, Timestamp};
use doorward_service::ports::NamedAccess;
use serde::Serialize;
use utoipa::ToSchema;

use super::UserNameView;

/// Somebody asks for what they were refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccessRequest)]
pub(crate) struct AccessView {
    #[schema(value_type = String, format = Uuid)]
    id: AccessRequestId,
    /// Who asks.
    user: UserNameView,
    #[schema(value_type = String)]
    app: AppName,
    /// Asked for: the weakest role that would have done.
    #[schema(value_type = String)]
    role: Role,
    /// On this thing of the app; null is all of it.
    resource: Option<String>,
    /// What they were refused, in a line.
    refused: String,
    /// The decision that refused it.
    #[schema(value_type = String, format = Uuid)]
    decision_id: DecisionId,
    /// Why, in their words.
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it lapses if nobody answers.
    #[schema(value_type = String, format = DateTime)]
    lapses_at: Timestamp,
    /// `open`, `approved`, `declined` or `lapsed`.
    state: &'static str,
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<Timestamp>,
    /// By the name of the time.
    answered_by: Option<String>,
    /// Why it was declined; null if it was not.
    answer: Option<String>,
    /// What an approval gave; null if there was none.
    grant: Option<GivenView>,
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
        let state = request.state(now).as_str();
        let lapses_at = request.lapses_at();
        let (answered_at, answered_by, outcome) = match request.answer {
            Some(answer) => (Some(answer.at), Some(answer.by.into()), Some(answer.outcome)),
            None => (None, None, None),
        };
        let (answer, grant) = match outcome {
            Some(AccessOutcome::Approved(given)) => (None, Some(given.into())),
            Some(AccessOutcome::Declined(why)) => (Some(why.into()), None),
            Some(AccessOutcome::Lapsed) | None => (None, None),
        };
        Self {
            id: request.id,
            user: UserNameView { id: request.user, username: user },
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
            grant,
        }
    }
}

impl From<GivenAccess> for GivenView {
    fn from(GivenAccess { grant, given, until }: GivenAccess) -> Self {
        Self { id: grant, role: given.role, resource: given.resource.map(Into::into), until }
    }
}
