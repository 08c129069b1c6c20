//! API keys.

use doorward_domain::{ApiKey, AppName, KeyId, Role, Secret, Timestamp, UserId};
use doorward_service::ports::ListedKey;
use serde::Serialize;
use utoipa::ToSchema;

/// An API key. Its secret is nowhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyView {
    #[serde(flatten)]
    fields: KeyFields,
    /// The username of whose rights it never exceeds; null is a program's own key.
    owner: Option<String>,
    /// Their id.
    #[schema(value_type = Option<String>, format = Uuid)]
    owner_id: Option<UserId>,
}

/// What is shown of a key wherever it is, but for its owner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeyFields {
    /// Names it; opens nothing.
    #[schema(value_type = String, format = Uuid)]
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// The role of its grant where it was made for; what else it is granted is under `grants`.
    #[schema(value_type = Option<String>)]
    pub role: Option<Role>,
    /// On this app; null is everything.
    #[schema(value_type = Option<String>)]
    pub app: Option<AppName>,
    /// On these things of the app; null is all of it.
    pub resource: Option<String>,
    /// How its text begins.
    pub prefix: String,
    /// From where it may be used; empty is from everywhere.
    pub allowed_addresses: Vec<String>,
    /// When it ends; null is never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When the secret ends, or has ended, that the present one took the place of; null is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub old_until: Option<Timestamp>,
    /// To within a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// Null until it is used.
    pub last_used_from: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// By the name of the time.
    pub created_by: String,
}

impl From<ListedKey> for KeyView {
    fn from(listed: ListedKey) -> Self {
        let owner = listed.owner.as_ref().map(ToString::to_string);
        Self { fields: (&listed).into(), owner, owner_id: listed.key.owner }
    }
}

/// A key with what it was made with.
impl From<&ListedKey> for KeyFields {
    fn from(ListedKey { key, grants, old_until, .. }: &ListedKey) -> Self {
        let made_with = grants.first();
        Self {
            id: key.id,
            name: key.name.to_string(),
            role: made_with.and_then(|grant| grant.effect.role()),
            app: made_with.and_then(|grant| grant.scope.app().cloned()),
            resource: made_with.and_then(|grant| grant.scope.pattern().map(ToString::to_string)),
            prefix: ApiKey::prefix_of(key.id),
            allowed_addresses: key.allowed_addresses.iter().map(ToString::to_string).collect(),
            expires_at: key.expires_at,
            old_until: *old_until,
            last_used_at: key.last_used.map(|(at, _)| at),
            last_used_from: key.last_used.map(|(_, from)| from.to_string()),
            created_at: key.created_at,
            created_by: key.created_by.to_string(),
        }
    }
}

/// A key just made, or just given another secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeApiKey)]
pub(crate) struct MadeKeyView {
    /// The whole text, shown this once.
    key: String,
    api_key: KeyView,
}

impl From<(Secret, ListedKey)> for MadeKeyView {
    fn from((text, listed): (Secret, ListedKey)) -> Self {
        Self { key: text.expose().to_owned(), api_key: listed.into() }
    }
}
