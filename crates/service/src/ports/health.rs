//! Whether the store can be relied on.

use async_trait::async_trait;

use super::StoreError;

/// Tells whether the store answers and keeps what it is given.
#[async_trait]
pub trait StoreHealth: Send + Sync {
    /// Reads, and writes as much as anything takes for real, unless a write has succeeded within the last seconds and none has failed: a
    /// full disk shows in nothing less. Whoever asks often keeps the answer for a second.
    async fn check(&self) -> Result<(), StoreError>;

    /// Whether a write has failed since [`Self::check`] last found that all is well: an answer from before is not to be believed. Known at
    /// once, without asking the store.
    fn is_doubted(&self) -> bool;

    /// Brings what is written where whoever copies the database's file finds it, as far as that goes without waiting for anybody. Costs
    /// nothing when nothing was written.
    async fn checkpoint(&self) -> Result<(), StoreError>;
}
