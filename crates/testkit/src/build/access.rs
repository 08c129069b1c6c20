//! Builders for requests for access.

use doorward_domain::{AccessRequest, AccessRequestId, DecisionId, Lacking, Role, Timestamp, User};
use doorward_service::ports::Approval;

use super::{bytes_of, fresh_bytes, grant};
use crate::NOON;

/// A request of this user for this role on all of `etl`, made at [`NOON`]; the id depends on the name alone.
pub fn access_request(of: &User, name: &str, role: Role) -> AccessRequestBuilder {
    AccessRequestBuilder(AccessRequest {
        id: AccessRequestId::generate(NOON, bytes_of(name)),
        user: of.id,
        app: "etl".parse().expect("an app name"),
        wanted: Lacking { role, resource: None },
        refused: "Launching runs".into(),
        decision_id: DecisionId::generate(NOON, fresh_bytes()),
        reason: "".into(),
        created_at: NOON,
        answer: None,
    })
}

/// Builds an [`AccessRequest`].
#[derive(Debug, Clone)]
pub struct AccessRequestBuilder(AccessRequest);

impl AccessRequestBuilder {
    /// On this app.
    #[must_use]
    pub fn on(mut self, app: &str) -> Self {
        self.0.app = app.parse().expect("an app name");
        self
    }

    /// On this thing of it.
    #[must_use]
    pub fn reaching(mut self, thing: &str) -> Self {
        self.0.wanted.resource = Some(thing.parse().expect("a pattern"));
        self
    }

    /// For this reason.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.0.reason = reason.into();
        self
    }

    /// Made then.
    #[must_use]
    pub fn created_at(mut self, moment: Timestamp) -> Self {
        self.0.created_at = moment;
        self
    }

    /// The request.
    pub fn build(self) -> AccessRequest {
        self.0
    }
}

/// What approves all that is asked for, until then.
pub fn approval(of: &User, request: &AccessRequest, until: Option<Timestamp>) -> Approval {
    let mut grant = grant(of, request.wanted.role).on(request.app.as_str()).build();
    grant.scope = request.wanted.scope(&request.app);
    grant.until = until;
    Approval { grant, default_role: None }
}
