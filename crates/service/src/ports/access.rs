//! Remembering who asked for access, and what came of it.

use async_trait::async_trait;
use doorward_domain::{
    AccessRequest, AccessRequestId, AppName, Grant, GrantId, NewAuditEvent, Role, Timestamp, UserId,
};

use super::{Changed, Effects, Listed, Paging, StoreError};

/// Which requests to list. Sorts by `created_at` (default: newest first); searches who asks, app, thing, what was refused and reason.
#[derive(Debug, Clone, Default)]
pub struct AccessQuery {
    /// Only what may be seen.
    pub visible: Visible,
    /// Only those of this person.
    pub user: Option<UserId>,
    /// None of this person's.
    pub except: Option<UserId>,
    /// Only those on this app.
    pub app: Option<AppName>,
    /// Only open ones, or only those that are not.
    pub is_open: Option<bool>,
    /// When it is: what has lapsed is not open, whether that was written down or not.
    pub now: Option<Timestamp>,
    /// Only those that this decision led to.
    pub decision: Option<doorward_domain::DecisionId>,
    /// Which page.
    pub paging: Paging,
}

/// What of the requests somebody may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Visible {
    /// All.
    #[default]
    All,
    /// Their own, and those on apps they answer for.
    Some {
        /// Who.
        own: Option<UserId>,
        /// The apps.
        apps: Vec<AppName>,
    },
}

/// A request with the name of who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedAccess {
    /// The request.
    pub request: AccessRequest,
    /// The username.
    pub user: String,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It was written down.
    New(NamedAccess),
    /// They ask for the same already: this one.
    Open(NamedAccess),
    /// They ask for as much as one person may at once.
    TooMany,
    /// There is no such person (any more), or they are disabled.
    Nobody,
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It was given.
    Done(NamedAccess),
    /// Somebody else was earlier, or it has lapsed.
    Before(NamedAccess),
    /// There is no such request.
    NotFound,
    /// Who asks is disabled.
    Disabled,
    /// Who asks holds it by now, as long as the grant would last.
    Held,
    /// This denial stands in its way.
    Denied(GrantId),
}

/// The grant that an approval makes.
#[derive(Debug, Clone)]
pub struct Approval {
    /// For whoever asked, on no more than they asked for.
    pub grant: Grant,
    /// The role that the app gives to everybody signed in.
    pub default_role: Option<Role>,
}

/// Makes the event that tells of a request that nobody answered in time.
pub type TellOfLapse<'a> = &'a (dyn Fn(&NamedAccess) -> NewAuditEvent + Send + Sync);

/// Remembers requests for access. A user who is deleted takes theirs along. Only [`Self::approve`] changes what anybody may do; it appends
/// [`super::Change::User`].
#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Writes down that somebody asks. One that they have open for the same (app, role and thing) is given back instead; with `most` of
    /// them open, none is added. Two at once are one.
    async fn ask(&self, request: &AccessRequest, most: u64, effects: Effects<'_>) -> Result<Asked, StoreError>;

    /// A page of requests.
    async fn list(&self, query: &AccessQuery) -> Result<Listed<NamedAccess>, StoreError>;

    /// By id.
    async fn find(&self, id: AccessRequestId) -> Result<Option<NamedAccess>, StoreError>;

    /// Makes the grant, beside whatever else they were given on the same, and closes the request: exactly one of several racing answers is
    /// given. Whatever speaks against it is looked at in the same transaction.
    async fn approve(
        &self,
        id: AccessRequestId,
        approval: &Approval,
        effects: Effects<'_>,
    ) -> Result<Changed<Answered>, StoreError>;

    /// Closes the request without a grant; likewise.
    async fn decline(&self, id: AccessRequestId, reason: &str, effects: Effects<'_>) -> Result<Answered, StoreError>;

    /// Closes one request that has lapsed by `now`, and tells of it; false when there is none.
    async fn lapse(&self, now: Timestamp, tell: TellOfLapse<'_>) -> Result<bool, StoreError>;

    /// Forgets those that were answered, or lapsed, before `before`; how many. The audit log still tells of them.
    async fn forget(&self, before: Timestamp) -> Result<u64, StoreError>;
}
