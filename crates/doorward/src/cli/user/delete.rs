//! `doorward user delete`

use clap::Args;

use crate::cli::Outcome;
use crate::cli::support::confirm::confirm;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

/// Deletes a user with their sessions and grants; the audit log keeps what they did
#[derive(Debug, Args)]
pub struct Delete {
    /// The username
    name: String,
    /// Do not ask; where there is no terminal nobody is asked
    #[arg(long, short)]
    yes: bool,
}

impl Delete {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let user = local.user(&self.name).await?;
        confirm(self.yes, &format!("Delete {} for good?", user.username))?;
        local.services.users.delete(&local.actor, user.id).await?;
        tell(format_args!("{} was deleted", user.username));
        Ok(())
    }
}
