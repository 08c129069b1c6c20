//! What somebody's right to a change rests on.

use crate::{Action, SessionId};

/// A change may have waited, for a body, a password's hash or the database, while the rights of whoever asked for it were taken away.
/// So it goes with its event to whoever writes it, and is looked at again there, in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// The session it was asked for with, which must not have ended.
    pub session: SessionId,
    /// What that session's user must be allowed on everything; `None` for a change of what is theirs.
    pub needs: Option<Action>,
}
