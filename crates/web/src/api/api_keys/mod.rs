//! API keys. `{id}` is a UUID or a name. People see and change their own, `admin` all.

mod change;
mod create;
mod list;
mod revoke;
mod rotate;
mod show;

use doorward_domain::KeyId;
use doorward_service::{Actor, Services, admin::keys::KeyError, ports::ListedKey};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app_state::AppState;

/// All of `api-keys`.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::keys_list))
        .routes(routes!(create::key_create))
        .routes(routes!(show::key_show))
        .routes(routes!(change::key_update))
        .routes(routes!(revoke::key_revoke))
        .routes(routes!(rotate::key_rotate))
}

/// The key of this id or name. An id counts before a name.
pub(super) async fn find(services: &Services, actor: &Actor, id: &str) -> Result<ListedKey, KeyError> {
    if let Ok(id) = id.parse::<KeyId>() {
        match services.keys.find(actor, id).await {
            Err(KeyError::NotFound) => {}
            found => return found,
        }
    }
    services.keys.find_by_name(actor, id).await
}
