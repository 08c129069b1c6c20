//! API keys.

use doorward_domain::{ApiKey, AppName, KeyId, Role, Secret, Timestamp};
use doorward_service::ports::ListedKey;
use serde::Serialize;
use utoipa::ToSchema;

use super::UserNameView;

/// An API key. Its secret is nowhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyView {
    #[schema(value_type = String, format = Uuid)]
    id: KeyId,
    name: String,
    /// What it was made with; later grants are under `grants`.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    #[schema(value_type = Option<String>)]
    app: Option<AppName>,
    resource: Option<String>,
    /// The person whose rights it never exceeds; null is a program's own key.
    owner: Option<UserNameView>,
    /// How its text begins.
    prefix: String,
    /// From where it may be used; empty is from everywhere.
    allowed_addresses: Vec<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// To within a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    last_used_from: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    created_by: String,
}

impl From<ListedKey> for KeyView {
    fn from(ListedKey { key, owner, grants }: ListedKey) -> Self {
        let first = grants.first();
        let named = key.owner.zip(owner);
        Self {
            id: key.id,
            name: key.name.to_string(),
            role: first.and_then(|grant| grant.effect.role()),
            app: first.and_then(|grant| grant.scope.app().cloned()),
            resource: first.and_then(|grant| grant.scope.pattern().map(ToString::to_string)),
            owner: named.map(|(id, username)| UserNameView { id, username: username.to_string() }),
            prefix: ApiKey::prefix_of(key.id),
            allowed_addresses: key.allowed_addresses.iter().map(ToString::to_string).collect(),
            expires_at: key.expires_at,
            last_used_at: key.last_used.map(|(at, _)| at),
            last_used_from: key.last_used.map(|(_, from)| from.to_string()),
            created_at: key.created_at,
            created_by: key.created_by.into(),
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
