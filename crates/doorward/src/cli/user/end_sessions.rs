//! `doorward user end-sessions`

use clap::Args;

use crate::cli::Outcome;
use crate::cli::session::end_all_of;
use crate::cli::support::local::Local;

/// Ends all of somebody's sessions; they have to sign in again
#[derive(Debug, Args)]
pub struct EndSessions {
    /// The username
    name: String,
}

impl EndSessions {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        end_all_of(local, &self.name).await
    }
}
