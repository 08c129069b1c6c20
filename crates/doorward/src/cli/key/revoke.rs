//! `doorward key revoke`

use clap::Args;

use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

/// Revokes a key: it opens nothing within a second
#[derive(Debug, Args)]
pub struct Revoke {
    /// The key's name
    name: String,
}

impl Revoke {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let found = local.key(&self.name).await?;
        local.services.keys.revoke(&local.actor, found.key.id).await?;
        tell(format_args!("the key {} was revoked", found.key.name));
        Ok(())
    }
}
