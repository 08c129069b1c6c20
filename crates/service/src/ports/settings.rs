//! Remembering small things by name: the setup token's hash, the key that signs bearer tokens.

use async_trait::async_trait;

use super::{Effects, StoreError};

/// Remembers small values by name.
///
/// What somebody sets tells of that, as every change does. Without effects is only what nobody answers for: a secret that the installation
/// makes for itself, and how far something has come.
#[async_trait]
pub trait SettingStore: Send + Sync {
    /// The value under this name.
    async fn find(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Sets it, whatever was there.
    async fn put(&self, name: &str, value: &[u8], effects: Option<Effects<'_>>) -> Result<(), StoreError>;

    /// Sets it if nothing was there, and returns what is there now. Racing calls all get the same.
    async fn put_if_absent(
        &self,
        name: &str,
        value: &[u8],
        effects: Option<Effects<'_>>,
    ) -> Result<Vec<u8>, StoreError>;

    /// Forgets it.
    async fn remove(&self, name: &str, effects: Option<Effects<'_>>) -> Result<(), StoreError>;
}
