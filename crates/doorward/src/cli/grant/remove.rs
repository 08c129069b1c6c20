//! `doorward grant remove`

use clap::Args;
use doorward_domain::GrantId;

use crate::cli::Outcome;
use crate::cli::support::local::Local;

/// Takes a grant away; takes effect within a second
#[derive(Debug, Args)]
pub struct Remove {
    /// The grant's id, as listed
    id: GrantId,
}

impl Remove {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        Ok(local.services.grants.remove(&local.actor, self.id).await?)
    }
}
