//! `doorward user enable`

use clap::Args;

use super::disable::set_disabled;
use crate::cli::Outcome;
use crate::cli::support::local::Local;

/// Lets somebody sign in again
#[derive(Debug, Args)]
pub struct Enable {
    /// The username
    name: String,
}

impl Enable {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        set_disabled(local, &self.name, false).await
    }
}
