//! Reading the configuration again while Doorward runs.

use doorward_proxy::Door;
use doorward_service::Services;
use std::sync::Arc;
use tokio::time::Instant;

use super::logging::Logging;
use super::sites::House;
use crate::config::{Config, Loaded};

/// What reading again needs.
pub struct Reload {
    /// Reads the configuration.
    pub load: Box<dyn Fn() -> Result<Loaded, String> + Send>,
    /// The configuration in force.
    pub config: Config,
    /// The log.
    pub logging: Logging,
}

impl Reload {
    /// Takes the new configuration over as far as that is possible, or refuses it in words and changes nothing.
    pub fn run(&mut self, house: &mut House, services: &Arc<Services>, door: &Door) {
        let config = match (self.load)() {
            Ok(loaded) => loaded.config,
            Err(problems) => {
                tracing::error!("the configuration was read again and is refused, the old one stays: {problems}");
                return;
            }
        };
        let stopped = match house.furnish(&config) {
            Ok(stopped) => stopped,
            Err(problems) => {
                tracing::error!("the configuration was read again and is refused, the old one stays: {problems}");
                return;
            }
        };
        services.apps.replace(house.apps.clone());
        door.replace_sites(house.take_sites());
        self.logging.set(&config.log);
        house.start_tools(&config);
        let until = Instant::now() + config.door.shutdown_grace;
        for tool in stopped {
            tokio::spawn(tool.stop(until));
        }
        for key in unchangeable(&self.config, &config) {
            tracing::warn!("`{key}` has changed; that takes effect at the next start");
        }
        tracing::info!(apps = config.apps.len(), "the configuration was read again and is in force");
        self.config = config;
    }
}

/// What differs and cannot change while Doorward runs.
fn unchangeable(old: &Config, new: &Config) -> Vec<&'static str> {
    [
        ("listen", old.door.listen != new.door.listen),
        ("admin_listen", old.door.admin_listen != new.door.admin_listen),
        ("public_url", old.door.public_url != new.door.public_url),
        ("trusted_proxies", old.door.trusted_proxies != new.door.trusted_proxies),
        ("database", old.database != new.database),
        ("sessions", old.sessions != new.sessions),
        ("audit", old.audit != new.audit),
        ("log.format", old.log.format != new.log.format),
        ("limits", old.limits != new.limits),
    ]
    .into_iter()
    .filter_map(|(key, differs)| differs.then_some(key))
    .collect()
}
