//! `doorward access show`

use clap::Args;
use doorward_domain::AccessRequestId;

use super::list::Row;
use crate::cli::support::local::Local;
use crate::cli::support::output::Output;
use crate::cli::{Failure, Outcome};

/// Shows one, and what came of it
#[derive(Debug, Args)]
pub struct Show {
    /// The request's id, as listed
    id: AccessRequestId,
    #[command(flatten)]
    output: Output,
}

impl Show {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let found = local.services.access.find(&local.actor, self.id).await;
        let found = found.map_err(|error| Failure::from(error).looking_for("request for access", self.id))?;
        Row::new(found, local.services.clock.now()).show(self.output)
    }
}
