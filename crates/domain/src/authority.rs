//! What somebody's right to a change rests on.

use crate::{Action, AppName, BondId, Rights, Role, Timestamp};

/// A change may have waited, for a body, a password's hash or the database, while the rights of whoever asked for it were taken away.
/// So it goes with its event to whoever writes it, and is looked at again there, in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The session or the key it was asked for with, which must not have ended.
    pub bond: BondId,
    /// What must be allowed by it; `None` for a change of what is somebody's own.
    pub needs: Option<Needs>,
}

/// What must be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// This, on everything.
    OnEverything(Action),
    /// To give others this role on this app, or on things of it.
    ToGive(Role, AppName),
}

impl Needs {
    /// Whether these rights will do.
    pub fn are_met_by(&self, rights: &Rights, now: Timestamp) -> bool {
        match self {
            Self::OnEverything(action) => rights.on_everything(now).is_some_and(|role| role.allows(*action)),
            Self::ToGive(role, app) => rights.may_give(*role, app, now),
        }
    }
}
