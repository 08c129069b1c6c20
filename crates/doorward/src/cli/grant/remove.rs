//! `doorward grant remove`

use clap::Args;
use doorward_domain::GrantId;

use crate::cli::support::local::Local;
use crate::cli::{Failure, Outcome};

/// Takes a grant away; takes effect within a second
#[derive(Debug, Args)]
pub struct Remove {
    /// The grant's id, as listed
    id: GrantId,
}

impl Remove {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let removed = local.services.grants.remove(&local.actor, self.id).await;
        removed.map_err(|error| Failure::from(error).looking_for("grant", self.id))
    }
}
