//! What somebody's right to a change rests on.

use crate::{Action, BondId};

/// A change may have waited, for a body, a password's hash or the database, while the rights of whoever asked for it were taken away.
/// So it goes with its event to whoever writes it, and is looked at again there, in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// The session or the key it was asked for with, which must not have ended.
    pub bond: BondId,
    /// What must be allowed by it on everything; `None` for a change of what is somebody's own.
    pub needs: Option<Action>,
}
