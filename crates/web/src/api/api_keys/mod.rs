//! API keys. `{id}` is a UUID or a name. People see and change their own, `admin` all.

mod change;
mod create;
mod list;
mod revoke;
mod rotate;
mod show;

use doorward_domain::{KeyId, parse_network};
use doorward_service::{Actor, Services, admin::keys::KeyError, ports::ListedKey};
use ipnet::IpNet;
use serde::de::{Deserialize, Deserializer, Error as _};
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

/// From where a key may be used: a network, or one address.
struct Network(IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_network(&text).map(Self).map_err(D::Error::custom)
    }
}

fn plain(networks: Vec<Network>) -> Vec<IpNet> {
    networks.into_iter().map(|Network(network)| network).collect()
}
