//! What the door goes by, from the configuration: at start, and each time it is read again.

use doorward_proxy::{Limits, Snapshot};

use super::app_set::AppSet;
use crate::config::Config;
use crate::descriptors::Descriptors;

/// With fewer connections for each processor, people may be kept waiting.
const FEW: usize = 256;

/// All of it at once.
pub fn snapshot(config: &Config, app_set: &mut AppSet) -> Snapshot {
    let max_connections = within(Descriptors::now(), config.sections.limits.max_connections);
    Snapshot {
        sites: app_set.take_sites(),
        trusted_proxies: config.sections.trusted_proxies.clone(),
        public_url: config.sections.public_url.clone(),
        limits: Limits { max_connections, ..config.sections.limits.clone() },
    }
}

/// As many connections as there are descriptors for.
fn within(descriptors: Descriptors, connections: usize) -> usize {
    let fit = descriptors.connections();
    let soft = descriptors.soft;
    let told = || {
        format!(
            "{soft} file descriptors are enough for {fit} connections at once for each processor, not for {connections}"
        )
    };
    if fit < FEW.min(connections) {
        tracing::warn!("{}", told());
    } else if fit < connections {
        tracing::debug!("{}", told());
    }
    connections.min(fit)
}
