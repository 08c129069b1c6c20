//! What the verbs need from the outside, one small trait per noun.
//!
//! Semantics are in the docs here and proved for every engine by `doorward_testkit::contract`; add a case there first.
//! Every mutation takes the audit event that tells of it and writes both in one transaction, so that nothing happens unrecorded
//! and nothing is recorded that did not happen. In that transaction it also looks whether what the event says it rests on still holds
//! ([`doorward_domain::Authority`]): if not, [`StoreError::NoLongerAllowed`], and nothing is written. Every mutation that changes what a caller may do also appends to the change feed
//! ([`Changes`]) in that transaction.

mod audit;
mod changes;
mod clock;
mod grants;
mod health;
mod paging;
mod sessions;
mod settings;
mod users;

pub use audit::{AuditQuery, AuditStore, ChainEntry, ChainFault, Checkpoint, TellOfTrim};
pub use changes::{Change, Changes};
pub use clock::{Clock, Entropy, SystemClock, SystemEntropy};
pub use grants::{GrantQuery, GrantStore};
pub use health::StoreHealth;
pub use paging::{Listed, Paging};
pub use sessions::{LiveSession, Proof, SessionQuery, SessionStore, TellOfEnd};
pub use settings::SettingStore;
pub use users::{UserChange, UserQuery, UserStore};

/// The store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something with that unique name (the named column) is there already.
    #[error("{0} is already taken")]
    Conflict(&'static str),
    /// It would leave no enabled administrator.
    #[error("this would leave nobody with the role admin")]
    LastAdmin,
    /// Whoever asked for it has been signed out meanwhile, or may do it no longer; see [`doorward_domain::Authority`].
    #[error("you have been signed out, or may not do this any more; nothing was changed")]
    NoLongerAllowed,
    /// A cursor, sort key or filter the store does not know; in words.
    #[error("{0}")]
    BadQuery(String),
    /// The database failed or could not be reached; the cause is for the log only.
    #[error("the database failed")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
