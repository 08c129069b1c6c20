//! What the verbs need from the outside, one small trait per noun.
//!
//! Semantics are in the docs here and proved for every engine by `doorward_testkit::contract`; add a case there first.
//! Every mutation takes its [`Effects`], the audit event that tells of it first of all, and writes both in one transaction, so that nothing happens unrecorded
//! and nothing is recorded that did not happen. In that transaction it also looks whether what the event says it rests on still holds
//! ([`doorward_domain::Authority`]): if not, [`StoreError::NoLongerAllowed`], and nothing is written. Every mutation that changes what a caller may do also appends to the change feed
//! ([`Changes`]) in that transaction, and gives back a [`Changed`] that holds the same changes: its value is had by telling this process's
//! caches.

mod access;
mod audit;
mod changed;
mod changes;
mod clock;
mod effects;
mod grants;
mod groups;
mod health;
mod keys;
mod paging;
mod sessions;
mod settings;
mod stores;
mod users;

pub use access::{AccessQuery, AccessStore, Answered, Approval, Asked, NamedAccess, TellOfLapse, Visible};
pub use audit::{AuditQuery, AuditStore, ChainEntry, ChainFault, Checkpoint, TellOfTrim};
pub use changed::{Caches, Changed};
pub use changes::{Change, Changes};
pub use clock::{Clock, Entropy, SystemClock, SystemEntropy};
pub use effects::Effects;
pub use grants::{GrantQuery, GrantStore, NamedGrant};
pub use groups::{GroupChange, GroupGraph, GroupQuery, GroupStore, Joined, NamedMember};
pub use health::StoreHealth;
pub use keys::{KeyChange, KeyMade, KeyQuery, KeyStore, ListedKey, LiveKey, Owner};
pub use paging::{Listed, Paging};
pub use sessions::{LiveSession, Proof, SessionQuery, SessionStore, TellOfEnd};
pub use settings::SettingStore;
pub use stores::Stores;
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
    /// The database was asked to keep it, and did not answer: it may be kept or not. The cause is for the log only.
    #[error("the database did not say whether it was kept: look before doing it again")]
    InDoubt(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Whether the cause, whatever the engine, is that there is no room.
    pub fn is_full_disk(&self) -> bool {
        let mut cause: Option<&dyn std::error::Error> = Some(self);
        while let Some(error) = cause {
            let text = error.to_string().to_lowercase();
            if ["disk is full", "no space left", "disk full", "quota exceeded"].iter().any(|words| text.contains(words))
            {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_trouble() {
        let full = |text: &str| StoreError::Unavailable(text.to_owned().into()).is_full_disk();
        assert!(full("error returned from database: (code: 13) database or disk is full"));
        assert!(full("could not extend file: No space left on device"));
        assert!(!full("disk I/O error"));
    }
}
