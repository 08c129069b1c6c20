//! All ports together.

use std::sync::Arc;

use super::{
    AccessStore, AuditStore, Changes, GrantStore, GroupStore, KeyStore, SessionStore, SettingStore, StoreHealth,
    UserStore,
};

/// The ports, as one engine implements them.
#[derive(Clone)]
pub struct Stores {
    /// People.
    pub users: Arc<dyn UserStore>,
    /// Who is signed in.
    pub sessions: Arc<dyn SessionStore>,
    /// Roles.
    pub grants: Arc<dyn GrantStore>,
    /// Groups.
    pub groups: Arc<dyn GroupStore>,
    /// API keys.
    pub keys: Arc<dyn KeyStore>,
    /// Requests for access.
    pub access: Arc<dyn AccessStore>,
    /// What happened.
    pub audit: Arc<dyn AuditStore>,
    /// Small things.
    pub settings: Arc<dyn SettingStore>,
    /// News from elsewhere.
    pub changes: Arc<dyn Changes>,
    /// Whether all of these can be relied on.
    pub health: Arc<dyn StoreHealth>,
}
