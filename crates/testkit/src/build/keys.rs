//! Builders for API keys.

use doorward_domain::{ApiKey, KeyId, Timestamp, User};

use super::bytes_of;
use crate::NOON;

/// A program's own key, made at [`NOON`] by `root`, for everywhere and for good; the id depends on the name alone.
pub fn api_key(name: &str) -> ApiKeyBuilder {
    ApiKeyBuilder(ApiKey {
        id: KeyId::generate(NOON, bytes_of(name)),
        name: name.parse().expect("the name of a key"),
        owner: None,
        allowed_addresses: [].into(),
        expires_at: None,
        last_used: None,
        created_at: NOON,
        created_by: "root".into(),
    })
}

/// Builds an [`ApiKey`].
#[derive(Debug, Clone)]
pub struct ApiKeyBuilder(ApiKey);

impl ApiKeyBuilder {
    /// Of this person.
    #[must_use]
    pub fn owned_by(mut self, owner: &User) -> Self {
        self.0.owner = Some(owner.id);
        self
    }

    /// Only from these ranges (`10.0.0.0/8`).
    #[must_use]
    pub fn from(mut self, ranges: &[&str]) -> Self {
        self.0.allowed_addresses = ranges.iter().map(|range| range.parse().expect("an address range")).collect();
        self
    }

    /// Ends then.
    #[must_use]
    pub fn expires_at(mut self, moment: Timestamp) -> Self {
        self.0.expires_at = Some(moment);
        self
    }

    /// Made then.
    #[must_use]
    pub fn created_at(mut self, moment: Timestamp) -> Self {
        self.0.created_at = moment;
        self
    }

    /// The key.
    pub fn build(self) -> ApiKey {
        self.0
    }
}
