//! API keys that are what the test says.

use async_trait::async_trait;
use doorward_domain::{ApiKey, Grant, KeyId, Timestamp, TokenHash, Username};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::broken;
use crate::ports::{Changed, Effects, KeyChange, KeyMade, KeyQuery, KeyStore, Listed, ListedKey, LiveKey, StoreError};

/// Keys that can be read.
#[derive(Default)]
pub(crate) struct FakeKeys {
    pub(crate) live: Mutex<HashMap<TokenHash, LiveKey>>,
    /// How often one was looked for.
    pub(crate) reads: AtomicUsize,
    pub(crate) used: Mutex<Vec<(KeyId, Timestamp, IpAddr)>>,
}

#[async_trait]
impl KeyStore for FakeKeys {
    async fn create(
        &self,
        _: &ApiKey,
        _: &TokenHash,
        _: &Grant,
        _: u64,
        _: Effects<'_>,
    ) -> Result<Changed<KeyMade>, StoreError> {
        Err(broken())
    }

    async fn list(&self, _: &KeyQuery) -> Result<Listed<ListedKey>, StoreError> {
        Err(broken())
    }

    async fn find(&self, _: KeyId) -> Result<Option<ListedKey>, StoreError> {
        Err(broken())
    }

    async fn find_by_name(&self, _: &Username) -> Result<Option<ListedKey>, StoreError> {
        Err(broken())
    }

    async fn find_live(&self, secret: &TokenHash, now: Timestamp) -> Result<Option<LiveKey>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        Ok(self.live.lock().get(secret).filter(|live| live.key.is_live(now)).cloned())
    }

    async fn update(&self, _: KeyId, _: &KeyChange, _: Effects<'_>) -> Result<Changed<Option<ListedKey>>, StoreError> {
        Err(broken())
    }

    async fn rotate(&self, _: KeyId, _: &TokenHash, _: Timestamp, _: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        Err(broken())
    }

    async fn revoke(&self, _: KeyId, _: Effects<'_>) -> Result<Changed<Option<ApiKey>>, StoreError> {
        Err(broken())
    }

    async fn used(&self, used: &[(KeyId, Timestamp, IpAddr)]) -> Result<(), StoreError> {
        self.used.lock().extend_from_slice(used);
        Ok(())
    }
}
