//! Remembering who is signed in.

use async_trait::async_trait;
use doorward_domain::{
    Factor, Factors, Grant, GroupId, HostName, NewAuditEvent, Session, SessionId, SessionLimits, Timestamp, TokenHash,
    User, UserId,
};

use super::{Changed, Effects, Listed, Paging, StoreError};

/// Which sessions to list. Sorts by `created_at` (default, newest first), `last_seen_at`; searches username, client address, user agent.
#[derive(Debug, Clone, Default)]
pub struct SessionQuery {
    /// Only those of this user.
    pub user: Option<UserId>,
    /// Only those that are not over by the idle end of these limits.
    pub live_by: Option<SessionLimits>,
    /// Which page.
    pub paging: Paging,
}

/// With what somebody showed who they are. Checking it takes time; whoever writes what follows from it looks in the same transaction
/// whether it still holds.
#[derive(Clone, Copy)]
pub enum Proof<'p> {
    /// The password behind this stored hash, which must still be the user's.
    PasswordHash(&'p str),
}

impl Proof<'_> {
    /// What of them that is.
    pub fn factors(&self) -> Factors {
        match self {
            Self::PasswordHash(_) => Factors::of(&[Factor::Password]),
        }
    }
}

/// A session that opens the door, as it is read: whose it is, and all they were given, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    /// Whose it is.
    pub user: User,
    /// The session.
    pub session: Session,
    /// Everything granted to the user.
    pub grants: Vec<Grant>,
    /// The groups they are directly in.
    pub groups: Vec<GroupId>,
}

/// The event that tells of a session's end by time.
pub type TellOfEnd<'t> = &'t (dyn Fn(&Session, &User) -> NewAuditEvent + Send + Sync);

/// Remembers who is signed in. A session that has ended is not remembered; its end is in the audit log.
///
/// "Live" here means: not ended, `now < expires_at`, its user enabled. The idle limit is judged by the caller.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Opens a session under the hash of its token, sets the user's `last_sign_in_at`, and ends `instead_of` if given (rotation).
    /// False, with nothing written, when the user is gone or disabled by now, or the proof holds no longer.
    async fn open(
        &self,
        session: &Session,
        token: &TokenHash,
        proof: Proof<'_>,
        instead_of: Option<SessionId>,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError>;

    /// The live session under this hash, with its user and all the user's grants, in one read. Unknown, ended and expired all look
    /// the same, so that whoever probes tokens learns nothing.
    async fn find_live(&self, token: &TokenHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError>;

    /// As [`Self::find_live`], by the session's id (for bearer tokens that carry it).
    async fn find_live_by_id(&self, id: SessionId, now: Timestamp) -> Result<Option<LiveSession>, StoreError>;

    /// As [`Self::find_live`], by one of the session's entries.
    async fn find_live_by_entry(&self, entry: &TokenHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError>;

    /// Gives a session a way into the apps at a host, under the hash of its token with that host ([`TokenHash::of_entry`]). It ends with
    /// the session; at one host a session keeps the newest eight. False, with nothing written, when the session has ended.
    async fn enter(
        &self,
        id: SessionId,
        entry: &TokenHash,
        host: &HostName,
        now: Timestamp,
        effects: Effects<'_>,
    ) -> Result<bool, StoreError>;

    /// Notes that the session's user has proved again who they are. False, with nothing written, when it has ended or the proof holds
    /// no longer. Appends [`super::Change::Session`].
    async fn prove(
        &self,
        id: SessionId,
        proof: Proof<'_>,
        at: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError>;

    /// A page of sessions not past `expires_at`, with their users.
    async fn list(&self, query: &SessionQuery, now: Timestamp) -> Result<Listed<(Session, User)>, StoreError>;

    /// Ends one, also where what is stored of it is damaged; exactly one of several racing calls gets true. Appends
    /// [`super::Change::Session`].
    async fn end(&self, id: SessionId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError>;

    /// Ends all of a user's but `keep`; how many. Appends [`super::Change::User`].
    async fn end_all_of(
        &self,
        user: UserId,
        keep: Option<SessionId>,
        effects: Effects<'_>,
    ) -> Result<Changed<u64>, StoreError>;

    /// Notes when sessions were last seen; unknown ids are passed over.
    async fn touch(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError>;

    /// Ends those past `expires_at`, and those that are not remembered and were last seen (or, never seen, opened) before `idle_since`, and records of each what
    /// `tell` says, all in one go. Some hundred at a time: how many; none is all done. Each is ended and told of once, however many
    /// replicas try. Appends no [`super::Change`]: whoever knows a session knows when it ends.
    async fn end_expired(&self, now: Timestamp, idle_since: Timestamp, tell: TellOfEnd<'_>) -> Result<u64, StoreError>;
}
